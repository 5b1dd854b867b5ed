#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace fenceline::test {

/// What one part of a program has asked the C library's allocator for: malloc, calloc, realloc and the aligned ones,
/// and with them operator new. A realloc counts as one; what is freed does not count.
struct Allocations {
  static constexpr std::size_t most_stacks = 512;
  static constexpr int depth = 14;
  struct Stack {
    std::array<void*, depth> calls{};
    int count = 0;
  };

  std::uint64_t calls = 0;
  std::uint64_t bytes = 0;
  /// Where to keep who asked, from the first call on, at most `most_stacks` of them. Null: nowhere.
  Stack* stacks = nullptr;
  std::size_t stack_count = 0;

  /// Writes the stacks to stderr.
  void print_stacks() const;
};

/// As long as it lives, what the calling thread allocates is booked there. They nest: the innermost one counts, and
/// null is for work that is nobody's, as a fake's.
///
/// allocation_counter.cpp brings a malloc that it counts in: it is to be linked into the test's own executable, and not
/// under a sanitizer, which has a malloc of its own. All libraries of that process use it then, too.
class BookAllocations {
 public:
  explicit BookAllocations(Allocations* book);
  BookAllocations(const BookAllocations&) = delete;
  BookAllocations& operator=(const BookAllocations&) = delete;
  ~BookAllocations();

 private:
  Allocations* before_;
};

} // namespace fenceline::test
