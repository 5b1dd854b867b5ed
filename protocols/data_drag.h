#pragma once
#include <cstdint>

#include "protocols/data_source.h"

namespace fenceline {

class DataDeviceGlobal;

/// The drag of the seat: begun by a client with a button or a finger that is down on it, over when that is let go.
/// There is one at a time. Without a source only its own client hears of it.
class DataDrag final : public PointerGrab, public SceneListener {
 public:
  DataDrag(DataDeviceGlobal& devices, SeatGlobal& seat);
  ~DataDrag() override;
  DataDrag(const DataDrag&) = delete;
  DataDrag& operator=(const DataDrag&) = delete;

  /// False: there is one already, or what is held has gone meanwhile.
  [[nodiscard]] bool start(wl_client* client, DataSource* source, SurfaceId icon, const PressGrab& grab);
  [[nodiscard]] bool active() const { return active_; }
  /// It is being destroyed: the drag ends.
  void source_gone();
  /// What the user wants to be done, by the modifiers that are held: move with Shift, copy with Control, else 0
  /// (wl_data_device_manager.dnd_action).
  [[nodiscard]] std::uint32_t wanted_action() const;

  void pointer_moved(TimePoint time, double x, double y) override;
  void released(TimePoint time) override;
  void grab_ended() override;
  void surface_changed(Surface&) override {}
  void surface_gone(SurfaceId surface) override;

 private:
  void enter(const SurfaceHit& hit);
  void leave();

  DataDeviceGlobal& devices_;
  SeatGlobal& seat_;
  bool active_ = false;
  DataSource* source_ = nullptr;
  bool has_source_ = false; ///< It had one at the start.
  std::uint32_t owner_ = 0; ///< Client number.
  SurfaceId focus_{};
  std::uint32_t focus_owner_ = 0; ///< Client number; 0: over nothing that hears of it.
};

} // namespace fenceline
