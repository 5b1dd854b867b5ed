#include "tests/integration/test_server.h"

#include <drm_fourcc.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace fenceline::test {

namespace {

std::uint64_t inode(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 ? info.st_ino : 0;
}

/// Bytes of a file, which stands for a dma-buf.
Result<std::uint64_t> file_size(int fd) {
  const off_t end = ::lseek(fd, 0, SEEK_END);
  if (end < 0)
    return Error::from_errno("the descriptor has no size");
  return static_cast<std::uint64_t>(end);
}

constexpr std::array extra_shm_formats{static_cast<std::uint32_t>(DRM_FORMAT_RGB565),
                                       static_cast<std::uint32_t>(DRM_FORMAT_NV12)};

DmabufFormats dmabuf_formats() {
  return {.main_device = 0x1234,
          .texture = {{DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR},
                      {DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR},
                      {DRM_FORMAT_XRGB8888, I915_FORMAT_MOD_X_TILED},
                      {DRM_FORMAT_NV12, DRM_FORMAT_MOD_LINEAR}},
          // The last one can't be composed: a window with it could not leave its plane.
          .scanout = {{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR}, {DRM_FORMAT_RGB565, DRM_FORMAT_MOD_LINEAR}}};
}

} // namespace

std::pair<FakeSyncObjects::TimelinePtr, UniqueFd> FakeSyncObjects::make() {
  UniqueFd fd(::memfd_create("timeline", MFD_CLOEXEC));
  auto timeline = std::make_shared<Timeline>();
  known_[inode(fd.get())] = timeline;
  return {timeline, std::move(fd)};
}

void FakeSyncObjects::signal(Timeline& timeline, std::uint64_t point) {
  timeline.signalled = std::max(timeline.signalled, point);
  std::erase_if(timeline.waiting, [&](const auto& waiter) {
    if (waiter.first > timeline.signalled)
      return false;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(waiter.second.get(), &one, sizeof one);
    return true;
  });
}

Result<std::uint32_t> FakeSyncObjects::import(int fd) {
  const auto found = known_.find(inode(fd));
  if (found == known_.end())
    return Error{"not a sync object", EINVAL};
  handles[++last_] = found->second;
  return last_;
}

Result<void> FakeSyncObjects::notify(std::uint32_t handle, std::uint64_t point, int eventfd) {
  ++asked_to_tell;
  if (refuses_to_tell)
    return Error{"no memory", ENOMEM};
  UniqueFd copy(::dup(eventfd));
  if (!copy.valid())
    return Error::from_errno("no descriptor");
  Timeline& timeline = *handles.at(handle);
  timeline.waiting.emplace_back(point, std::move(copy));
  signal(timeline, timeline.signalled);
  return {};
}

OutputDescription TestServer::description(double scale) {
  OutputInfo info;
  info.id = output;
  info.name = "TEST-1";
  info.make = "Fenceline";
  info.model = "Test display";
  info.physical_mm = {160, 120};
  info.mode = {.size = output_size, .refresh = Nanoseconds(16'666'667), .id = 1, .preferred = true};
  info.modes = {info.mode};
  return {.info = std::move(info),
          .position = {10, 20},
          .scale = scale,
          .logical_size = output_size,
          .transform = Transform::Normal};
}

namespace {

std::unique_ptr<ShmSharing> make_sharing(FakeImporter& importer, FakePages*& pages) {
  auto owned = std::make_unique<FakePages>();
  pages = owned.get();
  return std::make_unique<ShmSharing>(std::move(owned), importer);
}

} // namespace

TestServer::TestServer()
    : loop(std::move(*EpollLoop::create())), shm_sharing(make_sharing(importer, pages)), scene(observer),
      pacer(std::move(*UpdatePacer::create(*loop, scene))), looks(std::move(*LatchLooks::create(*loop))), desktop(scene, log), policy(desktop),
      seat(scene, log, std::move(*Keymap::create()), policy), input(seat), builder(scene, {&stack, &desktop, &seat}),
      display(std::move(*wl::Display::create(*loop))), outputs(*display), compositor(*display, scene, outputs),
      subcompositor(*display, scene),
      shm(*display, buffer_ids, extra_shm_formats, LocalFiles(LocalFiles::usual_folders(nullptr)), shm_sharing.get()),
      presentation(*display, outputs), viewporter(*display), single_pixels(*display, buffer_ids),
      alpha_modifier(*display), commit_timing(*display, *pacer), fifo(*display), color_representation(*display),
      fractional_scale(*display), idle_inhibit(*display), syncobj(*display, sync_objects, looks.get()),
      dmabuf(
          std::move(*DmabufGlobal::create(*display, timers, importer, buffer_ids, dmabuf_formats(),
                                          [this](int fd) { return real_dmabufs ? dmabuf_size(fd) : file_size(fd); }))),
      xdg_shell({*display, scene, desktop, log}), seats(*display, compositor, seat), cursor_shapes(*display, seats),
      relative_pointers(*display, seats), pointer_constraints(*display, scene, seat), data_devices(*display, seats),
      primary_selection(*display, seats) {
  loop->before_sleep([this] { display->flush(); });
  pacer->set_outputs(&pace_);
  looks->set_outputs(&pace_);
  desktop.set_output(output, Rect{0, 0, output_size.width, output_size.height});
  builder.set_output(output, Rect{0, 0, output_size.width, output_size.height});
  seat.set_areas({{0, 0, output_size.width, output_size.height}});
  desktop.on_focus_changed([this] { seat.refresh_focus(); });
  desktop.on_stack_changed([this] { seat.refresh_focus(); });
  policy.attach(seat);
  seat.on_binding([this](const KeyBinding& binding) { actions.run(binding); });
  seat.on_binding_released([this] { actions.released(); });
  outputs.add(description());
  // The seat's cursor has made its commit.
  observer.clear();
}

TestServer::~TestServer() {
  display->destroy_clients();
  pacer->set_outputs(nullptr);
  looks->set_outputs(nullptr);
}

void TestServer::latch(TimePoint blank) {
  looks->before_latch(output);
  pacer->before_latch(output, blank);
  pending_ = {};
  builder.latch(output, static_cast<FrameId>(++frames_), pending_);
  std::vector<SurfaceId> surfaces;
  for (std::size_t i = 0; i < pending_.snapshot.layers.size(); ++i) {
    const Layer& layer = pending_.snapshot.layers[i];
    surfaces.push_back(layer.surface);
    LayerHold& hold = pending_.holds[i];
    if (!hold.pixels || refuse_uploads)
      continue;
    std::vector<std::byte>& bytes = uploads_[layer.surface];
    const auto rows = static_cast<std::uint32_t>(hold.pixels->size().height);
    bytes.assign(std::size_t{rows} * hold.pixels->stride(), std::byte{0xee});
    (void)hold.pixels->read_rows(0, rows, bytes);
    hold = {};
    builder.pixels_taken(layer.surface, layer.commit);
  }
  compositor.shown(output, surfaces);
  pacer->after_latch(output);
}

FlipEvent TestServer::flip() {
  FlipEvent event;
  event.output = output;
  event.frame = pending_.snapshot.frame;
  // Seconds of more than 32 bits: both halves on the wire count.
  event.time = {((std::int64_t{1} << 32) + 5) * 1'000'000'000 + 123'456'789};
  event.sequence = (std::uint64_t{1} << 32U) + frames_;
  event.hardware_clock = hardware_clock;
  event.vsync = vsync;
  event.variable = variable;
  for (LatchedUpdate& update : pending_.updates) {
    for (auto& sink : update.feedback)
      sink->presented(event, Nanoseconds(16'666'667), zero_copy);
    for (auto& callback : update.callbacks)
      callback->done(event.time);
  }
  pending_.updates.clear();
  shown_ = std::exchange(pending_, {});
  return event;
}

} // namespace fenceline::test
