#include "tests/support/allocation_counter.h"

#include <execinfo.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

// The C library's own, under the names that it keeps for those who bring a malloc.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* block);
}

namespace fenceline::test {

namespace {

// malloc has no argument to carry it in. A constant initialiser: it is there before anything allocates.
constinit thread_local Allocations* booked = nullptr;

void book(std::size_t size) {
  if (booked == nullptr)
    return;
  Allocations* const to = std::exchange(booked, nullptr); // backtrace() may allocate.
  ++to->calls;
  to->bytes += size;
  if (to->stacks != nullptr && to->stack_count < Allocations::most_stacks) {
    Allocations::Stack& stack = to->stacks[to->stack_count++];
    stack.count = ::backtrace(stack.calls.data(), Allocations::depth);
  }
  booked = to;
}

} // namespace

BookAllocations::BookAllocations(Allocations* book) : before_(std::exchange(booked, book)) {}

BookAllocations::~BookAllocations() {
  booked = before_;
}

void Allocations::print_stacks() const {
  for (std::size_t i = 0; i < stack_count; ++i) {
    ::backtrace_symbols_fd(stacks[i].calls.data(), stacks[i].count, STDERR_FILENO);
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, "\n", 1);
  }
}

} // namespace fenceline::test

extern "C" {

void* malloc(std::size_t size) {
  fenceline::test::book(size);
  return __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) {
  fenceline::test::book(count * size);
  return __libc_calloc(count, size);
}

void* realloc(void* block, std::size_t size) {
  fenceline::test::book(size);
  return __libc_realloc(block, size);
}

void free(void* block) {
  __libc_free(block);
}

void* memalign(std::size_t alignment, std::size_t size) {
  fenceline::test::book(size);
  return __libc_memalign(alignment, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  fenceline::test::book(size);
  return __libc_memalign(alignment, size);
}

int posix_memalign(void** block, std::size_t alignment, std::size_t size) {
  if (alignment % sizeof(void*) != 0 || (alignment & (alignment - 1)) != 0)
    return EINVAL;
  fenceline::test::book(size);
  void* const made = __libc_memalign(alignment, size);
  if (made == nullptr)
    return ENOMEM;
  *block = made;
  return 0;
}

} // extern "C"
