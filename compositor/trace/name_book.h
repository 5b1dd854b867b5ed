#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "compositor/base/clock.h"
#include "compositor/frame/frame_event.h"

namespace fenceline {

/// Makes a client's text fit to be shown: valid UTF-8 without control characters (U+FFFD and '?' stand for what was
/// not), at most `limit` bytes.
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 120);

/// The names behind the ids in frame events. Bounded: beyond `limit` names of a sort, those that were not used for the
/// longest time are forgotten, and their tracks show the bare number.
class NameBook {
 public:
  struct Client {
    std::string name;
    int pid = 0;
    std::uint64_t used = 0;
  };
  struct Output {
    std::string name;
    Nanoseconds refresh{};
    std::uint64_t used = 0;
  };
  struct Surface {
    std::string name;
    ClientId client{};
    std::uint64_t used = 0;
  };

  explicit NameBook(std::size_t limit = 8192) : limit_(limit) {}

  void set(ClientId id, std::string_view name, int pid);
  void set(OutputId id, std::string_view name, Nanoseconds refresh);
  void set(SurfaceId id, ClientId client, std::string_view name);

  /// Null when the id has no name (any more). Asking counts as use; the pointer is good until the next set().
  [[nodiscard]] const Client* find(ClientId id);
  [[nodiscard]] const Output* find(OutputId id);
  [[nodiscard]] const Surface* find(SurfaceId id);

 private:
  template <class Map>
  void trim(Map& map);

  std::size_t limit_;
  std::uint64_t clock_ = 0;
  std::unordered_map<ClientId, Client> clients_;
  std::unordered_map<OutputId, Output> outputs_;
  std::unordered_map<SurfaceId, Surface> surfaces_;
};

} // namespace fenceline
