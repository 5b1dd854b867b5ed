#include "protocols/data_device_global.h"

#include <algorithm>
#include <iterator>

#include "compositor/wl/thunk.h"
#include "protocols/data_offer.h"

namespace fenceline {
namespace {

constexpr std::uint32_t newest = 3;

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
  void create_data_source(wl::NewId id) { new DataSource(client(), version(), id); }
  void get_data_device(wl::NewId id, wl_resource*) { new DataDevice(client(), version(), id, global_); }
  DataDeviceGlobal& global_;
};

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
  global_.selection_.add(*this);
}

DataDevice::~DataDevice() {
  global_.selection_.remove(*this);
  std::erase(global_.devices_, this);
}

void DataDevice::send_selection(OfferedData* source) {
  if (!source) {
    wl_data_device_send_selection(resource(), nullptr);
    return;
  }
  auto* offer = new DataOffer(client(), version(), *source);
  wl_data_device_send_data_offer(resource(), offer->resource());
  offer->introduce();
  wl_data_device_send_selection(resource(), offer->resource());
}

void DataDevice::send_drag_enter(std::uint32_t serial, const SurfaceResource& surface, double x, double y,
                                 DataSource* source, const DataDrag& drag) {
  DataOffer* offer = source ? new DataOffer(client(), version(), *source, drag) : nullptr;
  if (offer) {
    wl_data_device_send_data_offer(resource(), offer->resource());
    offer->introduce();
  }
  wl_data_device_send_enter(resource(), serial, surface.resource(), wl_fixed_from_double(x), wl_fixed_from_double(y),
                            offer ? offer->resource() : nullptr);
}

void DataDevice::start_drag(DataSource* source, SurfaceResource*, SurfaceResource* icon, std::uint32_t serial) {
  if (source && source->used())
    return post_error(WL_DATA_DEVICE_ERROR_USED_SOURCE, "the source is or was in use already");
  if (icon && !icon->surface().give_role(SurfaceRole::DragIcon))
    return post_error(WL_DATA_DEVICE_ERROR_ROLE, "wl_surface#{} has another role", icon->object_id());
  if (source)
    source->set_used();
  // The user has let go already, or never held anything: there is nothing to drag with.
  const std::optional<PressGrab> grab = global_.seat_.grab_of(client(), serial);
  const bool started = grab && global_.drag_.start(client(), source, icon ? icon->surface_id() : SurfaceId{}, *grab);
  if (!started && source)
    source->cancel_drag();
}

void DataDevice::set_selection(DataSource* source, std::uint32_t serial) {
  if (source && source->used())
    return post_error(WL_DATA_DEVICE_ERROR_USED_SOURCE, "the source is or was in use already");
  if (source && source->has_actions())
    return source->post_error(WL_DATA_SOURCE_ERROR_INVALID_SOURCE, "a source with actions is for drags only");
  global_.selection_.request(client(), source, serial);
}

DataDeviceGlobal::DataDeviceGlobal(wl::Display& display, SeatGlobal& seat)
    : seat_(seat), global_(display, wl_data_device_manager_interface, newest, wl::binds<Manager>(*this)),
      selection_(seat), drag_(*this, seat) {}

std::vector<DataDevice*> DataDeviceGlobal::devices_of(const wl_client* client) const {
  std::vector<DataDevice*> found;
  std::copy_if(devices_.begin(), devices_.end(), std::back_inserter(found),
               [client](const DataDevice* device) { return device->client() == client; });
  return found;
}

std::vector<DataDevice*> DataDeviceGlobal::devices_of_number(std::uint32_t number) const {
  std::vector<DataDevice*> found;
  std::copy_if(devices_.begin(), devices_.end(), std::back_inserter(found), [this, number](const DataDevice* device) {
    return seat_.display().info(device->client()).number == number;
  });
  return found;
}

} // namespace fenceline
