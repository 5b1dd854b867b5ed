#include "compositor/backends/headless/headless_device.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>

namespace fenceline {

namespace {

bool signalled(const UniqueFd& fence) {
  pollfd poll_fd{.fd = fence.get(), .events = POLLIN, .revents = 0};
  return !fence.valid() || ::poll(&poll_fd, 1, 0) > 0;
}

} // namespace

struct HeadlessDevice::Head {
  OutputId id{};
  PlaneId plane{};
  Mode mode;
  std::unique_ptr<Timer> timer;
  OutputState next;                   ///< With `busy`.
  std::unique_ptr<EventSource> fence; ///< The wait for a fence of `next`.
  bool busy = false;
};

HeadlessDevice::HeadlessDevice(EventLoop& loop) : loop_(loop), epoch_(loop.clock().now()) {}

HeadlessDevice::~HeadlessDevice() = default;

Result<std::unique_ptr<HeadlessDevice>>
HeadlessDevice::create(EventLoop& loop, const std::vector<HeadlessOutput>& outputs, std::uint32_t ids_after) {
  std::unique_ptr<HeadlessDevice> device(new HeadlessDevice(loop));
  std::uint32_t number = 0;
  for (const HeadlessOutput& output : outputs) {
    if (output.size.empty() || output.refresh <= Nanoseconds::zero())
      return Error{"a headless output needs a size and a refresh", EINVAL};
    ++number;
    auto head = std::make_unique<Head>();
    head->id = OutputId{ids_after + number};
    head->plane = PlaneId{number};
    head->mode = {.size = output.size, .refresh = output.refresh, .id = 1, .preferred = true};
    auto timer = loop.make_timer([raw = device.get(), h = head.get()] { raw->blank(*h); });
    if (!timer)
      return timer.error();
    head->timer = std::move(*timer);

    OutputInfo info;
    info.id = head->id;
    info.name = "HEADLESS-" + std::to_string(number);
    info.make = "Fenceline";
    info.model = "headless";
    info.modes = {head->mode};
    info.mode = head->mode;
    info.planes = {{.id = head->plane, .type = PlaneType::Primary, .formats = {}}};
    info.in_fences = true;
    device->infos_.push_back(std::move(info));
    device->heads_.push_back(std::move(head));
  }
  return device;
}

Result<void> HeadlessDevice::import_buffer(BufferId buffer, const DmabufAttributes&) {
  buffers_.insert(buffer);
  return {};
}

Result<DmabufAttributes> HeadlessDevice::allocate(BufferId, Size, std::span<const FormatModifier>) {
  return Error{"a headless display has no allocator", ENOTSUP};
}

Result<MappedImage> HeadlessDevice::allocate_cursor(BufferId, OutputId) {
  return Error{"a headless display has no cursor plane", ENODEV};
}

HeadlessDevice::Head* HeadlessDevice::find(OutputId output) const {
  const auto head = std::find_if(heads_.begin(), heads_.end(), [output](const auto& h) { return h->id == output; });
  return head == heads_.end() ? nullptr : head->get();
}

Result<void> HeadlessDevice::accepts(const OutputState& state) const {
  const Head* head = find(state.output);
  if (head == nullptr)
    return Error{"no such output", ENODEV};
  if (state.mode.size != head->mode.size)
    return Error{"a headless output has one mode", ERANGE};
  if (state.planes.size() > 1 || (!state.planes.empty() && state.planes.front().plane != head->plane))
    return Error{"a headless output has one plane", EINVAL};
  return {};
}

Result<void> HeadlessDevice::submit(OutputState&& state) {
  if (auto accepted = accepts(state); !accepted)
    return accepted;
  Head& head = *find(state.output);
  if (head.busy)
    return Error{"a state is in flight on this output", EBUSY};
  head.next = std::move(state);
  head.busy = true;
  wait_for_fences(head);
  return {};
}

// One after the other: the blank after the last of them is the state's.
void HeadlessDevice::wait_for_fences(Head& head) {
  head.fence.reset();
  for (const PlaneState& plane : head.next.planes) {
    if (signalled(plane.in_fence))
      continue;
    auto source =
        loop_.watch(plane.in_fence.get(), IoEvents::Readable, [this, &head](IoEvents) { wait_for_fences(head); });
    if (source) {
      head.fence = std::move(*source);
      return;
    }
    // It cannot be watched: each blank looks again.
    break;
  }
  arm(head);
}

void HeadlessDevice::arm(Head& head) {
  const std::int64_t passed = (loop_.clock().now() - epoch_).count() / head.mode.refresh.count();
  head.timer->arm(epoch_ + head.mode.refresh * (passed + 1));
}

void HeadlessDevice::blank(Head& head) {
  if (!head.busy)
    return;
  if (std::any_of(head.next.planes.begin(), head.next.planes.end(),
                  [](const PlaneState& plane) { return !signalled(plane.in_fence); })) {
    wait_for_fences(head);
    return;
  }
  // The timer may run late; the blank was on the grid all the same.
  const std::int64_t blanks = (loop_.clock().now() - epoch_).count() / head.mode.refresh.count();
  head.busy = false;
  const FlipEvent event{.output = head.id,
                        .frame = head.next.frame,
                        .time = epoch_ + head.mode.refresh * blanks,
                        .sequence = static_cast<std::uint64_t>(blanks),
                        .hardware_clock = false,
                        .vsync = false};
  head.next = {};
  if (listener_ != nullptr)
    listener_->flipped(event);
}

} // namespace fenceline
