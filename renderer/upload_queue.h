#pragma once
#include <span>

#include "compositor/base/region.h"
#include "compositor/frame/frame_source.h"
#include "renderer/gpu_buffer.h"
#include "renderer/texture.h"

namespace fenceline {

/// Pixels on their way from wl_shm to textures. They are read into mapped staging memory at once, so that the client
/// gets its buffer back, and copied on the GPU by the next submission; a submission that fails leaves them queued.
/// Staging memory goes round: a chunk is written again when the GPU has read all of it.
class UploadQueue {
 public:
  explicit UploadQueue(const VulkanDevice& device) : device_(device) {}

  /// Queues `damage` (not empty, inside the texture) of a picture with the texture's size and format. `whole`: it is
  /// the whole picture, so what was queued before is dropped. `reached`: the timeline's value. Returns bytes read.
  [[nodiscard]] Result<std::uint64_t> add(const std::shared_ptr<Texture>& texture, const PixelSource& pixels,
                                          const Region& damage, bool whole, std::uint64_t reached);
  /// Forgets what is queued for a texture.
  void drop(const Texture* texture);
  /// Whether something is queued for it.
  [[nodiscard]] bool fills(const Texture* texture) const;
  [[nodiscard]] std::size_t queued_bytes() const { return queued_bytes_; }

  /// Writes the copies down; textures are in SHADER_READ_ONLY_OPTIMAL after them.
  void record(VkCommandBuffer commands);
  /// What was recorded has been submitted and is done at `value`; the frame keeps the textures.
  void submitted(std::uint64_t value, std::vector<std::shared_ptr<const void>>& keeps);

 private:
  struct Chunk {
    std::unique_ptr<GpuBuffer> buffer;
    std::size_t head = 0;
    std::size_t queued = 0;  // Entries of queue_ that lie in it.
    std::uint64_t value = 0; // It is free when the timeline has this value and nothing is queued.
  };
  struct Entry {
    std::shared_ptr<Texture> texture;
    Chunk* chunk = nullptr;
    std::size_t bytes = 0;
    std::size_t first = 0, count = 0; // Of copies_.
  };

  [[nodiscard]] Result<Chunk*> room(std::size_t bytes, std::uint64_t reached);
  void transition(VkCommandBuffer commands, const Texture& texture, bool begin, bool first) const;

  const VulkanDevice& device_;
  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::vector<Entry> queue_;
  std::vector<VkBufferImageCopy> copies_;
  std::size_t queued_bytes_ = 0;
};

} // namespace fenceline
