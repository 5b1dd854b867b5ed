#include "protocols/data_offer.h"

#include <bit>
#include <utility>

#include "compositor/wl/thunk.h"
#include "protocols/data_drag.h"

namespace fenceline {
namespace {

constexpr std::uint32_t copy = WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY;
constexpr std::uint32_t ask = WL_DATA_DEVICE_MANAGER_DND_ACTION_ASK;

} // namespace

const void* DataOffer::implementation() {
  static constexpr struct wl_data_offer_interface requests {
    .accept = wl::thunk<&DataOffer::accept>, .receive = wl::thunk<&DataOffer::receive>, .destroy = wl::destroy,
    .finish = wl::thunk<&DataOffer::finish>, .set_actions = wl::thunk<&DataOffer::set_actions>,
  };
  return &requests;
}

DataOffer::DataOffer(wl_client* client, std::uint32_t version, OfferedData& source)
    : Resource(client, version, {}), link_(source) {}

DataOffer::DataOffer(wl_client* client, std::uint32_t version, DataSource& source, const DataDrag& drag)
    : Resource(client, version, {}), link_(source), dragged_(&source), drag_(&drag), actions_(old() ? copy : 0) {
  source.add_offer(*this);
}

DataOffer::~DataOffer() {
  if (DataSource* source = std::exchange(dragged_, nullptr))
    source->offer_gone(*this);
}

void DataOffer::introduce() {
  for (const std::string& type : link_.get()->types())
    wl_data_offer_send_offer(resource(), type.c_str());
  if (dragged_ && !old())
    wl_data_offer_send_source_actions(resource(), dragged_->actions());
  choose_action();
}

void DataOffer::detach() {
  dragged_ = nullptr;
  link_.cut();
}

bool DataOffer::takes_drop() const {
  return (accepted_ || old()) && action_ != 0;
}

void DataOffer::accept(std::uint32_t, const char* type) {
  if (!dragged_ || finished_)
    return;
  accepted_ = type != nullptr;
  dragged_->send_target(type);
}

void DataOffer::receive(const char* type, UniqueFd fd) {
  // The source's client writes into the reader's own pipe.
  link_.receive(type, fd);
}

void DataOffer::finish() {
  if (!drag_)
    return post_error(WL_DATA_OFFER_ERROR_INVALID_FINISH, "a selection is not finished");
  if (finished_)
    return post_error(WL_DATA_OFFER_ERROR_INVALID_FINISH, "the offer is finished already");
  // The drag went elsewhere, or its source is gone, and the client does not know yet.
  if (!dragged_)
    return;
  if (!dropped_)
    return post_error(WL_DATA_OFFER_ERROR_INVALID_FINISH, "nothing was dropped yet");
  if (!accepted_)
    return post_error(WL_DATA_OFFER_ERROR_INVALID_FINISH, "no type is accepted");
  if (action_ == 0 || action_ == ask)
    return post_error(WL_DATA_OFFER_ERROR_INVALID_FINISH, "no action is chosen");
  finished_ = true;
  dragged_->finish(action_);
}

void DataOffer::set_actions(std::uint32_t actions, std::uint32_t preferred) {
  if (!drag_)
    return post_error(WL_DATA_OFFER_ERROR_INVALID_OFFER, "a selection has no actions");
  if (finished_)
    return post_error(WL_DATA_OFFER_ERROR_INVALID_OFFER, "the offer is finished");
  if ((actions & ~all_actions) != 0)
    return post_error(WL_DATA_OFFER_ERROR_INVALID_ACTION_MASK, "{:#x} is no set of actions", actions);
  if (preferred != 0 && (std::popcount(preferred) != 1 || (preferred & actions) == 0))
    return post_error(WL_DATA_OFFER_ERROR_INVALID_ACTION, "{:#x} is not one action of {:#x}", preferred, actions);
  if (!dragged_)
    return;
  if (dropped_ && action_ == ask && (preferred & ~dragged_->actions()) != 0)
    return post_error(WL_DATA_OFFER_ERROR_INVALID_ACTION, "the source does not offer the action {:#x}", preferred);
  // After the drop only what was asked is still open.
  if (dropped_ && action_ != ask)
    return;
  actions_ = actions;
  preferred_ = preferred;
  choose_action();
}

void DataOffer::choose_action() {
  if (!dragged_)
    return;
  const std::uint32_t both = dragged_->actions() & actions_;
  std::uint32_t chosen = both & (~both + 1U); // The lowest bit: copy, move, ask.
  if ((preferred_ & both) != 0)
    chosen = preferred_;
  // What the user holds says what they want, as long as they hold the thing too.
  if (!dropped_ && (drag_->wanted_action() & both) != 0)
    chosen = drag_->wanted_action();
  if (std::exchange(action_, chosen) == chosen)
    return;
  // After the drop nobody but the destination has a say, and the source hears with the end.
  if (dropped_)
    return;
  if (!old())
    wl_data_offer_send_action(resource(), chosen);
  dragged_->send_action(chosen);
}

} // namespace fenceline
