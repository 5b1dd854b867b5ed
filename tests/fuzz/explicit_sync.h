#pragma once
#include "tests/fuzz/buffers.h"
#include "tests/fuzz/evidence.h"
#include "tests/fuzz/message_maker.h"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace fenceline::fuzz {

/// Surfaces with explicit synchronisation: timelines, and dma-bufs that are committed with points of them, which have
/// signalled, do so later, or never.
class ExplicitSync {
 public:
  ExplicitSync(MessageMaker& maker, Buffers& buffers, Evidence& evidence)
      : maker_(maker), buffers_(buffers), evidence_(evidence) {}

  /// Whether the surface must be given points with each buffer.
  [[nodiscard]] bool covers(std::uint32_t surface) const;
  /// Attaches a dma-buf with its two points, for the next commit. `fills_output`: if possible, of the output's size.
  void attach(std::uint32_t surface, bool fills_output);
  /// One step in the life of the surface's explicit synchronisation: made, or one of its objects destroyed.
  void step(std::uint32_t surface);
  /// Some of the points that commits wait for signal.
  void signal_some();

 private:
  struct Timeline {
    std::uint32_t id = 0;
    std::uint32_t key = 0;
    std::uint64_t point = 0; ///< the last that was used
  };
  struct Point {
    std::uint32_t key = 0;
    std::uint64_t point = 0;
  };
  [[nodiscard]] std::uint32_t object_of(std::uint32_t surface) const;
  /// Null when there is none and none can be made. Good until the next call.
  [[nodiscard]] Timeline* timeline();
  void set_point(std::uint32_t object, const char* request, const Timeline& timeline);

  MessageMaker& maker_;
  Buffers& buffers_;
  Evidence& evidence_;
  std::unordered_map<std::uint64_t, std::uint32_t> objects_; ///< by the surface's birth
  std::vector<Timeline> timelines_;
  std::vector<Point> later_;
};

} // namespace fenceline::fuzz
