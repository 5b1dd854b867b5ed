#pragma once
#include "tests/fuzz/explicit_sync.h"
#include "tests/fuzz/message_maker.h"
#include "tests/fuzz/windows.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace fenceline::fuzz {

/// Objects that extend a surface: viewports, presentation feedback, sync objects, and the small protocols of which each
/// has one object a surface.
class SurfaceExtras {
 public:
  SurfaceExtras(MessageMaker& maker, Windows& windows, ExplicitSync& sync)
      : maker_(maker), windows_(windows), sync_(sync) {}
  void step();

 private:
  void viewport(std::uint32_t surface);
  void feedback(std::uint32_t surface);
  void explicit_sync(std::uint32_t surface);
  void single_object(std::uint32_t surface);
  /// The surface's object of this kind, made by `request` of `manager` when there is none.
  [[nodiscard]] std::uint32_t object_of(std::uint32_t surface, std::string_view manager, std::string_view request);

  MessageMaker& maker_;
  Windows& windows_;
  ExplicitSync& sync_;
  std::map<std::pair<std::uint64_t, std::string>, std::uint32_t> made_; ///< by the surface's birth, and the request
};

} // namespace fenceline::fuzz
