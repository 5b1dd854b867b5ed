#pragma once
#include <wayland-server-protocol.h>

#include "protocols/data_source.h"

namespace fenceline {

/// wl_data_offer: the selection, or what is dragged over a surface, as another client sees it.
class DataOffer final : public wl::Resource<DataOffer> {
 public:
  static constexpr std::uint32_t all_actions = WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY |
                                               WL_DATA_DEVICE_MANAGER_DND_ACTION_MOVE |
                                               WL_DATA_DEVICE_MANAGER_DND_ACTION_ASK;

  /// Of the selection.
  DataOffer(wl_client* client, std::uint32_t version, OfferedData& source);
  /// Of a drag.
  DataOffer(wl_client* client, std::uint32_t version, DataSource& source, const DataDrag& drag);
  ~DataOffer() override;
  static const wl_interface& interface() { return wl_data_offer_interface; }
  static const void* implementation();

  /// The types, and for a drag the actions; to be sent when the client knows the object.
  void introduce();
  /// The drag has left its client, or is over.
  void detach();
  /// Whether a drop on it would be taken: a type is accepted and an action agreed. Versions before 3 take what they
  /// get.
  [[nodiscard]] bool takes_drop() const;
  void set_dropped() { dropped_ = true; }
  [[nodiscard]] bool dropped() const { return dropped_; }
  /// The modifiers may have changed: agrees anew on what is to be done.
  void choose_action();

 private:
  void accept(std::uint32_t serial, const char* type);
  void receive(const char* type, UniqueFd fd);
  void finish();
  void set_actions(std::uint32_t actions, std::uint32_t preferred);
  [[nodiscard]] bool old() const { return version() < WL_DATA_OFFER_ACTION_SINCE_VERSION; }

  OfferLink link_;
  DataSource* dragged_ = nullptr;  ///< The source of a drag, as long as it matters.
  const DataDrag* drag_ = nullptr; ///< Null: it is the selection's.
  bool accepted_ = false, dropped_ = false, finished_ = false;
  std::uint32_t actions_ = 0, preferred_ = 0, action_ = 0;
};

} // namespace fenceline
