#pragma once
#include <fcntl.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "compositor/app/desktop_policy.h"
#include "compositor/app/window_actions.h"
#include "compositor/base/epoll_loop.h"
#include "compositor/input/seat.h"
#include "compositor/scene/buffer_importer.h"
#include "compositor/scene/scene.h"
#include "compositor/scene/snapshot_builder.h"
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
#include "protocols/shm_sharing.h"
#include "protocols/single_pixel_buffer_global.h"
#include "protocols/subcompositor_global.h"
#include "protocols/sync_objects.h"
#include "protocols/syncobj_global.h"
#include "protocols/tearing_control_global.h"
#include "protocols/viewporter_global.h"
#include "protocols/xdg_activation.h"
#include "protocols/xdg_decoration.h"
#include "protocols/xdg_shell.h"
#include "tests/support/recording_observer.h"
#include "tests/support/virtual_loop.h"

namespace fenceline::test {

/// Takes any descriptor for a dma-buf, unless it is told to refuse.
class FakeImporter final : public BufferImporter {
 public:
  [[nodiscard]] Result<void> import_dmabuf(BufferId buffer, const DmabufAttributes& attributes) override {
    if (refuse)
      return Error{"the importer refuses", EINVAL};
    live.insert(buffer);
    last_format = attributes.format;
    last_size = attributes.size;
    last_planes = attributes.plane_count;
    last_offset = attributes.planes[0].offset;
    last_stride = attributes.planes[0].stride;
    return {};
  }
  void forget_buffer(BufferId buffer) override { live.erase(buffer); }

  bool refuse = false;
  std::set<BufferId> live;
  FormatModifier last_format;
  Size last_size;
  std::size_t last_planes = 0;
  std::uint32_t last_offset = 0, last_stride = 0; ///< Of the first plane.
};

/// Makes a "dma-buf" of any file: the file itself. Refuses until a test wants wl_shm in place.
class FakePages final : public PageExporter {
 public:
  [[nodiscard]] Result<UniqueFd> export_pages(int file, std::uint64_t from, std::uint64_t length) const override {
    ++asked;
    if (refuse)
      return Error{"no pages", EPERM};
    offset = from;
    size = length;
    return UniqueFd(::fcntl(file, F_DUPFD_CLOEXEC, 3));
  }
  [[nodiscard]] std::uint64_t largest() const override { return std::uint64_t{64} << 20; }

  bool refuse = true;
  mutable int asked = 0;
  mutable std::uint64_t offset = 0, size = 0; ///< Of the last.
};

/// Timelines in memory. A descriptor is known as a sync object by its inode once `make` has made it.
class FakeSyncObjects final : public SyncObjects {
 public:
  struct Timeline {
    std::uint64_t signalled = 0;
    std::vector<std::pair<std::uint64_t, UniqueFd>> waiting;
  };
  using TimelinePtr = std::shared_ptr<Timeline>;

  /// A new timeline, and the descriptor that a client sends.
  [[nodiscard]] std::pair<TimelinePtr, UniqueFd> make();
  /// What the client's GPU does.
  static void signal(Timeline& timeline, std::uint64_t point);

  [[nodiscard]] Result<std::uint32_t> import(int fd) override;
  void destroy(std::uint32_t handle) override { handles.erase(handle); }
  [[nodiscard]] bool signalled(std::uint32_t handle, std::uint64_t point) override {
    return handles.at(handle)->signalled >= point;
  }
  [[nodiscard]] bool reached(std::span<const std::uint32_t> of, std::span<std::uint64_t> points) override {
    ++queries;
    timelines_asked += of.size();
    for (std::size_t i = 0; i < of.size(); ++i)
      points[i] = handles.at(of[i])->signalled;
    return !out_of_memory;
  }
  [[nodiscard]] Result<void> notify(std::uint32_t handle, std::uint64_t point, int eventfd) override;
  [[nodiscard]] Result<void> signal(std::uint32_t handle, std::uint64_t point) override {
    signal(*handles.at(handle), point);
    return {};
  }
  [[nodiscard]] Result<void> give(std::uint32_t handle, std::uint64_t point, int) override {
    given.push_back({handle, point});
    return {};
  }
  void want_by(std::uint32_t, std::uint64_t point, TimePoint when) override { wanted.emplace_back(point, when); }
  void forget_points(std::uint32_t handle) override { forgotten.push_back(handle); }
  [[nodiscard]] TimePoint signalled_at(std::uint32_t, std::uint64_t) override { return {4711}; }

  std::vector<std::pair<std::uint32_t, std::uint64_t>> given; ///< Fences that points were given.
  std::vector<std::pair<std::uint64_t, TimePoint>> wanted;    ///< Points whose drivers were told, and what.
  std::vector<std::uint32_t> forgotten;                       ///< Timelines that were begun anew.

  std::map<std::uint32_t, TimelinePtr> handles;
  bool out_of_memory = false; ///< Nothing can be told of several timelines at once.
  bool refuses_to_tell = false;
  int asked_to_tell = 0;           ///< notify() was called so often.
  int queries = 0;                 ///< reached() was.
  std::size_t timelines_asked = 0; ///< Of so many, all together.

 private:
  std::map<std::uint64_t, TimelinePtr> known_; ///< By inode.
  std::uint32_t last_ = 0;
};

/// Shows the surfaces that a test names, at the origin, besides the desktop's.
class TestStack final : public StackProvider {
 public:
  void append_roots(OutputId, std::vector<RootPlacement>& roots) const override {
    for (const SurfaceId id : surfaces)
      roots.push_back({.root = id, .position = {}, .role = LayerRole::Content});
  }
  std::vector<SurfaceId> surfaces;
};

/// An output that takes pictures when a test says so.
class PaceByHand final : public PacedOutputs {
 public:
  explicit PaceByHand(const CompositorGlobal& compositor) : compositor_(compositor) {}
  [[nodiscard]] std::optional<OutputId> output_of(SurfaceId surface) const override {
    const SurfaceResource* resource = compositor_.find(surface);
    return resource && !resource->shown_on().empty() ? std::optional(resource->shown_on().front()) : std::nullopt;
  }
  [[nodiscard]] std::span<const OutputId> outputs_of(SurfaceId surface) const override {
    const SurfaceResource* resource = compositor_.find(surface);
    return resource ? std::span<const OutputId>(resource->shown_on()) : std::span<const OutputId>();
  }
  [[nodiscard]] bool takes_pictures(OutputId) const override { return true; }
  [[nodiscard]] TimePoint ask_time(OutputId, TimePoint target) const override { return target; }
  [[nodiscard]] TimePoint next_latch(OutputId) const override { return coming; }
  void ask(OutputId) override {}
  void ask_to_look(OutputId) override {}

  TimePoint coming{1'000'000'000}; ///< The next latch of all.

 private:
  const CompositorGlobal& compositor_;
};

/// A mouse and a keyboard that a test plays. Each event is a millisecond after the one before.
class FakeInput {
 public:
  explicit FakeInput(Seat& seat) : seat_(seat) {}
  void plug_pointer() { seat_.pointer_added(); }
  void unplug_pointer() { seat_.pointer_removed(); }
  void plug_keyboard() { seat_.keyboard_added(); }
  void unplug_keyboard() { seat_.keyboard_removed(); }
  void plug_touch() { seat_.touch_added(); }
  void unplug_touch() { seat_.touch_removed(); }
  /// One contact's event and the frame that ends its group.
  void touch_down(std::int32_t id, double x, double y) {
    seat_.touch_down(next(), id, x, y);
    seat_.touch_frame();
  }
  void touch_motion(std::int32_t id, double x, double y) {
    seat_.touch_motion(next(), id, x, y);
    seat_.touch_frame();
  }
  void touch_up(std::int32_t id) {
    seat_.touch_up(next(), id);
    seat_.touch_frame();
  }
  void move(double x, double y) { seat_.move_to(next(), x, y); }
  void move_by(const RelativeMotion& motion) { seat_.move_by(next(), motion); }
  /// `code`: BTN_LEFT and the like.
  void button(std::uint32_t code, bool pressed) { seat_.button(next(), code, pressed); }
  void scroll(const ScrollEvent& event) { seat_.scroll(next(), event); }
  /// `code`: KEY_A and the like.
  void key(std::uint32_t code, bool pressed) { seat_.key(next(), code, pressed); }
  /// Of the last event.
  [[nodiscard]] std::uint32_t milliseconds() const { return static_cast<std::uint32_t>(now_.ns / 1'000'000); }

 private:
  TimePoint next() {
    now_.ns += 1'000'000;
    return now_;
  }
  Seat& seat_;
  TimePoint now_{1'000'000'000};
};

/// The real protocols over the real scene, with an output that latches and flips when a test says so, and a seat that
/// has no devices until a test plugs them in. Wired as the session is.
class TestServer {
 public:
  static constexpr Size output_size{640, 480};
  static constexpr OutputId output{1};

  TestServer();
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  /// Takes the picture, uploads what is wl_shm, and tells enter and leave. It is on the screen with the next flip,
  /// which is to be at `blank`.
  void latch(TimePoint blank = {});
  /// The latched picture replaces the one before: presented, callbacks, releases.
  FlipEvent flip();
  /// Pixels of a surface's wl_shm content as they were uploaded at the last latch, row by row; empty when none were.
  [[nodiscard]] const std::vector<std::byte>& uploaded(SurfaceId surface) { return uploads_[surface]; }
  [[nodiscard]] const LatchedFrame& on_screen() const { return shown_; }
  /// Layers of the picture now, bottom to top.
  [[nodiscard]] std::vector<Layer> layers() const { return builder.look(output).layers; }
  static OutputDescription description(double scale = 1);
  /// Without the seat's own cursor.
  [[nodiscard]] std::size_t client_surfaces() const { return scene.surface_count() - 1; }

  /// Only dma-bufs are taken for dma-bufs, as in the session; else any file is.
  bool real_dmabufs = false;

  FakePages* pages = nullptr; ///< shm_sharing's.

  std::unique_ptr<EpollLoop> loop;
  VirtualLoop timers; ///< Of dma-buf feedback: stands still until a test moves it.
  Log log{LogLevel::Off};
  RecordingObserver observer;
  FakeImporter importer;
  std::unique_ptr<ShmSharing> shm_sharing;
  FakeSyncObjects sync_objects;
  IdSource<BufferId> buffer_ids;
  Scene scene;
  std::unique_ptr<UpdatePacer> pacer;
  std::unique_ptr<LatchLooks> looks;
  TestStack stack;
  Desktop desktop;
  DesktopPolicy policy;
  WindowActions actions{desktop};
  Seat seat;
  FakeInput input;
  SnapshotBuilder builder;
  std::unique_ptr<wl::Display> display;
  OutputGlobals outputs;
  CompositorGlobal compositor;
  SubcompositorGlobal subcompositor;
  ShmGlobal shm;
  PresentationGlobal presentation;
  ViewporterGlobal viewporter;
  SinglePixelBufferGlobal single_pixels;
  AlphaModifierGlobal alpha_modifier;
  CommitTimingGlobal commit_timing;
  FifoGlobal fifo;
  ContentTypeGlobal content_type{*display};
  TearingControlGlobal tearing_control{*display};
  ColorRepresentationGlobal color_representation;
  FractionalScaleGlobal fractional_scale;
  IdleInhibitGlobal idle_inhibit;
  SyncobjGlobal syncobj;
  std::unique_ptr<DmabufGlobal> dmabuf;
  XdgShell xdg_shell;
  XdgDecorationGlobal xdg_decoration{*display};
  /// Stands still until a test moves it.
  struct : Clock {
    [[nodiscard]] TimePoint now() const override { return time; }
    TimePoint time;
  } activation_clock;
  XdgActivationGlobal activation{*display, desktop, activation_clock};
  SeatGlobal seats;
  CursorShapeGlobal cursor_shapes;
  RelativePointerGlobal relative_pointers;
  PointerConstraintsGlobal pointer_constraints;
  DataDeviceGlobal data_devices;
  PrimarySelectionGlobal primary_selection;

  /// What the next flips say of the display.
  bool vsync = true;
  bool variable = false;
  bool hardware_clock = true;
  bool zero_copy = false;
  bool refuse_uploads = false; ///< Pixels stay the client's, as when nobody composes.

 private:
  PaceByHand pace_{compositor};
  LatchedFrame pending_, shown_;
  std::uint64_t frames_ = 0;
  std::map<SurfaceId, std::vector<std::byte>> uploads_;
};

} // namespace fenceline::test
