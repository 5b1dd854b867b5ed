#pragma once
#include "tests/fuzz/protocol_model.h"

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace fenceline::fuzz {

struct TrackedObject {
  std::uint32_t id = 0;
  const InterfaceSpec* interface = nullptr;
  std::uint32_t version = 1;
  bool alive = true;
  std::uint64_t birth = 0; ///< counts up: tells an object from the next one with its id
};

/// What one connection knows of its objects: which ids live, as what, and which may be used again. It goes by what was
/// sent, not by what came back, so that the same requests always give the same ids.
class ObjectTracker {
 public:
  /// `display` becomes object 1.
  explicit ObjectTracker(const InterfaceSpec& display);

  /// Gives out the lowest id that is free, as libwayland wants it: ids must come without gaps.
  std::uint32_t create(const InterfaceSpec& interface, std::uint32_t version);
  /// An object that the server made, with an id from its own range.
  void add_server_object(std::uint32_t id, const InterfaceSpec& interface, std::uint32_t version);
  /// The object is gone; its id stays unused until the next barrier has been answered.
  void destroy(std::uint32_t id);
  /// A sync that was sent after everything so far has been answered: ids destroyed before are free now.
  void barrier_passed();

  /// Null for an id that was never used. A destroyed object is found until its id is used again.
  [[nodiscard]] const TrackedObject* find(std::uint32_t id) const;
  [[nodiscard]] bool alive(std::uint32_t id) const;
  [[nodiscard]] bool alive_as(std::uint32_t id, const InterfaceSpec* interface) const;
  /// Oldest first. Good until the next change.
  [[nodiscard]] std::span<const std::uint32_t> living(const InterfaceSpec* interface) const;
  /// All living objects of the client's, oldest first.
  [[nodiscard]] std::span<const std::uint32_t> living() const { return living_; }
  [[nodiscard]] std::span<const std::uint32_t> destroyed() const { return destroyed_; }
  [[nodiscard]] std::span<const std::uint32_t> server_objects() const { return server_objects_; }
  /// The id that create() would give out now.
  [[nodiscard]] std::uint32_t next_id() const;

 private:
  std::unordered_map<std::uint32_t, TrackedObject> objects_;
  std::unordered_map<const InterfaceSpec*, std::vector<std::uint32_t>> by_interface_;
  std::vector<std::uint32_t> living_;
  std::vector<std::uint32_t> destroyed_; ///< waiting for a barrier
  std::vector<std::uint32_t> free_;      ///< sorted, highest first
  std::vector<std::uint32_t> server_objects_;
  std::uint32_t highest_ = 1;
  std::uint64_t births_ = 0;
};

} // namespace fenceline::fuzz
