#pragma once
// A session as a user starts it, for the tests that watch it from outside: the real `fenceline` in a process of its
// own, with its trace and its log in a folder, and clients beside it.

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "compositor/base/fd.h"

namespace fenceline::lab {

/// A program of the build tree, named by its path in it ("demos/spin").
[[nodiscard]] std::string program(const std::string& in_build_tree);

/// All of a file; throws where it cannot be read.
[[nodiscard]] std::string text_of(const std::filesystem::path& file);

/// A folder that goes when the object goes.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] std::filesystem::path path(const std::string& name) const { return folder_ / name; }

 private:
  std::filesystem::path folder_;
};

/// A child process with its output in two files. It is killed when the object goes.
class Process {
 public:
  /// `passed` becomes descriptor 3 of the program, where there is one.
  Process(const std::vector<std::string>& command, const std::vector<std::string>& environment,
          std::filesystem::path out, std::filesystem::path errors, int passed = -1);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  void send(int signal) const;
  /// SIGSTOP, and waits until the process stands still.
  void freeze() const;
  void thaw() const;
  [[nodiscard]] bool ended();
  /// The exit status, or 128 + the signal. Throws, with what the program said, when it is still there after a time that
  /// no working program takes.
  int wait();
  [[nodiscard]] std::string out() const { return text_of(out_); }
  [[nodiscard]] std::string errors() const { return text_of(errors_); }

 private:
  std::string name_;
  std::filesystem::path out_, errors_;
  pid_t pid_ = -1;
  int status_ = -1;
};

/// A running compositor on the lab's display, with a trace.
class Session {
 public:
  /// Returns when clients may connect.
  explicit Session(const std::vector<std::string>& options = {});

  /// Starts a program of the build tree as a client.
  [[nodiscard]] Process client(const std::string& in_build_tree, const std::vector<std::string>& arguments);
  /// SIGTERM; the status that it ends with. The trace is complete then.
  int end();

  [[nodiscard]] Process& compositor() { return compositor_; }
  /// For clients in the test's own process.
  [[nodiscard]] const std::string& socket() const { return socket_; }
  [[nodiscard]] std::filesystem::path trace() const { return folder_.path("session.pftrace"); }
  [[nodiscard]] std::string log() const { return compositor_.errors() + compositor_.out(); }
  /// What fenceline-report --json says of the trace.
  [[nodiscard]] std::string report();

 private:
  struct ReadyPipe {
    ReadyPipe();
    UniqueFd read, write;
  };
  ScratchFolder folder_;
  ReadyPipe ready_;
  Process compositor_;
  std::string socket_;
  int clients_ = 0;
};

/// A descriptor of another process, duplicated into this one (pidfd_getfd).
[[nodiscard]] UniqueFd borrow_fd(pid_t process, int fd);

/// The descriptors of a process that are dma-bufs, with their inodes.
struct HeldDmabuf {
  int fd;
  std::uint64_t inode;
};
[[nodiscard]] std::vector<HeldDmabuf> dmabufs_of(pid_t process);

/// The first descriptor of a process that is this file; throws where there is none.
[[nodiscard]] int fd_of(pid_t process, const std::string& file);

} // namespace fenceline::lab
