#pragma once
#include <wayland-server-protocol.h>

#include <memory>
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
  /// A list of types without end would be the session's memory.
  static constexpr std::size_t max_types = 1024;

  DataSource(wl_client* client, std::uint32_t version, wl::NewId id, DataDeviceGlobal& global)
      : Resource(client, version, id), global_(global) {}
  ~DataSource() override;
  static const wl_interface& interface() { return wl_data_source_interface; }
  static const void* implementation();

  [[nodiscard]] const std::vector<std::string>& types() const { return types_; }
  [[nodiscard]] bool used() const { return used_; }
  void set_used() { used_ = true; }

 private:
  friend class DataOffer;
  void offer(const char* type);
  void set_actions(std::uint32_t actions);

  DataDeviceGlobal& global_;
  std::vector<std::string> types_;
  bool used_ = false;
};

/// wl_data_offer: the selection, as another client sees it.
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
  void set_selection(DataSource* source);
  void send_to(wl_client* client);

  SeatGlobal& seat_;
  wl::Global global_;
  std::vector<DataDevice*> devices_;
  DataSource* selection_ = nullptr;
};

} // namespace fenceline
