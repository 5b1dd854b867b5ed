#pragma once
#include <drm_fourcc.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "compositor/scene/scene.h"
#include "compositor/scene/snapshot_builder.h"
#include "tests/support/recording_observer.h"

namespace fenceline::test {

/// A wait that the test ends by hand.
class HandConstraint final : public CommitConstraint {
 public:
  explicit HandConstraint(std::function<void()>& trigger) : trigger_(trigger) {}
  [[nodiscard]] Result<bool> arm(std::function<void()> met) override {
    trigger_ = std::move(met);
    return false;
  }

 private:
  std::function<void()>& trigger_;
};

/// Writes down when the buffer goes back.
class LoggedLease final : public BufferLease {
 public:
  LoggedLease(std::string name, std::string& log) : name_(std::move(name)), log_(log) {}
  ~LoggedLease() override { log_ += "release " + name_ + "; "; }

 private:
  std::string name_;
  std::string& log_;
};

class LoggedFeedback final : public PresentationSink {
 public:
  LoggedFeedback(std::string name, std::string& log) : name_(std::move(name)), log_(log) {}
  void presented(const FlipEvent&, Nanoseconds, bool) override { log_ += "presented " + name_ + "; "; }
  void discarded() override { log_ += "discarded " + name_ + "; "; }

 private:
  std::string name_;
  std::string& log_;
};

class LoggedHandler final : public RoleHandler {
 public:
  LoggedHandler(std::string name, std::string& log) : name_(std::move(name)), log_(log) {}
  void applied(Surface&, bool had_content) override { log_ += "applied " + name_ + (had_content ? " again; " : "; "); }

 private:
  std::string name_;
  std::string& log_;
};

class OneRoot final : public StackProvider {
 public:
  void append_roots(OutputId, std::vector<RootPlacement>& roots) const override {
    roots.insert(roots.end(), placed.begin(), placed.end());
  }
  std::vector<RootPlacement> placed;
};

class SceneTest : public ::testing::Test {
 protected:
  BufferAttachment dmabuf(const std::string& name, Size size = {64, 64}, std::uint32_t fourcc = DRM_FORMAT_XRGB8888) {
    return {.id = buffers_.next(),
            .kind = BufferKind::Dmabuf,
            .size = size,
            .format = {fourcc, DRM_FORMAT_MOD_LINEAR},
            .pixels = nullptr,
            .lease = std::make_shared<LoggedLease>(name, log)};
  }
  void attach(Surface& surface, const std::string& name, Size size = {64, 64}) {
    surface.pending().buffer = dmabuf(name, size);
    surface.pending().feedback.push_back(std::make_unique<LoggedFeedback>(name, log));
  }
  CommitId commit(Surface& surface) {
    Result<CommitId> result = scene.commit(surface, {});
    EXPECT_TRUE(result);
    return *result;
  }
  CommitId commit_waiting(Surface& surface, std::function<void()>& trigger) {
    std::vector<std::unique_ptr<CommitConstraint>> constraints;
    constraints.push_back(std::make_unique<HandConstraint>(trigger));
    Result<CommitId> result = scene.commit(surface, std::move(constraints));
    EXPECT_TRUE(result);
    return *result;
  }
  BufferId shown(const Surface& surface) {
    return surface.current().buffer ? surface.current().buffer->id : BufferId{};
  }

  std::string log;
  test::RecordingObserver observer;
  Scene scene{observer};
  IdSource<BufferId> buffers_;
};

class SubsurfaceTest : public SceneTest {
 protected:
  SubsurfaceTest() {
    EXPECT_TRUE(scene.add_subsurface(child, parent));
    attach(parent, "P0");
    commit(parent);
    log.clear();
  }
  Surface& parent = scene.create_surface(ClientId{1});
  Surface& child = scene.create_surface(ClientId{1});
};

} // namespace fenceline::test
