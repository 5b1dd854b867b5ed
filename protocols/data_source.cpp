#include "protocols/data_source.h"

#include <algorithm>
#include <utility>

#include "compositor/wl/thunk.h"
#include "protocols/data_drag.h"
#include "protocols/data_offer.h"

namespace fenceline {

const void* DataSource::implementation() {
  static constexpr struct wl_data_source_interface requests {
    .offer = wl::thunk<&DataSource::offer>, .destroy = wl::destroy, .set_actions = wl::thunk<&DataSource::set_actions>,
  };
  return &requests;
}

DataSource::~DataSource() {
  for (DataOffer* offer : std::exchange(offers_, {}))
    offer->detach();
  if (drag_)
    drag_->source_gone();
}

void DataSource::offer(const char* type) {
  if (!add_type(type))
    post_no_memory();
}

void DataSource::set_actions(std::uint32_t actions) {
  if ((actions & ~DataOffer::all_actions) != 0)
    return post_error(WL_DATA_SOURCE_ERROR_INVALID_ACTION_MASK, "{:#x} is no set of actions", actions);
  if (actions_)
    return post_error(WL_DATA_SOURCE_ERROR_INVALID_SOURCE, "the source has its actions already");
  if (used())
    return post_error(WL_DATA_SOURCE_ERROR_INVALID_SOURCE, "the source is used: it can't get actions any more");
  actions_ = actions;
}

std::uint32_t DataSource::actions() const {
  if (version() < WL_DATA_SOURCE_ACTION_SINCE_VERSION)
    return WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY;
  return actions_.value_or(WL_DATA_DEVICE_MANAGER_DND_ACTION_NONE);
}

void DataSource::send(const char* type, int fd) {
  wl_data_source_send_send(resource(), type, fd);
}

void DataSource::send_cancelled() {
  wl_data_source_send_cancelled(resource());
}

void DataSource::send_target(const char* type) {
  wl_data_source_send_target(resource(), type);
}

void DataSource::send_action(std::uint32_t action) {
  if (std::exchange(told_action_, action) != action && version() >= WL_DATA_SOURCE_ACTION_SINCE_VERSION)
    wl_data_source_send_action(resource(), action);
}

void DataSource::leave() {
  const bool over_somebody = !offers_.empty();
  for (DataOffer* offer : std::exchange(offers_, {}))
    offer->detach();
  if (!over_somebody)
    return;
  send_target(nullptr);
  send_action(WL_DATA_DEVICE_MANAGER_DND_ACTION_NONE);
}

bool DataSource::drop() {
  if (std::none_of(offers_.begin(), offers_.end(), [](const DataOffer* offer) { return offer->takes_drop(); }))
    return false;
  for (DataOffer* offer : offers_)
    offer->set_dropped();
  if (version() >= WL_DATA_SOURCE_DND_DROP_PERFORMED_SINCE_VERSION)
    wl_data_source_send_dnd_drop_performed(resource());
  return true;
}

void DataSource::offer_gone(DataOffer& offer) {
  std::erase(offers_, &offer);
  if (offer.dropped() && offers_.empty()) {
    // One of an old version says by going that it has what it wanted.
    if (offer.version() < WL_DATA_OFFER_FINISH_SINCE_VERSION)
      finish(WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY);
    else
      cancel_drag();
  }
}

void DataSource::finish(std::uint32_t action) {
  for (DataOffer* offer : std::exchange(offers_, {}))
    offer->detach();
  send_action(action);
  if (version() >= WL_DATA_SOURCE_DND_FINISHED_SINCE_VERSION)
    wl_data_source_send_dnd_finished(resource());
}

void DataSource::cancel_drag() {
  for (DataOffer* offer : std::exchange(offers_, {}))
    offer->detach();
  if (version() >= WL_DATA_SOURCE_ACTION_SINCE_VERSION)
    cancel();
}

} // namespace fenceline
