#pragma once
#include <cerrno>
#include <map>
#include <set>
#include <string>

#include "compositor/backends/drm/session.h"
#include "compositor/base/fd.h"

namespace fenceline::test {

/// A session whose terminal is switched by the test. Its devices are what the test puts there.
class FakeSession final : public Session {
 public:
  /// What open_device answers for a path: a duplicate of this descriptor.
  std::map<std::string, UniqueFd> devices;
  std::multiset<std::string> open; ///< Paths of devices that are open.
  int wanted_vt = 0;               ///< The last terminal that was asked for.

  [[nodiscard]] Result<std::unique_ptr<SessionDevice>> open_device(const std::string& path) override {
    const auto found = devices.find(path);
    if (!active_ || found == devices.end())
      return Error{"the seat does not give " + path, active_ ? ENOENT : EACCES};
    return std::unique_ptr<SessionDevice>(new Device(*this, path, found->second.duplicate()));
  }
  [[nodiscard]] bool active() const override { return active_; }
  [[nodiscard]] std::string seat() const override { return "seat0"; }
  [[nodiscard]] Result<void> switch_vt(int vt) override {
    wanted_vt = vt;
    return {};
  }

  void pause() {
    active_ = false;
    tell_paused();
  }
  void resume() {
    active_ = true;
    tell_resumed();
  }

 private:
  class Device final : public SessionDevice {
   public:
    Device(FakeSession& session, std::string path, UniqueFd fd)
        : session_(session), path_(std::move(path)), fd_(std::move(fd)) {
      session_.open.insert(path_);
    }
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;
    ~Device() override { session_.open.erase(session_.open.find(path_)); }
    [[nodiscard]] int fd() const override { return fd_.get(); }

   private:
    FakeSession& session_;
    std::string path_;
    UniqueFd fd_;
  };

  bool active_ = true;
};

} // namespace fenceline::test
