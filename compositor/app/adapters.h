#pragma once
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "compositor/backends/drm/session.h"
#include "compositor/input/device_opener.h"
#include "compositor/output/draw_cues.h"
#include "compositor/output/output_set.h"
#include "compositor/scene/callback_pacer.h"
#include "compositor/scene/latch_looks.h"
#include "compositor/scene/scene.h"
#include "compositor/scene/snapshot_builder.h"
#include "compositor/scene/update_pacer.h"
#include "protocols/compositor_global.h"
#include "protocols/dmabuf_global.h"

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
  void latch(OutputId output, FrameId frame, LatchedFrame& into) override;
  void pixels_taken(SurfaceId surface, CommitId commit) override { builder_.pixels_taken(surface, commit); }
  [[nodiscard]] std::optional<Rect> cursor_place(OutputId output, SurfaceId cursor, CommitId commit) const override {
    return builder_.cursor_place(output, cursor, commit);
  }

 private:
  SnapshotBuilder& builder_;
  CompositorGlobal* compositor_ = nullptr;
  std::vector<SurfaceId> shown_;
};

/// Content updates keep time with the first output that shows their surface and is on.
class PaceByOutputs final : public LatchWatch, public PacedOutputs {
 public:
  PaceByOutputs(UpdatePacer& pacer, LatchLooks& looks, CallbackPacer& callbacks)
      : pacer_(pacer), looks_(looks), callbacks_(callbacks) {
    pacer_.set_outputs(this);
    looks_.set_outputs(this);
    callbacks_.set_outputs(this);
  }
  PaceByOutputs(const PaceByOutputs&) = delete;
  PaceByOutputs& operator=(const PaceByOutputs&) = delete;
  ~PaceByOutputs() override {
    pacer_.set_outputs(nullptr);
    looks_.set_outputs(nullptr);
    callbacks_.set_outputs(nullptr);
  }
  /// Both are nothing until they are there.
  void set_outputs(OutputSet* outputs) { outputs_ = outputs; }
  void set_compositor(CompositorGlobal* compositor) { compositor_ = compositor; }

  void before_latch(OutputId output, TimePoint blank) override {
    looks_.before_latch(output);
    pacer_.before_latch(output, blank);
  }
  void after_latch(OutputId output) override { pacer_.after_latch(output); }
  [[nodiscard]] std::optional<OutputId> output_of(SurfaceId surface) const override;
  [[nodiscard]] std::span<const OutputId> outputs_of(SurfaceId surface) const override;
  [[nodiscard]] bool takes_pictures(OutputId output) const override;
  [[nodiscard]] TimePoint ask_time(OutputId output, TimePoint target) const override;
  [[nodiscard]] TimePoint next_latch(OutputId output) const override;
  void ask(OutputId output) override;
  void ask_to_look(OutputId output) override;

 private:
  UpdatePacer& pacer_;
  LatchLooks& looks_;
  CallbackPacer& callbacks_;
  OutputSet* outputs_ = nullptr;
  CompositorGlobal* compositor_ = nullptr;
};

/// Clients are told to draw by the pacer of the scene.
class CueClients final : public DrawCues {
 public:
  explicit CueClients(CallbackPacer& pacer) : pacer_(pacer) {}
  void shown(OutputId output, SurfaceId surface, bool seen, std::vector<std::unique_ptr<FrameCallback>> callbacks,
             TimePoint flip) override {
    pacer_.shown(output, surface, seen, std::move(callbacks), flip);
  }

 private:
  CallbackPacer& pacer_;
};

/// What the planners say of clients' formats goes to the clients, once there is somebody to tell them.
class ChanceTeller final : public FormatChanceListener {
 public:
  void set_dmabuf(DmabufGlobal* dmabuf) { dmabuf_ = dmabuf; }
  void planned(OutputId output, std::span<const SurfaceChance> chances) override {
    if (dmabuf_ != nullptr)
      dmabuf_->planned(output, chances);
  }

 private:
  DmabufGlobal* dmabuf_ = nullptr;
};

} // namespace fenceline
