#include "protocols/surface_feedback.h"

#include <utility>

namespace fenceline {

SurfaceFeedback::SurfaceFeedback(SurfaceResource& surface, std::function<void()> unused)
    : surface_(&surface), unused_(std::move(unused)) {
  surface.add_extension(*this);
}

SurfaceFeedback::~SurfaceFeedback() {
  if (surface_ != nullptr)
    surface_->remove_extension(*this);
  for (DmabufFeedbackResource* object : objects_)
    object->set_surface(nullptr);
}

void SurfaceFeedback::add(DmabufFeedbackResource& object) {
  if (objects_.size() >= max_objects)
    return;
  objects_.push_back(&object);
  object.set_surface(this);
}

void SurfaceFeedback::remove(const DmabufFeedbackResource& object) {
  std::erase(objects_, &object);
  if (!objects_.empty())
    return;
  const auto unused = std::move(unused_);
  unused();
}

void SurfaceFeedback::send(const std::vector<std::uint16_t>& scanout) const {
  for (DmabufFeedbackResource* object : objects_)
    object->send(scanout);
}

void SurfaceFeedback::surface_gone() {
  surface_ = nullptr;
  const auto unused = std::move(unused_);
  unused();
}

} // namespace fenceline
