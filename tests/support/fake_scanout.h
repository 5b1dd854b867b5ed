#pragma once
#include <drm_fourcc.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "compositor/output/scanout_device.h"
#include "tests/support/virtual_loop.h"

namespace fenceline::test {

inline Nanoseconds ms(std::int64_t milliseconds) {
  return std::chrono::milliseconds(milliseconds);
}
inline TimePoint at_ms(std::int64_t milliseconds) {
  return TimePoint{} + ms(milliseconds);
}

/// An output with a primary plane (id 31), and a cursor plane (id 41) when it has a cursor size. Blanks come every
/// 16 ms exactly, so that timelines read in whole milliseconds.
inline OutputInfo fake_output(std::uint32_t id = 1, Size size = {1024, 768}, Size cursor = {64, 64}) {
  OutputInfo info;
  info.id = OutputId{id};
  info.name = "FAKE-" + std::to_string(id);
  info.mode = {.size = size, .refresh = ms(16), .id = 1, .preferred = true};
  info.modes = {info.mode};
  info.in_fences = true;
  info.planes.push_back({PlaneId{id * 100 + 31},
                         PlaneType::Primary,
                         {{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR}, {DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR}}});
  if (!cursor.empty()) {
    info.cursor_size = cursor;
    info.planes.push_back({PlaneId{id * 100 + 41}, PlaneType::Cursor, {{DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR}}});
  }
  return info;
}

/// A display in virtual time, with blanks at whole multiples of the refresh. A state is on screen from the first blank
/// after its submit at which its fences have signalled.
class FakeScanout final : public ScanoutDevice {
 public:
  struct Shown {
    FrameId frame{};
    TimePoint submitted;
    std::vector<PlaneState> planes;
    bool modeset = false;
    bool active = true;
    Mode mode = {};
    Color background = black;
    bool tears = false;
    bool variable_refresh = false;
    ContentType content = ContentType::None;
  };

  FakeScanout(VirtualLoop& loop, std::vector<OutputInfo> outputs) : loop_(loop), outputs_(std::move(outputs)) {
    make_heads();
  }

  /// Outputs come and go, as when cables are pulled and plugged.
  void set_outputs(std::vector<OutputInfo> outputs) {
    outputs_ = std::move(outputs);
    std::erase_if(heads_, [this](const auto& head) {
      return std::none_of(outputs_.begin(), outputs_.end(),
                          [&](const OutputInfo& info) { return info.id == head.first; });
    });
    make_heads();
    if (listener_ != nullptr)
      listener_->outputs_changed();
  }

  // Faults, set by tests.
  /// errno for the next submits, first in first out; 0 lets one pass.
  std::deque<int> submit_errors;
  /// errno for a state, or 0: asked by tests and commits alike.
  std::function<int(const OutputState&)> rule;
  /// errno for a test commit only.
  std::function<int(const OutputState&)> test_rule;
  /// How many blanks later than it should the next flip comes.
  int late_blanks = 0;
  /// Blanks that did not happen: the display's count of them lacks these.
  std::uint64_t uncounted_blanks = 0;
  bool gives_fences = false;                                 ///< It has out-fences.
  static constexpr std::chrono::microseconds tear_time{100}; ///< From the submit of a state that tears to its flip.
  /// How long a submit takes.
  Nanoseconds submit_cost{};
  bool allocates = true;      ///< Whether allocate() works (a GBM).
  bool has_black = true;      ///< Whether allocate_black() works.
  bool takes_dmabufs = true;  ///< Whether import_buffer() works.
  bool flips_stopped = false; ///< No flip is told any more: a display that hangs.
  bool abandon_works = true;  ///< Whether the kernel takes a state after one whose flip is overdue.

  // What happened.
  std::vector<Shown> submits;
  std::size_t failed_submits = 0;
  std::size_t abandoned = 0;
  mutable std::size_t tests = 0;
  std::set<BufferId> buffers;
  std::set<BufferId> blacks; ///< Those of them that are black.
  std::map<BufferId, std::vector<std::byte>> cursor_pixels;

  /// What the screen shows now.
  [[nodiscard]] const Shown& on_screen(OutputId output = OutputId{1}) { return heads_[output].shown; }
  [[nodiscard]] bool shows(BufferId buffer, OutputId output = OutputId{1}) {
    for (const PlaneState& plane : heads_[output].shown.planes)
      if (plane.buffer == buffer)
        return true;
    return false;
  }
  /// Whether a screen shows the buffer or a state on its way to one names it.
  [[nodiscard]] bool uses(BufferId buffer) {
    for (auto& [id, head] : heads_) {
      for (const PlaneState& plane : head.shown.planes)
        if (plane.buffer == buffer)
          return true;
      for (const PlaneState& plane : head.next.planes)
        if (head.busy && plane.buffer == buffer)
          return true;
    }
    return false;
  }
  [[nodiscard]] std::uint64_t flips(OutputId output = OutputId{1}) { return heads_[output].flips; }
  /// Called at each blank that a state is waiting for, before it is shown.
  std::function<void()> at_flip;

  [[nodiscard]] std::span<const OutputInfo> outputs() const override { return outputs_; }
  void set_listener(ScanoutListener* listener) override { listener_ = listener; }

  [[nodiscard]] Result<void> import_buffer(BufferId buffer, const DmabufAttributes&) override {
    if (!takes_dmabufs)
      return Error{"no framebuffer", EINVAL};
    buffers.insert(buffer);
    return {};
  }
  [[nodiscard]] bool knows(BufferId buffer) const override { return buffers.contains(buffer); }
  [[nodiscard]] Result<DmabufAttributes> allocate(BufferId buffer, Size size,
                                                  std::span<const FormatModifier> formats) override {
    if (!allocates || formats.empty())
      return Error{"no allocator", ENOSYS};
    buffers.insert(buffer);
    DmabufAttributes attributes;
    attributes.size = size;
    attributes.format = formats.front();
    attributes.plane_count = 1;
    return attributes;
  }
  [[nodiscard]] Result<MappedImage> allocate_cursor(BufferId buffer, OutputId output) override {
    for (const OutputInfo& info : outputs_)
      if (info.id == output && !info.cursor_size.empty()) {
        auto& pixels = cursor_pixels[buffer];
        pixels.assign(static_cast<std::size_t>(info.cursor_size.width) * 4U *
                          static_cast<std::size_t>(info.cursor_size.height),
                      std::byte{0xee});
        buffers.insert(buffer);
        return MappedImage{buffer, info.cursor_size, static_cast<std::uint32_t>(info.cursor_size.width) * 4U, pixels};
      }
    return Error{"no cursor plane", ENODEV};
  }
  [[nodiscard]] Result<void> allocate_black(BufferId buffer, Size) override {
    if (!has_black)
      return Error{"no dumb buffers", ENOSYS};
    buffers.insert(buffer);
    blacks.insert(buffer);
    return {};
  }
  void forget_buffer(BufferId buffer) override {
    blacks.erase(buffer);
    buffers.erase(buffer);
    cursor_pixels.erase(buffer);
  }

  [[nodiscard]] Result<void> accepts(const OutputState& state) const override {
    ++tests;
    if (const int error = check(state); error != 0)
      return Error{"test commit", error};
    if (const int error = test_rule ? test_rule(state) : 0; error != 0)
      return Error{"test commit", error};
    return {};
  }

  [[nodiscard]] Result<void> submit(OutputState&& state) override {
    loop_.clock().spend(submit_cost);
    const int injected = submit_errors.empty() ? 0 : submit_errors.front();
    if (!submit_errors.empty())
      submit_errors.pop_front();
    Head& head = heads_[state.output];
    const int error = injected != 0 ? injected : head.busy ? EBUSY : check(state);
    if (error != 0) {
      ++failed_submits;
      return Error{"commit", error};
    }
    Shown record{state.frame, loop_.now(),      {},          state.modeset,          state.active,
                 state.mode,  state.background, state.tears, state.variable_refresh, state.content};
    if (state.modeset)
      for (OutputInfo& info : outputs_)
        if (info.id == state.output)
          info.mode = state.mode;
    for (const PlaneState& plane : state.planes)
      record.planes.push_back(
          {plane.plane, plane.buffer, plane.source, plane.dest, {}, plane.transform, plane.alpha, plane.yuv});
    submits.push_back(std::move(record));
    head.next = std::move(state);
    head.submitted = loop_.now();
    head.busy = true;
    const Nanoseconds late =
        head.next.tears ? Nanoseconds{} : refresh(head.next.output) * std::exchange(late_blanks, 0);
    head.timer->arm((head.next.tears ? loop_.now() + tear_time
                     : head.next.variable_refresh
                         ? std::max(loop_.now() + tear_time, head.last_flip + refresh(head.next.output))
                         : next_blank(head.next.output, loop_.now())) +
                    late);
    return {};
  }

  [[nodiscard]] Result<UniqueFd> submit_with_fence(OutputState&& state) override {
    const OutputId output = state.output;
    if (auto sent = submit(std::move(state)); !sent)
      return sent.error();
    if (!gives_fences)
      return UniqueFd();
    heads_[output].fence.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    return heads_[output].fence.duplicate();
  }

  void abandon(OutputId output) override {
    ++abandoned;
    if (abandon_works)
      heads_[output].busy = false;
  }

  [[nodiscard]] std::optional<dev_t> main_device() const override { return std::nullopt; }
  [[nodiscard]] int sync_object_fd() const override { return -1; }

 private:
  void make_heads() {
    for (const OutputInfo& info : outputs_)
      if (Head& head = heads_[info.id]; !head.timer)
        head.timer = *loop_.make_timer([this, id = info.id] { blank(id); });
  }
  struct Head {
    std::unique_ptr<Timer> timer;
    OutputState next;
    TimePoint submitted;
    bool busy = false;
    UniqueFd fence; ///< That the flip signals.
    Shown shown;
    std::uint64_t flips = 0;
    TimePoint last_flip;
  };

  [[nodiscard]] Nanoseconds refresh(OutputId output) const {
    for (const OutputInfo& info : outputs_)
      if (info.id == output)
        return info.mode.refresh;
    return ms(16);
  }
  [[nodiscard]] TimePoint next_blank(OutputId output, TimePoint after) const {
    const auto step = refresh(output);
    return TimePoint{} + step * (after.ns / step.count() + 1);
  }
  [[nodiscard]] int check(const OutputState& state) const {
    for (const PlaneState& plane : state.planes)
      if (!buffers.contains(plane.buffer))
        return ENOENT;
    if (state.tears)
      if (const int error = check_torn(state); error != 0)
        return error;
    return rule ? rule(state) : 0;
  }
  /// The kernel takes nothing with an async flip but another buffer.
  [[nodiscard]] int check_torn(const OutputState& state) const {
    const auto info = std::find_if(outputs_.begin(), outputs_.end(),
                                   [&state](const OutputInfo& output) { return output.id == state.output; });
    const Shown& shown = heads_.at(state.output).shown;
    const bool same = state.planes.size() == 1 && shown.planes.size() == 1 && !state.modeset &&
                      state.planes[0].plane == shown.planes[0].plane && state.planes[0].dest == shown.planes[0].dest &&
                      state.planes[0].source == shown.planes[0].source && state.content == shown.content &&
                      state.variable_refresh == shown.variable_refresh;
    return !info->async_flips ? EOPNOTSUPP : same ? 0 : EINVAL;
  }
  static bool signalled(const UniqueFd& fence) {
    pollfd poll_fd{.fd = fence.get(), .events = POLLIN, .revents = 0};
    return !fence.valid() || ::poll(&poll_fd, 1, 0) > 0;
  }

  void blank(OutputId id) {
    Head& head = heads_[id];
    if (!head.busy || flips_stopped)
      return;
    for (const PlaneState& plane : head.next.planes)
      if (!signalled(plane.in_fence)) {
        head.timer->arm(loop_.now() + refresh(id));
        return;
      }
    if (at_flip)
      at_flip();
    head.shown = {head.next.frame,      head.submitted,   std::move(head.next.planes),
                  head.next.modeset,    head.next.active, head.next.mode,
                  head.next.background, head.next.tears,  head.next.variable_refresh,
                  head.next.content};
    head.last_flip = loop_.now();
    head.busy = false;
    if (const std::uint64_t one = 1; head.fence.valid() && ::write(head.fence.get(), &one, sizeof one) == sizeof one)
      head.fence.reset();
    ++head.flips;
    if (listener_ != nullptr)
      listener_->flipped(
          {.output = id,
           .frame = head.shown.frame,
           .time = loop_.now(),
           .sequence = static_cast<std::uint64_t>(loop_.now().ns / refresh(id).count()) - uncounted_blanks,
           .hardware_clock = true,
           .vsync = !head.shown.tears,
           .torn = head.shown.tears,
           .variable = head.shown.variable_refresh});
  }

  VirtualLoop& loop_;
  std::vector<OutputInfo> outputs_;
  ScanoutListener* listener_ = nullptr;
  std::map<OutputId, Head> heads_;
};

} // namespace fenceline::test
