#pragma once
#include <cstddef>
#include <functional>
#include <vector>

#include "protocols/dmabuf_feedback_resource.h"
#include "protocols/surface_resource.h"

namespace fenceline {

/// The feedback objects of one surface.
class SurfaceFeedback final : public CommitExtension {
 public:
  /// So many objects are kept true. More are told how things are when they are made, and nothing later: each change
  /// costs a message for each.
  static constexpr std::size_t max_objects = 32;

  /// `unused` is called when the surface or the last object has gone, and deletes this.
  SurfaceFeedback(SurfaceResource& surface, std::function<void()> unused);
  SurfaceFeedback(const SurfaceFeedback&) = delete;
  SurfaceFeedback& operator=(const SurfaceFeedback&) = delete;
  ~SurfaceFeedback() override;

  void add(DmabufFeedbackResource& object);
  void remove(const DmabufFeedbackResource& object);
  void send(const std::vector<std::uint16_t>& scanout) const;

  [[nodiscard]] bool before_commit(SurfaceResource&, SurfacePatch&,
                                   std::vector<std::unique_ptr<CommitConstraint>>&) override {
    return true;
  }
  void surface_gone() override;

 private:
  SurfaceResource* surface_; ///< Null once it is gone.
  std::function<void()> unused_;
  std::vector<DmabufFeedbackResource*> objects_;
};

} // namespace fenceline
