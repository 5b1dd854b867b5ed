#include "protocols/selection.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace fenceline {

OfferedData::~OfferedData() {
  if (selection_)
    selection_->content_gone();
}

bool OfferedData::add_type(const char* type) {
  if (std::find(types_.begin(), types_.end(), type) != types_.end())
    return true;
  const std::size_t length = std::strlen(type);
  if (types_.size() >= max_types || type_bytes_ + length > max_type_bytes)
    return false;
  type_bytes_ += length;
  types_.emplace_back(type);
  return true;
}

void OfferedData::cancel() {
  cancelled_ = true;
  send_cancelled();
}

Selection::Selection(SeatGlobal& seat) : seat_(seat) {
  seat_.on_keyboard_client([this](wl_client* client) { send_to(client); });
}

Selection::~Selection() {
  if (content_)
    content_->selection_ = nullptr;
}

void Selection::add(SelectionDevice& device) {
  devices_.push_back(&device);
  if (content_ && seat_.keyboard_client() == device.selection_client())
    device.send_selection(content_);
}

bool Selection::is_stale(std::uint32_t serial) const {
  // Serials go round.
  return serial_ && static_cast<std::int32_t>(serial - *serial_) < 0;
}

void Selection::request(wl_client* client, OfferedData* source, std::uint32_t serial) {
  // A client in the background may not change what the user copied, nor one that is late what was copied since.
  if (!seat_.permits(client, serial) || is_stale(serial)) {
    if (source)
      source->send_cancelled();
    return;
  }
  if (source)
    source->set_used();
  serial_ = serial;
  set(source);
}

void Selection::set(OfferedData* source) {
  if (content_ == source)
    return;
  OfferedData* const old = std::exchange(content_, source);
  if (source)
    source->selection_ = this;
  if (old) {
    old->selection_ = nullptr;
    old->cancel();
  }
  send_to(seat_.keyboard_client());
}

void Selection::content_gone() {
  content_ = nullptr;
  send_to(seat_.keyboard_client());
}

void Selection::send_to(wl_client* client) {
  for (SelectionDevice* device : std::vector(devices_))
    if (client && device->selection_client() == client)
      device->send_selection(content_);
}

} // namespace fenceline
