#pragma once
#include "compositor/frame/ids.h"
#include "compositor/wl/display.h"

namespace fenceline {

/// wp_single_pixel_buffer_manager_v1.
class SinglePixelBufferGlobal {
 public:
  SinglePixelBufferGlobal(wl::Display& display, IdSource<BufferId>& ids);
  SinglePixelBufferGlobal(const SinglePixelBufferGlobal&) = delete;
  SinglePixelBufferGlobal& operator=(const SinglePixelBufferGlobal&) = delete;

 private:
  wl::Global global_;
};

} // namespace fenceline
