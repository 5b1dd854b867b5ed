#pragma once
#include <memory>

#include "compositor/wl/display.h"
#include "protocols/dmabuf_params.h"

namespace fenceline {

/// zwp_linux_dmabuf_v1: 6 where the build's protocol files have it, else 5. Made only where something can import dma-bufs.
class DmabufGlobal {
 public:
  /// An error when the format table can't be made, or there is no format to offer.
  [[nodiscard]] static Result<std::unique_ptr<DmabufGlobal>> create(wl::Display& display, BufferImporter& importer,
                                                                    IdSource<BufferId>& ids,
                                                                    const DmabufFormats& formats,
                                                                    DmabufMeasure measure);
  DmabufGlobal(const DmabufGlobal&) = delete;
  DmabufGlobal& operator=(const DmabufGlobal&) = delete;

  [[nodiscard]] const DmabufFactory& factory() const { return factory_; }
  [[nodiscard]] const DmabufFeedback& feedback() const { return feedback_; }

 private:
  DmabufGlobal(wl::Display& display, BufferImporter& importer, IdSource<BufferId>& ids, DmabufFeedback feedback,
               DmabufMeasure measure);
  DmabufFeedback feedback_;
  DmabufFactory factory_;
  wl::Global global_;
};

} // namespace fenceline
