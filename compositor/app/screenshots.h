#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "compositor/app/snapshot_thread.h"
#include "compositor/base/geometry.h"
#include "compositor/base/log.h"
#include "compositor/base/result.h"
#include "compositor/output/output_loop.h"

namespace fenceline {

/// Takes pictures of what the outputs show and writes them as PNG files. The log says of each what came of it. Main
/// thread.
class Screenshots {
 public:
  /// An output, and where it lies in the picture: px from any common origin.
  struct Part {
    OutputLoop* output = nullptr;
    Point at;
    Transform transform = Transform::Normal; ///< How its picture was turned; it is upright in the file.
  };
  /// What becomes of a picture that is asked for while another one is being taken or written.
  enum class WhenBusy {
    Refuse, ///< An error, EBUSY: each holds a picture of the whole screen.
    Queue,  ///< It is taken all the same, and written after the other. For whoever asks once, at the end.
  };
  /// Both outlive this.
  Screenshots(SnapshotThread& thread, Log& log) : thread_(thread), log_(log) {}
  Screenshots(const Screenshots&) = delete;
  Screenshots& operator=(const Screenshots&) = delete;

  /// One picture of all parts, as large as they need together. `taken` is called when what they show is copied, or
  /// could not be: what they show then is theirs to change. `written` when the file is there, or with the reason why it
  /// will not be. Each is called once, perhaps within the call; both are let go of without a call when an output goes
  /// meanwhile.
  void take(std::span<const Part> parts, const std::string& path, WhenBusy when_busy, std::function<void()> taken,
            std::function<void(Result<void>)> written);

 private:
  struct Job;
  void captured(const std::shared_ptr<Job>& job, std::size_t part, Result<Capture> capture);
  void write(const std::shared_ptr<Job>& job);
  void refuse(const Error& error, const std::function<void(Result<void>)>& written);

  SnapshotThread& thread_;
  Log& log_;
  std::weak_ptr<Job> under_way_; ///< Held by whatever is still to happen to it.
};

} // namespace fenceline
