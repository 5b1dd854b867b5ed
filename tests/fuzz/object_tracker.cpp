#include "tests/fuzz/object_tracker.h"

#include "tests/fuzz/wire.h"

#include <algorithm>
#include <functional>

namespace fenceline::fuzz {

ObjectTracker::ObjectTracker(const InterfaceSpec& display) {
  objects_[1] = {.id = 1, .interface = &display};
  by_interface_[&display].push_back(1);
  living_.push_back(1);
}

std::uint32_t ObjectTracker::next_id() const {
  return free_.empty() ? highest_ + 1 : free_.back();
}

std::uint32_t ObjectTracker::create(const InterfaceSpec& interface, std::uint32_t version) {
  const std::uint32_t id = next_id();
  if (free_.empty())
    highest_ = id;
  else
    free_.pop_back();
  objects_[id] = {.id = id, .interface = &interface, .version = version, .birth = ++births_};
  by_interface_[&interface].push_back(id);
  living_.push_back(id);
  return id;
}

void ObjectTracker::add_server_object(std::uint32_t id, const InterfaceSpec& interface, std::uint32_t version) {
  destroy(id); // the server uses its ids again too
  objects_[id] = {.id = id, .interface = &interface, .version = version, .birth = ++births_};
  by_interface_[&interface].push_back(id);
  server_objects_.push_back(id);
}

void ObjectTracker::destroy(std::uint32_t id) {
  const auto found = objects_.find(id);
  if (found == objects_.end() || !found->second.alive)
    return;
  found->second.alive = false;
  std::erase(by_interface_[found->second.interface], id);
  if (id >= kServerIds) {
    std::erase(server_objects_, id);
    return;
  }
  std::erase(living_, id);
  destroyed_.push_back(id);
}

void ObjectTracker::barrier_passed() {
  free_.insert(free_.end(), destroyed_.begin(), destroyed_.end());
  destroyed_.clear();
  std::ranges::sort(free_, std::greater<>());
}

const TrackedObject* ObjectTracker::find(std::uint32_t id) const {
  const auto found = objects_.find(id);
  return found == objects_.end() ? nullptr : &found->second;
}

bool ObjectTracker::alive(std::uint32_t id) const {
  const auto* object = find(id);
  return object != nullptr && object->alive;
}

bool ObjectTracker::alive_as(std::uint32_t id, const InterfaceSpec* interface) const {
  const auto* object = find(id);
  return object != nullptr && object->alive && object->interface == interface;
}

std::span<const std::uint32_t> ObjectTracker::living(const InterfaceSpec* interface) const {
  const auto found = by_interface_.find(interface);
  return found == by_interface_.end() ? std::span<const std::uint32_t>() : found->second;
}

} // namespace fenceline::fuzz
