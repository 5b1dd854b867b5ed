#pragma once
#include <cstdint>

#include "compositor/base/fd.h"
#include "compositor/base/result.h"

namespace fenceline {

/// Makes dma-bufs of memory files' own pages: udmabuf, or a test's fake.
class PageExporter {
 public:
  virtual ~PageExporter() = default;
  /// Bytes `offset` to `offset + size` of the file, both multiples of the page size. The pages stay in memory for as
  /// long as the dma-buf lives, whatever becomes of the file; what is written to the file is in the dma-buf. The file
  /// must not be able to shrink: where it is open to seals it is sealed so (F_SEAL_SHRINK). EPERM: it is not, and can't
  /// be sealed; EINVAL: it is no memory file, ends before, or can't be written to (F_SEAL_WRITE).
  [[nodiscard]] virtual Result<UniqueFd> export_pages(int file, std::uint64_t offset, std::uint64_t size) const = 0;
  /// The largest dma-buf that it makes, bytes.
  [[nodiscard]] virtual std::uint64_t largest() const = 0;
};

/// The kernel's, /dev/udmabuf.
class Udmabuf final : public PageExporter {
 public:
  /// The error says why there is none, for a person.
  [[nodiscard]] static Result<Udmabuf> open();

  [[nodiscard]] Result<UniqueFd> export_pages(int file, std::uint64_t offset, std::uint64_t size) const override;
  [[nodiscard]] std::uint64_t largest() const override { return largest_; }

 private:
  Udmabuf(UniqueFd device, std::uint64_t largest) : device_(std::move(device)), largest_(largest) {}
  UniqueFd device_;
  std::uint64_t largest_;
};

/// Bytes of a page of memory.
[[nodiscard]] std::uint64_t page_size();

} // namespace fenceline
