#pragma once
#include <wayland-server-protocol.h>

#include <optional>
#include <vector>

#include "protocols/selection.h"

namespace fenceline {

class DataDrag;
class DataOffer;

/// wl_data_source: what a client offers as the selection or drags along.
class DataSource final : public wl::Resource<DataSource>, public OfferedData {
 public:
  DataSource(wl_client* client, std::uint32_t version, wl::NewId id) : Resource(client, version, id) {}
  ~DataSource() override;
  static const wl_interface& interface() { return wl_data_source_interface; }
  static const void* implementation();

  void send(const char* type, int fd) override;
  [[nodiscard]] wl_resource* source_resource() const override { return resource(); }

  /// Only sources for drags have actions.
  [[nodiscard]] bool has_actions() const { return actions_.has_value(); }
  /// What may be done with it. Before version 3 data is copied.
  [[nodiscard]] std::uint32_t actions() const;

  // While it is dragged.
  void set_drag(DataDrag* drag) { drag_ = drag; }
  [[nodiscard]] const std::vector<DataOffer*>& offers() const { return offers_; }
  void add_offer(DataOffer& offer) { offers_.push_back(&offer); }
  /// One that was dropped on and not finished: when it was the last, nobody wants the data.
  void offer_gone(DataOffer& offer);
  void send_target(const char* type);
  void send_action(std::uint32_t action);
  /// The surface under it is left: its offers mean nothing any more.
  void leave();
  /// The user has let go of it there. False: nobody there takes it.
  [[nodiscard]] bool drop();
  /// The drag has come to nothing. Versions before 3 do not hear of that (wl_data_source.cancelled).
  void cancel_drag();
  void finish(std::uint32_t action);

 private:
  void offer(const char* type);
  void set_actions(std::uint32_t actions);
  void send_cancelled() override;

  std::optional<std::uint32_t> actions_;
  std::uint32_t told_action_ = WL_DATA_DEVICE_MANAGER_DND_ACTION_NONE;
  DataDrag* drag_ = nullptr;
  std::vector<DataOffer*> offers_; ///< Of the surface that it is over, or was dropped on.
};

} // namespace fenceline
