#pragma once
#include "tests/fuzz/action.h"
#include "tests/fuzz/object_tracker.h"
#include "tests/fuzz/prng.h"
#include "tests/fuzz/values.h"
#include "tests/fuzz/world.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fenceline::fuzz {

/// How often a connection departs from what a client may do.
struct Manners {
  std::uint32_t spoiled_in_10k = 0; ///< messages that are not well formed
  std::uint32_t odd_in_10k = 0;     ///< arguments with a value from the edges
};

/// Makes one connection's messages: by name for those who know what they want, at random for the others. What was asked
/// for is now and then replaced or spoiled, as the manners say.
class MessageMaker {
 public:
  MessageMaker(const World& world, Manners manners, Prng prng);

  /// Draws come from here until the next call.
  void use(Prng prng) { prng_ = prng; }
  [[nodiscard]] Prng& prng() { return prng_; }

  /// The actions since the last call.
  [[nodiscard]] std::vector<Action> take();
  [[nodiscard]] std::size_t pending() const { return actions_.size(); }
  void add(Action action) { actions_.push_back(std::move(action)); }

  /// Sends a request. `values` are the arguments in order without the new_id, which the maker allocates; those left out
  /// at the end are chosen. Gives the id that the request created, or the object's own; 0, and nothing is sent, when
  /// the object is not alive, its version lacks the request, or an argument needs an object and there is none.
  std::uint32_t request(std::uint32_t object, std::string_view name, std::span<const Value> values = {});
  std::uint32_t request(std::uint32_t object, std::string_view name, std::initializer_list<Value> values) {
    return request(object, name, std::span(values.begin(), values.size()));
  }
  /// Any request of the object with chosen values.
  void random_request(std::uint32_t object);
  /// A wl_display.sync, never spoiled, after which the next batch waits.
  std::uint32_t barrier(Awaited waits);
  /// The barrier has been answered.
  void barrier_passed(std::uint32_t callback);

  /// The first binding of a global: made when there is none yet. 0 when the server does not offer it.
  std::uint32_t global(std::string_view interface);
  /// One more binding, of any version that the server offers (`name` and version may turn out odd).
  std::uint32_t bind(const Global& global, std::uint32_t version);

  [[nodiscard]] const World& world() const { return world_; }
  [[nodiscard]] ObjectTracker& objects() { return objects_; }
  [[nodiscard]] const ObjectTracker& objects() const { return objects_; }
  [[nodiscard]] const ValueMaker& values() const { return values_; }
  [[nodiscard]] const InterfaceSpec* interface(std::string_view name) const { return world_.model->find(name); }
  /// A living object of this interface, or 0.
  [[nodiscard]] std::uint32_t living(std::string_view name) { return values_.living(interface(name), prng_); }
  /// A key for a file that is to be resized later.
  [[nodiscard]] std::uint32_t new_file_key() { return ++file_keys_; }
  /// True once the server may read what follows in another way than it was meant.
  [[nodiscard]] bool framing_lost() const { return framing_lost_; }
  [[nodiscard]] const Manners& manners() const { return manners_; }

 private:
  struct Draft;
  std::uint32_t send(const TrackedObject& object, const MessageSpec& spec, std::span<const Value> values);
  /// True when an object that must not be null is.
  [[nodiscard]] bool lacks_object(const MessageSpec& spec, std::span<const Value> values) const;
  void encode(Draft& draft, Encoder& encoder, const ArgSpec& arg, const Value& value);
  [[nodiscard]] std::uint32_t fresh_surface();

  const World& world_;
  Manners manners_;
  Prng prng_;
  ObjectTracker objects_;
  ValueMaker values_;
  std::vector<Action> actions_;
  std::unordered_map<const InterfaceSpec*, std::uint32_t> bound_;
  std::uint32_t registry_ = 0;
  std::uint32_t file_keys_ = 0;
  bool framing_lost_ = false;
};

} // namespace fenceline::fuzz
