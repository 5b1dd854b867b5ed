#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "demos/client/geometry.h"
#include "demos/spin/gpu.h"
#include "demos/spin/host_buffer.h"
#include "demos/spin/target_image.h"

namespace fenceline::demos {

/// Knows how a frame is drawn: the string of beads, or the exact pattern of demos/pattern.h, each with the frame's
/// number in its top row. Into images of any format; the first of another one than before takes a while.
class SceneRenderer {
 public:
  struct Choice {
    bool pattern = false;
    bool alpha = false; // translucent, premultiplied
  };

  /// Up to `slots` frames may be on their way at a time.
  SceneRenderer(const Gpu& gpu, Choice choice, int slots);

  /// Records the drawing of `frame` into an image whose content may be lost; leaves it in COLOR_ATTACHMENT_OPTIMAL. The
  /// last frame recorded with the same slot must be done.
  void record(VkCommandBuffer commands, const TargetImage& target, int slot, std::uint32_t frame);

 private:
  struct Shader {
    std::span<const std::uint32_t> vertex;
    std::span<const std::uint32_t> fragment;
    bool beads = false; // bead instances as vertex input, and blending
  };

  void make_layout();
  void make_pipelines(VkFormat format);
  [[nodiscard]] OwnedPipeline make_pipeline(const Shader& shader) const;
  void record_background(VkCommandBuffer commands, const TargetImage& target);
  void begin(VkCommandBuffer commands, const TargetImage& target, VkAttachmentLoadOp load, std::uint32_t frame) const;
  void draw_beads(VkCommandBuffer commands, int slot, std::uint32_t frame);

  const Gpu& gpu_;
  Choice choice_;
  HostBuffer instances_;
  OwnedPipelineLayout layout_;
  VkFormat format_ = VK_FORMAT_UNDEFINED; // that the pipelines draw
  OwnedPipeline background_;
  OwnedPipeline beads_;
  OwnedPipeline pattern_;
  // The background never changes: it is drawn once a size, and copied. On a CPU device that is most of a frame's time.
  std::optional<TargetImage> background_image_;
};

} // namespace fenceline::demos
