#pragma once
#include "compositor/base/clock.h"
#include "compositor/base/result.h"
#include "tests/fuzz/descriptors.h"
#include "tests/fuzz/link.h"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace fenceline::fuzz {

/// A client that does nothing wrong: a wl_display.sync every few milliseconds, on a thread of its own. Whatever the
/// others do, it must be answered in time and never be disconnected.
class InnocentClient {
 public:
  struct Report {
    std::uint64_t roundtrips = 0;
    Nanoseconds p50{};
    Nanoseconds p99{};
    Nanoseconds longest{};
  };

  InnocentClient(std::string socket_path, Nanoseconds limit);
  InnocentClient(const InnocentClient&) = delete;
  InnocentClient& operator=(const InnocentClient&) = delete;
  ~InnocentClient();

  /// Ends the thread; a roundtrip that is under way is waited for.
  void stop();
  /// What the server did to it, once it has. Callable from any thread.
  [[nodiscard]] std::optional<std::string> complaint() const;
  [[nodiscard]] Report report() const;

 private:
  void live();
  void complain(std::string text);

  std::string socket_path_;
  Nanoseconds limit_;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::vector<Nanoseconds> times_;
  std::optional<std::string> complaint_;
  std::thread thread_; ///< last: it uses the others
};

} // namespace fenceline::fuzz
