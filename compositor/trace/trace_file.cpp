#include "compositor/trace/trace_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace fenceline {

namespace {

Result<UniqueFd> create_empty(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0644));
  if (!fd.valid())
    return Error::from_errno("cannot write the trace to " + path);
  return fd;
}

} // namespace

Result<TraceFile> TraceFile::create(std::string path, unsigned rotated) {
  auto fd = create_empty(path);
  if (!fd)
    return fd.error();
  return TraceFile(std::move(path), rotated, std::move(*fd));
}

Result<void> TraceFile::flush() {
  std::size_t done = 0;
  while (done < pending_.size()) {
    const ssize_t n = ::write(fd_.get(), pending_.data() + done, pending_.size() - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      Error error = Error::from_errno("cannot write the trace to " + path_);
      pending_.clear();
      // Half a packet would make the rest of the file unreadable. What is no regular file cannot be cut, nor need it
      // be.
      if (done != 0 && ::ftruncate(fd_.get(), static_cast<off_t>(written_)) == 0)
        ::lseek(fd_.get(), static_cast<off_t>(written_), SEEK_SET);
      return error;
    }
    done += static_cast<std::size_t>(n);
  }
  written_ += done;
  pending_.clear();
  return {};
}

Result<void> TraceFile::rotate() {
  if (auto flushed = flush(); !flushed)
    return flushed;
  // A part that is not there yet is no error; one that cannot be moved shows at the last step.
  for (unsigned i = rotated_; i > 1; --i)
    (void)std::rename((path_ + '.' + std::to_string(i - 1)).c_str(), (path_ + '.' + std::to_string(i)).c_str());
  if (rotated_ > 0 && std::rename(path_.c_str(), (path_ + ".1").c_str()) != 0)
    return Error::from_errno("cannot move the full trace " + path_ + " aside");
  auto fd = create_empty(path_);
  if (!fd)
    return fd.error();
  fd_ = std::move(*fd);
  written_ = 0;
  return {};
}

} // namespace fenceline
