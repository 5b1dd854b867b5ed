#pragma once
#include <memory>
#include <unordered_map>

#include "compositor/backends/drm/drm_api.h"

namespace fenceline {

/// DrmApi on libdrm.
class LibdrmApi final : public DrmApi {
 public:
  /// `fd`: an open card, which the caller keeps open as long as this lives.
  explicit LibdrmApi(int fd);
  LibdrmApi(const LibdrmApi&) = delete;
  LibdrmApi& operator=(const LibdrmApi&) = delete;
  ~LibdrmApi() override = default;

  [[nodiscard]] int fd() const override { return fd_; }
  [[nodiscard]] bool is_master() const override;
  [[nodiscard]] std::string driver() const override;
  [[nodiscard]] Result<CardNodes> nodes() const override;
  [[nodiscard]] Result<void> set_client_cap(std::uint64_t capability, std::uint64_t value) override;
  [[nodiscard]] Result<std::uint64_t> cap(std::uint64_t capability) const override;
  [[nodiscard]] bool timeline_eventfd_works() const override;

  [[nodiscard]] Result<DrmResources> resources() const override;
  [[nodiscard]] Result<std::vector<std::uint32_t>> planes() const override;
  [[nodiscard]] Result<DrmConnector> connector(std::uint32_t id) const override;
  [[nodiscard]] Result<DrmPlane> plane(std::uint32_t id) const override;
  [[nodiscard]] Result<std::vector<DrmProperty>> properties(std::uint32_t object, std::uint32_t type) const override;
  [[nodiscard]] Result<std::vector<std::byte>> blob(std::uint32_t id) const override;
  [[nodiscard]] Result<std::uint32_t> create_blob(std::span<const std::byte> content) override;
  void destroy_blob(std::uint32_t id) override;

  [[nodiscard]] Result<std::uint32_t> import_handle(int dmabuf) override;
  void close_handle(std::uint32_t handle) override;
  [[nodiscard]] Result<std::uint32_t> add_framebuffer(const DrmFramebuffer& request) override;
  [[nodiscard]] bool close_framebuffer(std::uint32_t framebuffer) override;
  void remove_framebuffer(std::uint32_t framebuffer) override;

  [[nodiscard]] Result<DumbBuffer> create_dumb(Size size, std::uint32_t bits_per_pixel) override;
  [[nodiscard]] Result<std::span<std::byte>> map_dumb(const DumbBuffer& buffer) override;
  void destroy_dumb(const DumbBuffer& buffer, std::span<std::byte> mapping) override;

  [[nodiscard]] Result<void> commit(const AtomicRequest& request, std::uint32_t flags, std::uint64_t cookie) override;
  [[nodiscard]] Result<void> test(const AtomicRequest& request, std::uint32_t flags) const override;
  [[nodiscard]] Result<void> read_events(std::vector<PageFlip>& flips) override;
  [[nodiscard]] bool wait_for_events(int timeout_ms) override;

 private:
  [[nodiscard]] Result<void> atomic(const AtomicRequest& request, std::uint32_t flags, std::uint64_t cookie) const;
  [[nodiscard]] Result<const DrmProperty*> describe(std::uint32_t property) const;

  int fd_;
  bool never_blocks_ = false; ///< Reading it.
  struct FreeRequest {
    void operator()(drmModeAtomicReq* request) const { drmModeAtomicFree(request); }
  };
  // libdrm's own list, emptied and filled anew for each commit, so that a frame allocates nothing for it.
  std::unique_ptr<drmModeAtomicReq, FreeRequest> request_;
  // Objects of a kind share their properties: each is asked for once.
  mutable std::unordered_map<std::uint32_t, DrmProperty> known_;
  // Where the events being read go; null outside read_events.
};

} // namespace fenceline
