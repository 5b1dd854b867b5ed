#pragma once
#include <wayland-server-protocol.h>

#include <cstdint>
#include <vector>

#include "compositor/wl/display.h"
#include "protocols/data_drag.h"
#include "protocols/data_source.h"
#include "protocols/seat_global.h"

namespace fenceline {

class DataDeviceGlobal;

/// wl_data_device.
class DataDevice final : public wl::Resource<DataDevice>, public SelectionDevice {
 public:
  DataDevice(wl_client* client, std::uint32_t version, wl::NewId id, DataDeviceGlobal& global);
  ~DataDevice() override;
  static const wl_interface& interface() { return wl_data_device_interface; }
  static const void* implementation();

  [[nodiscard]] wl_client* selection_client() const override { return client(); }
  void send_selection(OfferedData* source) override;
  /// With an offer of its own, unless there is no source.
  void send_drag_enter(std::uint32_t serial, const SurfaceResource& surface, double x, double y, DataSource* source,
                       const DataDrag& drag);

 private:
  void start_drag(DataSource* source, SurfaceResource* origin, SurfaceResource* icon, std::uint32_t serial);
  void set_selection(DataSource* source, std::uint32_t serial);
  DataDeviceGlobal& global_;
};

/// wl_data_device_manager 3: the clipboard, and drag and drop.
class DataDeviceGlobal {
 public:
  DataDeviceGlobal(wl::Display& display, SeatGlobal& seat);
  DataDeviceGlobal(const DataDeviceGlobal&) = delete;
  DataDeviceGlobal& operator=(const DataDeviceGlobal&) = delete;

  /// A copy: what is sent may end one.
  [[nodiscard]] std::vector<DataDevice*> devices_of(const wl_client* client) const;
  /// By the client's number, which may be gone.
  [[nodiscard]] std::vector<DataDevice*> devices_of_number(std::uint32_t client) const;
  [[nodiscard]] const DataDrag& drag() const { return drag_; }

 private:
  friend class DataDevice;
  class Manager;

  SeatGlobal& seat_;
  wl::Global global_;
  Selection selection_;
  std::vector<DataDevice*> devices_;
  DataDrag drag_;
};

} // namespace fenceline
