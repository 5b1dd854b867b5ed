#pragma once
#include <unordered_map>

#include "renderer/dmabuf_image.h"
#include "renderer/upload_queue.h"

namespace fenceline {

/// The textures by the ids that layers name: clients' dma-bufs by buffer, uploaded pictures by surface.
class TextureStore {
 public:
  /// `upload_limit`: bytes that all uploaded pictures together may have as textures.
  TextureStore(const VulkanDevice& device, const FormatSupport& formats, TextureDescriptors& descriptors,
               std::uint64_t upload_limit)
      : device_(device), formats_(formats), descriptors_(descriptors), upload_limit_(upload_limit), uploads_(device) {}

  [[nodiscard]] Result<void> import_dmabuf(BufferId buffer, const DmabufAttributes& attributes);
  /// `reached`: the timeline's value. Returns bytes read.
  [[nodiscard]] Result<std::uint64_t> upload(SurfaceId surface, const PixelSource& pixels, const Region& damage,
                                             std::uint64_t reached);
  void forget(BufferId buffer) { dmabufs_.erase(buffer); }
  void forget(SurfaceId surface);

  /// A surface's uploaded pixels; null when there are none.
  [[nodiscard]] std::shared_ptr<Texture> find(SurfaceId surface) const;
  /// A client's dma-buf; null when it is not known.
  [[nodiscard]] std::shared_ptr<Texture> find(BufferId dmabuf) const;
  /// What a layer is drawn from; null when there is nothing.
  [[nodiscard]] std::shared_ptr<Texture> find(const Layer& layer) const;
  [[nodiscard]] UploadQueue& uploads() { return uploads_; }

 private:
  [[nodiscard]] Result<void> import_yuv(BufferId buffer, const DmabufAttributes& attributes, const YuvFormat& yuv);
  /// `replaced`: bytes of the texture whose place it takes.
  [[nodiscard]] Result<std::shared_ptr<Texture>> make_upload_texture(const PixelSource& pixels, std::uint64_t replaced);

  const VulkanDevice& device_;
  const FormatSupport& formats_;
  TextureDescriptors& descriptors_;
  const std::uint64_t upload_limit_;
  std::uint64_t upload_bytes_ = 0; ///< Of the textures in surfaces_.
  UploadQueue uploads_;
  std::unordered_map<BufferId, std::shared_ptr<Texture>> dmabufs_;
  std::unordered_map<SurfaceId, std::shared_ptr<Texture>> surfaces_;
};

} // namespace fenceline
