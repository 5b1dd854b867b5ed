#pragma once
#include <map>
#include <memory>
#include <string>

#include "compositor/backends/drm/session.h"
#include "compositor/input/device_opener.h"
#include "compositor/output/output_set.h"
#include "compositor/scene/scene.h"
#include "compositor/scene/snapshot_builder.h"
#include "protocols/compositor_global.h"

namespace fenceline {

// Where two folders meet that may not know each other.

/// Input devices are opened by the session.
class SessionOpener final : public DeviceOpener {
 public:
  explicit SessionOpener(Session& session) : session_(session) {}
  [[nodiscard]] Result<int> open_device(const std::string& path) override;
  void close_device(int fd) override { open_.erase(fd); }

 private:
  Session& session_;
  std::map<int, std::unique_ptr<SessionDevice>> open_;
};

/// A change of the scene wakes the outputs.
class RedrawOnChange final : public SceneListener {
 public:
  RedrawOnChange(Scene& scene, OutputSet& outputs) : scene_(scene), outputs_(outputs) { scene_.add_listener(*this); }
  RedrawOnChange(const RedrawOnChange&) = delete;
  RedrawOnChange& operator=(const RedrawOnChange&) = delete;
  ~RedrawOnChange() override { scene_.remove_listener(*this); }
  void surface_changed(Surface&) override { outputs_.schedule_all(); }
  void surface_gone(SurfaceId surface) override {
    outputs_.forget_surface(surface);
    outputs_.schedule_all();
  }

 private:
  Scene& scene_;
  OutputSet& outputs_;
};

/// Each latch tells the clients which outputs their surfaces are on.
class ShownSource final : public FrameSource {
 public:
  explicit ShownSource(SnapshotBuilder& builder) : builder_(builder) {}
  void set_compositor(CompositorGlobal* compositor) { compositor_ = compositor; }
  [[nodiscard]] LatchedFrame latch(OutputId output, FrameId frame) override;
  void pixels_taken(SurfaceId surface, CommitId commit) override { builder_.pixels_taken(surface, commit); }

 private:
  SnapshotBuilder& builder_;
  CompositorGlobal* compositor_ = nullptr;
  std::vector<SurfaceId> shown_;
};

} // namespace fenceline
