#include "protocols/primary_selection_global.h"

#include "compositor/wl/thunk.h"
#include "primary-selection-v1-server-protocol.h"

namespace fenceline {

/// zwp_primary_selection_source_v1.
class PrimarySelectionGlobal::Source final : public wl::Resource<Source>, public OfferedData {
 public:
  Source(wl_client* client, std::uint32_t version, wl::NewId id) : Resource(client, version, id) {}
  static const wl_interface& interface() { return zwp_primary_selection_source_v1_interface; }
  static const void* implementation() {
    static constexpr struct zwp_primary_selection_source_v1_interface requests {
      .offer = wl::thunk<&Source::offer>, .destroy = wl::destroy,
    };
    return &requests;
  }
  void send(const char* type, int fd) override { zwp_primary_selection_source_v1_send_send(resource(), type, fd); }
  [[nodiscard]] wl_resource* source_resource() const override { return resource(); }

 private:
  void offer(const char* type) {
    if (!add_type(type))
      post_no_memory();
  }
  void send_cancelled() override { zwp_primary_selection_source_v1_send_cancelled(resource()); }
};

/// zwp_primary_selection_offer_v1.
class PrimarySelectionGlobal::Offer final : public wl::Resource<Offer> {
 public:
  Offer(wl_client* client, std::uint32_t version, OfferedData& source) : Resource(client, version, {}), link_(source) {}
  static const wl_interface& interface() { return zwp_primary_selection_offer_v1_interface; }
  static const void* implementation() {
    static constexpr struct zwp_primary_selection_offer_v1_interface requests {
      .receive = wl::thunk<&Offer::receive>, .destroy = wl::destroy,
    };
    return &requests;
  }

 private:
  void receive(const char* type, UniqueFd fd) { link_.receive(type, fd); }
  OfferLink link_;
};

/// zwp_primary_selection_device_v1.
class PrimarySelectionGlobal::Device final : public wl::Resource<Device>, public SelectionDevice {
 public:
  Device(wl_client* client, std::uint32_t version, wl::NewId id, Selection& selection)
      : Resource(client, version, id), selection_(selection) {
    selection_.add(*this);
  }
  ~Device() override { selection_.remove(*this); }
  static const wl_interface& interface() { return zwp_primary_selection_device_v1_interface; }
  static const void* implementation() {
    static constexpr struct zwp_primary_selection_device_v1_interface requests {
      .set_selection = wl::thunk<&Device::set_selection>, .destroy = wl::destroy,
    };
    return &requests;
  }
  [[nodiscard]] wl_client* selection_client() const override { return client(); }
  void send_selection(OfferedData* source) override {
    if (!source) {
      zwp_primary_selection_device_v1_send_selection(resource(), nullptr);
      return;
    }
    const auto* offer = new Offer(client(), version(), *source);
    zwp_primary_selection_device_v1_send_data_offer(resource(), offer->resource());
    for (const std::string& type : source->types())
      zwp_primary_selection_offer_v1_send_offer(offer->resource(), type.c_str());
    zwp_primary_selection_device_v1_send_selection(resource(), offer->resource());
  }

 private:
  void set_selection(Source* source, std::uint32_t serial) {
    // The protocol has no error for a source that serves already: it goes on serving.
    if (!source || !source->used())
      selection_.request(client(), source, serial);
  }
  Selection& selection_;
};

class PrimarySelectionGlobal::Manager final : public wl::Resource<Manager> {
 public:
  Manager(wl_client* client, std::uint32_t version, wl::NewId id, PrimarySelectionGlobal& global)
      : Resource(client, version, id), global_(global) {}
  static const wl_interface& interface() { return zwp_primary_selection_device_manager_v1_interface; }
  static const void* implementation() {
    static constexpr struct zwp_primary_selection_device_manager_v1_interface requests {
      .create_source = wl::thunk<&Manager::create_source>, .get_device = wl::thunk<&Manager::get_device>,
      .destroy = wl::destroy,
    };
    return &requests;
  }

 private:
  void create_source(wl::NewId id) { new Source(client(), version(), id); }
  void get_device(wl::NewId id, wl_resource*) { new Device(client(), version(), id, global_.selection_); }
  PrimarySelectionGlobal& global_;
};

PrimarySelectionGlobal::PrimarySelectionGlobal(wl::Display& display, SeatGlobal& seat)
    : global_(display, zwp_primary_selection_device_manager_v1_interface, 1, wl::binds<Manager>(*this)),
      selection_(seat) {}

} // namespace fenceline
