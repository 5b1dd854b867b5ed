#pragma once
#include <wayland-server-protocol.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compositor/wl/display.h"
#include "protocols/seat_global.h"

namespace fenceline {

class DataDeviceGlobal;

/// wl_data_source: what a client offers. Its pipes are handed over, never pumped: the data does not pass through the
/// session.
class DataSource final : public wl::Resource<DataSource> {
 public:
  /// Types without end would be the session's memory, and what is offered to another client at once has to fit into
  /// what that one may leave unread (wl::Display::default_max_unread), or it would be thrown out for it.
  static constexpr std::size_t max_types = 1024;
  static constexpr std::size_t max_type_bytes = std::size_t{64} << 10; ///< Of all types together.

  DataSource(wl_client* client, std::uint32_t version, wl::NewId id, DataDeviceGlobal& global)
      : Resource(client, version, id), global_(global) {}
  ~DataSource() override;
  static const wl_interface& interface() { return wl_data_source_interface; }
  static const void* implementation();

  [[nodiscard]] const std::vector<std::string>& types() const { return types_; }
  /// A source serves once, as a selection or for a drag.
  [[nodiscard]] bool used() const { return used_; }
  void set_used() { used_ = true; }
  /// Only sources for drags have actions.
  [[nodiscard]] bool has_actions() const { return actions_.has_value(); }
  /// Another one has taken its place: nobody gets anything from it any more.
  void cancel();
  [[nodiscard]] bool cancelled() const { return cancelled_; }

 private:
  void offer(const char* type);
  void set_actions(std::uint32_t actions);

  DataDeviceGlobal& global_;
  std::vector<std::string> types_;
  std::size_t type_bytes_ = 0;
  std::optional<std::uint32_t> actions_;
  bool used_ = false, cancelled_ = false;
};

/// wl_data_offer: the selection, as another client sees it. It outlives its source: what is received then is empty.
class DataOffer final : public wl::Resource<DataOffer> {
 public:
  DataOffer(wl_client* client, std::uint32_t version, DataSource& source);
  static const wl_interface& interface() { return wl_data_offer_interface; }
  static const void* implementation();

 private:
  void accept(std::uint32_t serial, const char* type);
  void receive(const char* type, UniqueFd fd);
  void finish();
  void set_actions(std::uint32_t actions, std::uint32_t preferred);

  DataSource* source_;
  wl::Listener<wl_resource> source_gone_;
};

/// wl_data_device.
class DataDevice final : public wl::Resource<DataDevice> {
 public:
  DataDevice(wl_client* client, std::uint32_t version, wl::NewId id, DataDeviceGlobal& global);
  ~DataDevice() override;
  static const wl_interface& interface() { return wl_data_device_interface; }
  static const void* implementation();

  /// Offers the source, or says that there is no selection.
  void send_selection(DataSource* source);

 private:
  void start_drag(DataSource* source, SurfaceResource* origin, SurfaceResource* icon, std::uint32_t serial);
  void set_selection(DataSource* source, std::uint32_t serial);
  DataDeviceGlobal& global_;
};

/// wl_data_device_manager 3: the clipboard. Drags are cancelled at once, for now.
class DataDeviceGlobal {
 public:
  DataDeviceGlobal(wl::Display& display, SeatGlobal& seat);
  DataDeviceGlobal(const DataDeviceGlobal&) = delete;
  DataDeviceGlobal& operator=(const DataDeviceGlobal&) = delete;

 private:
  friend class DataSource;
  friend class DataDevice;
  class Manager;
  /// Whether a newer event than this serial's has set the selection.
  [[nodiscard]] bool is_stale(std::uint32_t serial) const;
  void set_selection(DataSource* source);
  void send_to(wl_client* client);

  SeatGlobal& seat_;
  wl::Global global_;
  std::vector<DataDevice*> devices_;
  DataSource* selection_ = nullptr;
  std::optional<std::uint32_t> selection_serial_; ///< Of the request that has set or unset it.
};

} // namespace fenceline
