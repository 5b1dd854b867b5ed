#include "compositor/backends/nested/parent_formats.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

namespace fenceline {

namespace {

/// zwp_linux_dmabuf_feedback_v1.format_table
struct TableEntry {
  std::uint32_t format, padding;
  std::uint64_t modifier;
};
static_assert(sizeof(TableEntry) == 16);
/// Its indices are 16 bits wide.
constexpr std::size_t most_entries = 65536;

} // namespace

ParentFormats::ParentFormats(ParentConnection& connection, wl_surface* window) {
  if (connection.dmabuf() == nullptr) {
    answered_ = true;
    return;
  }
  static constexpr zwp_linux_dmabuf_feedback_v1_listener listener = [] {
    zwp_linux_dmabuf_feedback_v1_listener slots{};
    slots.done = EventThunk<&ParentFormats::done>::call;
    slots.format_table = EventThunk<&ParentFormats::format_table>::call;
    slots.main_device = EventThunk<&ParentFormats::device>::call;
    slots.tranche_done = IgnoredEvent::call;
    slots.tranche_target_device = IgnoredEvent::call;
    slots.tranche_formats = EventThunk<&ParentFormats::tranche_formats>::call;
    slots.tranche_flags = IgnoredEvent::call;
    return slots;
  }();
  feedback_.reset(zwp_linux_dmabuf_v1_get_surface_feedback(connection.dmabuf(), window));
  zwp_linux_dmabuf_feedback_v1_add_listener(feedback_.get(), &listener, this);
}

void ParentFormats::format_table(std::int32_t fd, std::uint32_t size) {
  const UniqueFd file(fd);
  table_.clear();
  const std::size_t count = std::min(size / sizeof(TableEntry), most_entries);
  if (count == 0)
    return;
  void* memory = ::mmap(nullptr, count * sizeof(TableEntry), PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (memory == MAP_FAILED)
    return;
  for (std::size_t i = 0; i < count; ++i) {
    TableEntry entry{};
    std::memcpy(&entry, static_cast<const std::byte*>(memory) + i * sizeof entry, sizeof entry);
    table_.push_back({entry.format, entry.modifier});
  }
  ::munmap(memory, count * sizeof(TableEntry));
}

void ParentFormats::device(wl_array* device) {
  dev_t number{};
  if (device->size != sizeof number)
    return;
  std::memcpy(&number, device->data, sizeof number);
  main_device_ = number;
}

void ParentFormats::tranche_formats(wl_array* indices) {
  for (std::size_t i = 0; i + sizeof(std::uint16_t) <= indices->size; i += sizeof(std::uint16_t)) {
    std::uint16_t index = 0;
    std::memcpy(&index, static_cast<const std::byte*>(indices->data) + i, sizeof index);
    if (index >= table_.size())
      continue;
    if (std::find(formats_.begin(), formats_.end(), table_[index]) == formats_.end())
      formats_.push_back(table_[index]);
  }
}

void ParentFormats::done() {
  answered_ = true;
  // What the parent would rather have later on: clients were told once, and so were we.
  feedback_.reset();
  table_.clear();
}

} // namespace fenceline
