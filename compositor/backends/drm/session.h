#pragma once
#include <memory>
#include <string>
#include <vector>

#include "compositor/base/result.h"

namespace fenceline {

/// A device that the session has opened. Destroying it gives it back. The session outlives it.
class SessionDevice {
 public:
  virtual ~SessionDevice() = default;
  /// Stays this object's. Non-blocking.
  [[nodiscard]] virtual int fd() const = 0;
};

class Session;

/// Told when the session loses its devices (another VT) and has them again. Registers and unregisters itself; the
/// session outlives it.
class SessionListener {
 public:
  explicit SessionListener(Session& session);
  SessionListener(const SessionListener&) = delete;
  SessionListener& operator=(const SessionListener&) = delete;
  virtual ~SessionListener();

  /// The devices are still there during the call, and not any more after it: commits fail with EACCES, input is silent.
  virtual void session_paused() = 0;
  /// The display may show anything: the next state sets its mode. Input devices must be opened anew.
  virtual void session_resumed() = 0;

 private:
  Session& session_;
};

/// The right to use the devices of a seat: display, input. Main thread.
class Session {
 public:
  virtual ~Session() = default;

  [[nodiscard]] virtual Result<std::unique_ptr<SessionDevice>> open_device(const std::string& path) = 0;
  /// Whether the devices are ours at this moment.
  [[nodiscard]] virtual bool active() const = 0;
  /// The seat's name, such as seat0: what udev calls it.
  [[nodiscard]] virtual std::string seat() const = 0;
  /// Goes to another virtual terminal. session_paused follows when that works.
  [[nodiscard]] virtual Result<void> switch_vt(int vt) = 0;

 protected:
  void tell_paused();
  void tell_resumed();

 private:
  friend class SessionListener;
  std::vector<SessionListener*> listeners_;
};

} // namespace fenceline
