#pragma once
#include <algorithm>
#include <cstddef>
#include <memory_resource>
#include <optional>
#include <vector>

namespace fenceline {

/// Memory for what one piece of work needs while it lasts, kept from one to the next: once it is as large as the work
/// wants, nothing is allocated any more. For containers of std::pmr. Not thread-safe.
class Scratch {
 public:
  explicit Scratch(std::size_t bytes = 4096) : kept_(bytes) { begin(); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  /// All that was taken before is void.
  void reset() {
    taken_.reset();
    if (more_.bytes > 0)
      kept_.resize(2 * (kept_.size() + more_.bytes));
    more_.bytes = 0;
    begin();
  }
  [[nodiscard]] std::pmr::memory_resource* memory() { return &*taken_; }

 private:
  /// Counts what did not fit.
  struct Counted final : std::pmr::memory_resource {
    std::size_t bytes = 0;

   private:
    void* do_allocate(std::size_t size, std::size_t alignment) override {
      bytes += size;
      return std::pmr::new_delete_resource()->allocate(size, alignment);
    }
    void do_deallocate(void* at, std::size_t size, std::size_t alignment) override {
      std::pmr::new_delete_resource()->deallocate(at, size, alignment);
    }
    [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
  };
  void begin() { taken_.emplace(kept_.data(), kept_.size(), &more_); }

  std::vector<std::byte> kept_;
  Counted more_;
  std::optional<std::pmr::monotonic_buffer_resource> taken_;
};

} // namespace fenceline
