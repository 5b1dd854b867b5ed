#pragma once
#include "compositor/wl/display.h"

namespace fenceline {

/// wp_content_type_manager_v1: what clients say that their surfaces show.
class ContentTypeGlobal {
 public:
  explicit ContentTypeGlobal(wl::Display& display);

 private:
  wl::Global global_;
};

} // namespace fenceline
