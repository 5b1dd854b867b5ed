#include "protocols/data_device_global.h"

#include <algorithm>
#include <cstring>

#include "compositor/wl/thunk.h"

namespace fenceline {
namespace {

constexpr std::uint32_t newest = 3;
constexpr std::uint32_t all_actions = WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY | WL_DATA_DEVICE_MANAGER_DND_ACTION_MOVE |
                                      WL_DATA_DEVICE_MANAGER_DND_ACTION_ASK;

} // namespace

class DataDeviceGlobal::Manager final : public wl::Resource<Manager> {
 public:
  Manager(wl_client* client, std::uint32_t version, wl::NewId id, DataDeviceGlobal& global)
      : Resource(client, version, id), global_(global) {}
  static const wl_interface& interface() { return wl_data_device_manager_interface; }
  static const void* implementation() {
    static constexpr struct wl_data_device_manager_interface requests {
      .create_data_source = wl::thunk<&Manager::create_data_source>,
      .get_data_device = wl::thunk<&Manager::get_data_device>,
    };
    return &requests;
  }

 private:
  void create_data_source(wl::NewId id) { new DataSource(client(), version(), id, global_); }
  void get_data_device(wl::NewId id, wl_resource*) { new DataDevice(client(), version(), id, global_); }
  DataDeviceGlobal& global_;
};

// wl_data_source

const void* DataSource::implementation() {
  static constexpr struct wl_data_source_interface requests {
    .offer = wl::thunk<&DataSource::offer>, .destroy = wl::destroy, .set_actions = wl::thunk<&DataSource::set_actions>,
  };
  return &requests;
}

DataSource::~DataSource() {
  if (global_.selection_ == this)
    global_.set_selection(nullptr);
}

void DataSource::offer(const char* type) {
  // It is a set (wl_data_source.offer).
  if (std::find(types_.begin(), types_.end(), type) != types_.end())
    return;
  const std::size_t length = std::strlen(type);
  if (types_.size() >= max_types || type_bytes_ + length > max_type_bytes)
    return post_no_memory();
  type_bytes_ += length;
  types_.emplace_back(type);
}

void DataSource::set_actions(std::uint32_t actions) {
  if ((actions & ~all_actions) != 0)
    return post_error(WL_DATA_SOURCE_ERROR_INVALID_ACTION_MASK, "{:#x} is no set of actions", actions);
  if (actions_)
    return post_error(WL_DATA_SOURCE_ERROR_INVALID_SOURCE, "the source has its actions already");
  if (used_)
    return post_error(WL_DATA_SOURCE_ERROR_INVALID_SOURCE, "the source is used: it can't get actions any more");
  actions_ = actions;
}

void DataSource::cancel() {
  cancelled_ = true;
  // Null while it is being destroyed: nobody is left to hear it.
  if (resource())
    wl_data_source_send_cancelled(resource());
}

// wl_data_offer

const void* DataOffer::implementation() {
  static constexpr struct wl_data_offer_interface requests {
    .accept = wl::thunk<&DataOffer::accept>, .receive = wl::thunk<&DataOffer::receive>, .destroy = wl::destroy,
    .finish = wl::thunk<&DataOffer::finish>, .set_actions = wl::thunk<&DataOffer::set_actions>,
  };
  return &requests;
}

DataOffer::DataOffer(wl_client* client, std::uint32_t version, DataSource& source)
    : Resource(client, version, {}), source_(&source), source_gone_([this](wl_resource*) { source_ = nullptr; }) {
  source_gone_.on_destroy(source.resource());
}

void DataOffer::accept(std::uint32_t, const char*) {}

void DataOffer::receive(const char* type, UniqueFd fd) {
  // The source's client writes into the reader's own pipe. A source that is gone leaves an empty one.
  if (source_ && !source_->cancelled())
    wl_data_source_send_send(source_->resource(), type, fd.get());
}

void DataOffer::finish() {
  post_error(WL_DATA_OFFER_ERROR_INVALID_FINISH, "a selection is not finished");
}

void DataOffer::set_actions(std::uint32_t, std::uint32_t) {
  post_error(WL_DATA_OFFER_ERROR_INVALID_OFFER, "a selection has no actions");
}

// wl_data_device

const void* DataDevice::implementation() {
  static constexpr struct wl_data_device_interface requests {
    .start_drag = wl::thunk<&DataDevice::start_drag>, .set_selection = wl::thunk<&DataDevice::set_selection>,
    .release = wl::destroy,
  };
  return &requests;
}

DataDevice::DataDevice(wl_client* client, std::uint32_t version, wl::NewId id, DataDeviceGlobal& global)
    : Resource(client, version, id), global_(global) {
  global_.devices_.push_back(this);
  if (global_.seat_.keyboard_client() == client && global_.selection_)
    send_selection(global_.selection_);
}

DataDevice::~DataDevice() {
  std::erase(global_.devices_, this);
}

void DataDevice::send_selection(DataSource* source) {
  if (!source) {
    wl_data_device_send_selection(resource(), nullptr);
    return;
  }
  auto* offer = new DataOffer(client(), version(), *source);
  wl_data_device_send_data_offer(resource(), offer->resource());
  for (const std::string& type : source->types())
    wl_data_offer_send_offer(offer->resource(), type.c_str());
  wl_data_device_send_selection(resource(), offer->resource());
}

void DataDevice::start_drag(DataSource* source, SurfaceResource*, SurfaceResource* icon, std::uint32_t) {
  if (source && source->used())
    return post_error(WL_DATA_DEVICE_ERROR_USED_SOURCE, "the source is or was in use already");
  if (icon && !icon->surface().give_role(SurfaceRole::DragIcon))
    return post_error(WL_DATA_DEVICE_ERROR_ROLE, "wl_surface#{} has another role", icon->object_id());
  if (!source)
    return;
  source->set_used();
  // Before version 3 a source hears only that another one has replaced it (wl_data_source.cancelled).
  if (source->version() >= WL_DATA_SOURCE_ACTION_SINCE_VERSION)
    source->cancel();
}

void DataDevice::set_selection(DataSource* source, std::uint32_t serial) {
  if (source && source->used())
    return post_error(WL_DATA_DEVICE_ERROR_USED_SOURCE, "the source is or was in use already");
  if (source && source->has_actions())
    return source->post_error(WL_DATA_SOURCE_ERROR_INVALID_SOURCE, "a source with actions is for drags only");
  // A client in the background may not change what the user copied, nor one that is late what was copied since.
  if (!global_.seat_.permits(client(), serial) || global_.is_stale(serial)) {
    if (source)
      wl_data_source_send_cancelled(source->resource());
    return;
  }
  if (source)
    source->set_used();
  global_.selection_serial_ = serial;
  global_.set_selection(source);
}

// The clipboard

DataDeviceGlobal::DataDeviceGlobal(wl::Display& display, SeatGlobal& seat)
    : seat_(seat), global_(display, wl_data_device_manager_interface, newest, wl::binds<Manager>(*this)) {
  seat_.on_keyboard_client([this](wl_client* client) { send_to(client); });
}

bool DataDeviceGlobal::is_stale(std::uint32_t serial) const {
  // Serials go round.
  return selection_serial_ && static_cast<std::int32_t>(serial - *selection_serial_) < 0;
}

void DataDeviceGlobal::set_selection(DataSource* source) {
  if (selection_ == source)
    return;
  if (DataSource* old = std::exchange(selection_, source))
    old->cancel();
  send_to(seat_.keyboard_client());
}

void DataDeviceGlobal::send_to(wl_client* client) {
  for (DataDevice* device : std::vector(devices_))
    if (client && device->client() == client && device->resource())
      device->send_selection(selection_);
}

} // namespace fenceline
