#include "demos/client/dmabuf_feedback.h"

#include <cerrno>
#include <cstring>
#include <sys/mman.h>

#include "demos/client/failure.h"
#include "demos/client/unique_fd.h"

namespace fenceline::demos {

namespace {

dev_t device_in(const wl_array* array) {
  dev_t device = 0;
  if (array->size == sizeof device)
    std::memcpy(&device, array->data, sizeof device);
  return device;
}

} // namespace

DmabufFeedback::DmabufFeedback(Connection& connection, wl_surface* surface)
    : feedback_(zwp_linux_dmabuf_v1_get_surface_feedback(connection.dmabuf(), surface)) {
  using Proxied = zwp_linux_dmabuf_feedback_v1;
  static constexpr zwp_linux_dmabuf_feedback_v1_listener listener = {
      .done =
          [](void* self, Proxied*) {
            static_cast<DmabufFeedback*>(self)->state_.done();
            ++static_cast<DmabufFeedback*>(self)->generation_;
          },
      .format_table = [](void* self, Proxied*, std::int32_t fd,
                         std::uint32_t size) { static_cast<DmabufFeedback*>(self)->on_format_table(fd, size); },
      .main_device =
          [](void* self, Proxied*, wl_array* device) {
            static_cast<DmabufFeedback*>(self)->state_.main_device(device_in(device));
          },
      .tranche_done = [](void* self, Proxied*) { static_cast<DmabufFeedback*>(self)->state_.tranche_done(); },
      .tranche_target_device =
          [](void* self, Proxied*, wl_array* device) {
            static_cast<DmabufFeedback*>(self)->state_.tranche_target_device(device_in(device));
          },
      .tranche_formats =
          [](void* self, Proxied*, wl_array* indices) {
            static_cast<DmabufFeedback*>(self)->state_.tranche_formats(
                {static_cast<const std::uint16_t*>(indices->data), indices->size / sizeof(std::uint16_t)});
          },
      .tranche_flags =
          [](void* self, Proxied*, std::uint32_t flags) {
            static_cast<DmabufFeedback*>(self)->state_.tranche_scanout(
                (flags & ZWP_LINUX_DMABUF_FEEDBACK_V1_TRANCHE_FLAGS_SCANOUT) != 0);
          },
  };
  zwp_linux_dmabuf_feedback_v1_add_listener(feedback_.get(), &listener, this);
  connection.roundtrip();
  if (state_.current() == nullptr)
    throw Failure("the compositor offers linux-dmabuf but does not send its feedback");
}

DmabufFeedback::~DmabufFeedback() = default;

void DmabufFeedback::on_format_table(int fd, std::uint32_t size) {
  const UniqueFd file(fd);
  void* memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (memory == MAP_FAILED)
    fail_errno("cannot map the compositor's table of formats", errno);
  const bool readable = state_.format_table({static_cast<const std::byte*>(memory), size});
  munmap(memory, size);
  if (!readable)
    throw Failure("the compositor's table of formats has " + std::to_string(size) + " bytes, not a multiple of 16");
}

} // namespace fenceline::demos
