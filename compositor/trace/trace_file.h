#pragma once
#include <cstdint>
#include <string>

#include "compositor/base/fd.h"
#include "compositor/base/result.h"

namespace fenceline {

/// A file that grows at its end and moves aside when it is full: FILE becomes FILE.1, FILE.1 becomes FILE.2 and so on.
/// What is appended to pending() reaches the disk with flush(); it writes whole packets or takes them back, so that
/// what is on disk is readable at any time.
class TraceFile {
 public:
  /// Creates the file, or empties it. `rotated`: how many older parts are kept beside it.
  [[nodiscard]] static Result<TraceFile> create(std::string path, unsigned rotated);

  [[nodiscard]] std::string& pending() { return pending_; }
  /// Bytes in this part, pending ones included.
  [[nodiscard]] std::uint64_t size() const { return written_ + pending_.size(); }
  [[nodiscard]] const std::string& path() const { return path_; }

  /// After an error what was pending is gone, and the file ends where it ended before.
  [[nodiscard]] Result<void> flush();
  /// Flushes and goes on in a new, empty file of the same name.
  [[nodiscard]] Result<void> rotate();

 private:
  TraceFile(std::string path, unsigned rotated, UniqueFd fd)
      : path_(std::move(path)), rotated_(rotated), fd_(std::move(fd)) {}

  std::string path_;
  unsigned rotated_;
  UniqueFd fd_;
  std::uint64_t written_ = 0;
  std::string pending_;
};

} // namespace fenceline
