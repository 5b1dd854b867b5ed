#pragma once
#include <memory>
#include <span>
#include <string>

#include "compositor/app/output_arrangement.h"
#include "compositor/input/seat.h"
#include "compositor/output/composer.h"
#include "compositor/output/scanout_device.h"
#include "compositor/scene/buffer_importer.h"
#include "compositor/scene/scene.h"
#include "compositor/scene/update_pacer.h"
#include "compositor/shell/desktop.h"
#include "compositor/wl/display.h"
#include "protocols/alpha_modifier_global.h"
#include "protocols/color_representation_global.h"
#include "protocols/commit_timing_global.h"
#include "protocols/compositor_global.h"
#include "protocols/content_type_global.h"
#include "protocols/cursor_shape_global.h"
#include "protocols/data_device_global.h"
#include "protocols/dmabuf_global.h"
#include "protocols/fifo_global.h"
#include "protocols/fractional_scale_global.h"
#include "protocols/idle_inhibit_global.h"
#include "protocols/output_global.h"
#include "protocols/pointer_constraints_global.h"
#include "protocols/presentation_global.h"
#include "protocols/primary_selection_global.h"
#include "protocols/relative_pointer_global.h"
#include "protocols/seat_global.h"
#include "protocols/shm_global.h"
#include "protocols/single_pixel_buffer_global.h"
#include "protocols/subcompositor_global.h"
#include "protocols/sync_objects.h"
#include "protocols/syncobj_global.h"
#include "protocols/tearing_control_global.h"
#include "protocols/viewporter_global.h"
#include "protocols/xdg_activation.h"
#include "protocols/xdg_decoration.h"
#include "protocols/xdg_output_global.h"
#include "protocols/xdg_shell.h"

namespace fenceline {

/// What the protocols work with.
struct GlobalsContext {
  Log& log;
  FrameObserver& observer;
  Scene& scene;
  UpdatePacer& pacer;
  Desktop& desktop;
  Seat& seat;
  ScanoutDevice& device;
  Composer* composer;
  BufferImporter& importer;
  /// Null: no explicit sync. Outlives every lease, so also the outputs, which hold the last ones.
  SyncObjects* sync_objects;
  IdSource<BufferId>& buffers;
  LatchLooks* looks = nullptr;       ///< Null: the kernel tells of each fence by itself.
  ShmSharing* shm_sharing = nullptr; ///< Null: wl_shm is uploaded. Outlives every lease, as the sync objects.
  /// See XdgContext; never set in a session.
  bool allow_unconfigured_buffers = false;
};

/// The Wayland display and every global on it.
class Globals {
 public:
  /// `display` has no globals yet. It may have a socket: nobody who is waiting there is served before the loop runs.
  Globals(std::unique_ptr<wl::Display> display, const GlobalsContext& context);

  void flush() { display_->flush(); }
  void disconnect_clients() { display_->destroy_clients(); }
  /// None yet: who lays the outputs out adds them.
  [[nodiscard]] OutputGlobals& outputs() { return *outputs_; }
  /// Who is connected, by number.
  [[nodiscard]] std::vector<wl::ClientInfo> clients() const { return display_->clients(); }
  [[nodiscard]] CompositorGlobal& compositor() { return *compositor_; }
  [[nodiscard]] IdleInhibitGlobal& idle_inhibit() { return *idle_inhibit_; }
  /// Null: dma-bufs are not offered.
  [[nodiscard]] DmabufGlobal* dmabuf() { return dmabuf_.get(); }
  /// Other outputs are in use than before, or other ones of the device's: what their planes take is told.
  void planes_changed(std::span<const PlacedOutput> outputs);

 private:
  void add_dmabuf(const GlobalsContext& context);

  bool scans_out_; ///< Clients' dma-bufs can be on planes.
  std::unique_ptr<wl::Display> display_;
  std::unique_ptr<OutputGlobals> outputs_;
  std::unique_ptr<XdgOutputGlobal> xdg_outputs_;
  std::unique_ptr<CompositorGlobal> compositor_;
  std::unique_ptr<SubcompositorGlobal> subcompositor_;
  std::unique_ptr<ShmGlobal> shm_;
  std::unique_ptr<XdgShell> xdg_shell_;
  std::unique_ptr<XdgDecorationGlobal> xdg_decoration_;
  std::unique_ptr<XdgActivationGlobal> xdg_activation_;
  std::unique_ptr<SeatGlobal> seat_;
  std::unique_ptr<CursorShapeGlobal> cursor_shapes_;
  std::unique_ptr<RelativePointerGlobal> relative_pointers_;
  std::unique_ptr<PointerConstraintsGlobal> pointer_constraints_;
  std::unique_ptr<DataDeviceGlobal> data_devices_;
  std::unique_ptr<PrimarySelectionGlobal> primary_selection_;
  std::unique_ptr<ViewporterGlobal> viewporter_;
  std::unique_ptr<SinglePixelBufferGlobal> single_pixels_;
  std::unique_ptr<AlphaModifierGlobal> alpha_modifier_;
  std::unique_ptr<ColorRepresentationGlobal> color_representation_;
  std::unique_ptr<CommitTimingGlobal> commit_timing_;
  std::unique_ptr<FifoGlobal> fifo_;
  std::unique_ptr<ContentTypeGlobal> content_type_;
  std::unique_ptr<TearingControlGlobal> tearing_control_;
  std::unique_ptr<FractionalScaleGlobal> fractional_scale_;
  std::unique_ptr<IdleInhibitGlobal> idle_inhibit_;
  std::unique_ptr<PresentationGlobal> presentation_;
  std::unique_ptr<DmabufGlobal> dmabuf_;
  std::unique_ptr<SyncobjGlobal> syncobj_;
};

} // namespace fenceline
