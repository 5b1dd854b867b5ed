#pragma once
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "compositor/frame/format_chance.h"
#include "compositor/wl/display.h"
#include "protocols/dmabuf_params.h"
#include "protocols/scanout_tranches.h"
#include "protocols/surface_feedback.h"

namespace fenceline {

/// What the planes of an output take.
struct OutputPlaneFormats {
  OutputId output{};
  std::vector<FormatModifier> any;     ///< Of the primary plane and the overlays.
  std::vector<FormatModifier> overlay; ///< Of the overlays.
};

/// zwp_linux_dmabuf_v1: 6 where the build's protocol files have it, else 5. Made only where something can import
/// dma-bufs. The feedback of each surface follows what the outputs make of it: see ScanoutTranches.
class DmabufGlobal final : public FormatChanceListener {
 public:
  /// An error when the format table can't be made, or there is no format to offer. `timers`: the display's loop, or a
  /// test's.
  [[nodiscard]] static Result<std::unique_ptr<DmabufGlobal>> create(wl::Display& display, EventLoop& timers,
                                                                    BufferImporter& importer, IdSource<BufferId>& ids,
                                                                    const DmabufFormats& formats,
                                                                    DmabufMeasure measure);
  DmabufGlobal(const DmabufGlobal&) = delete;
  DmabufGlobal& operator=(const DmabufGlobal&) = delete;
  ~DmabufGlobal() override;

  [[nodiscard]] const DmabufFactory& factory() const { return factory_; }
  [[nodiscard]] const DmabufFeedback& feedback() const { return feedback_; }

  /// All outputs there are, in the display's order. Until the first call all have DmabufFormats::scanout.
  void set_outputs(std::span<const OutputPlaneFormats> outputs);
  void planned(OutputId output, std::span<const SurfaceChance> chances) override {
    tranches_->planned(output, chances);
  }
  /// Keeps the object told of the surface's feedback, and tells it how it is now. Null: a surface that is gone.
  void follow(DmabufFeedbackResource& object, SurfaceResource* surface);

 private:
  DmabufGlobal(IdSource<BufferId>& ids, BufferImporter& importer, DmabufFeedback feedback, DmabufMeasure measure);
  [[nodiscard]] ScanoutTranches::Indices indices_of(std::span<const FormatModifier> formats) const;

  DmabufFeedback feedback_;
  DmabufFactory factory_;
  std::unique_ptr<ScanoutTranches> tranches_;
  std::unordered_map<SurfaceId, std::unique_ptr<SurfaceFeedback>> surfaces_;
  std::unique_ptr<wl::Global> global_;
};

} // namespace fenceline
