#pragma once
#include <optional>
#include <span>
#include <vector>

#include "renderer/layer_map.h"
#include "renderer/pipelines.h"
#include "renderer/texture.h"

namespace fenceline {

/// One layer, ready to be drawn.
struct DrawItem {
  std::shared_ptr<Texture> texture; ///< Null where mode.solid.
  LayerConstants constants;         ///< All but `rect`.
  DrawMode mode;
  std::span<const Rect> parts; ///< Inside the target, without overlaps.
  /// Copied instead of drawn: from this far beside the place in the target.
  std::optional<Point> copy_from;
};

/// Finds items that a plain copy serves as well as drawing them: whole texels of the target's own format, nothing of
/// theirs above what lies below (`layers` are the items' own). A CPU device copies ten times as fast as it draws; a GPU
/// does not, and its copies may undo compression.
void choose_copies(std::vector<DrawItem>& items, std::span<const Layer* const> layers, const Target& target);

/// Writes one picture down: takes foreign textures over, copies what can be copied, draws the rest bottom to top over
/// opaque black or over nothing, gives them back. What is blended in linear light
/// and what is not are drawn in turns, each to a view of its own. Kept from frame to frame for its vectors.
class ComposePass {
 public:
  ComposePass(const VulkanDevice& device, const Pipelines& pipelines) : device_(device), pipelines_(pipelines) {}

  /// What becomes of the target after it is drawn.
  enum class After : std::uint8_t {
    Foreign, ///< Given to the foreign queue family, layout GENERAL: for the display.
    Keep,    ///< Stays as it is: nobody reads it.
    Read,    ///< TRANSFER_SRC_OPTIMAL, for a copy that follows.
  };
  /// What of the target is drawn, from its upper left corner, and over what.
  struct Canvas {
    Size size;
    bool transparent = false;
    /// What is blended in linear light is drawn to this view of the target, of this format.
    VkImageView linear_view = VK_NULL_HANDLE;
    VkFormat linear_format = VK_FORMAT_UNDEFINED;
  };
  void record(VkCommandBuffer commands, const GpuImage& target, const Canvas& canvas, After after,
              const std::vector<DrawItem>& items);

 private:
  void find_uncovered(const std::vector<DrawItem>& items, Size target);
  void begin_barriers(VkCommandBuffer commands, const GpuImage& target, const std::vector<DrawItem>& items);
  void end_barriers(VkCommandBuffer commands, const GpuImage& target, After after);
  void copy(VkCommandBuffer commands, const GpuImage& target, const std::vector<DrawItem>& items);
  void draw(VkCommandBuffer commands, VkFormat format, Size size, std::span<const DrawItem> items) const;
  void next_view(VkCommandBuffer commands, const GpuImage& target);
  void flush(VkCommandBuffer commands);

  const VulkanDevice& device_;
  const Pipelines& pipelines_;
  std::vector<VkImageMemoryBarrier2> barriers_;
  std::vector<const Texture*> foreign_;
  std::vector<const Texture*> copied_;
  std::vector<VkImageCopy> regions_;
  std::vector<VkClearRect> clears_;
  std::vector<Rect> uncovered_; ///< What no layer that replaces what is below covers, without overlaps.
  std::vector<Rect> pieces_;
};

} // namespace fenceline
