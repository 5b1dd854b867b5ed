#pragma once
#include <cstdint>
#include <type_traits>

namespace fenceline {

// What travels down the frame's line are ids and values, never pointers into the scene. 0 is "none" in each of them;
// none is used twice in a session.

enum class ClientId : std::uint32_t {};
enum class SurfaceId : std::uint32_t {};
/// One wl_surface.commit: one content update.
enum class CommitId : std::uint64_t {};
/// One client buffer, one image that the composer draws to, or one cursor image.
enum class BufferId : std::uint64_t {};
enum class OutputId : std::uint32_t {};
/// One pass of the frame's line on one output, from its latch on.
enum class FrameId : std::uint64_t {};
/// A KMS plane's object id; other backends number theirs from 1.
enum class PlaneId : std::uint32_t {};

/// Hands out ids, from 1 on. One of each lives in the session's wiring.
template <class Id>
class IdSource {
 public:
  [[nodiscard]] Id next() { return static_cast<Id>(++last_); }

 private:
  std::underlying_type_t<Id> last_ = 0;
};

} // namespace fenceline
