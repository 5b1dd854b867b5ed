#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compositor/scene/callback_pacer.h"
#include "compositor/scene/latch_looks.h"
#include "compositor/scene/update_pacer.h"
#include "tests/support/fake_composer.h"
#include "tests/support/fake_scanout.h"
#include "tests/support/output_set_rig.h"
#include "tests/unit/scene/scene_fixture.h"

namespace fenceline::test {

/// A scene on outputs in virtual time, wired as the session is: blanks every 16 ms, latches 4 ms before. `timeline`
/// says which update was presented when: "A@32 B@48 ", and "-C " for one that never was.
class PacingTest : public SceneTest, public LatchWatch, public PacedOutputs, public SceneListener, public DrawCues {
 protected:
  PacingTest() { begin({fake_output()}); }
  ~PacingTest() override {
    if (pacer)
      pacer->set_outputs(nullptr);
    if (callbacks)
      callbacks->set_outputs(nullptr);
    scene.remove_listener(*this);
  }

  /// Anew, with other outputs, side by side.
  void begin(std::vector<OutputInfo> infos) {
    scene.remove_listener(*this);
    set.reset();
    device = std::make_unique<FakeScanout>(loop, infos);
    builder = std::make_unique<SnapshotBuilder>(scene, std::vector<const StackProvider*>{&stack});
    std::int32_t x = 0;
    for (const OutputInfo& info : infos) {
      builder->set_output(info.id, Rect{x, 0, info.mode.size.width, info.mode.size.height});
      x += info.mode.size.width;
    }
    rig.watch = this;
    rig.cues = this;
    set = rig.make(loop, *device, *builder, &composer, observer);
    pacer = std::move(*UpdatePacer::create(loop, scene));
    pacer->set_outputs(this);
    callbacks = std::move(*CallbackPacer::create(loop, scene));
    callbacks->set_outputs(this);
    looks = std::move(*LatchLooks::create(loop));
    looks->set_outputs(this);
    scene.add_listener(*this);
  }

  /// A surface that the output shows; its first content is there with a flip, "A" to be presented at 16 ms.
  Surface& shown_surface(std::optional<OutputId> output = OutputId{1}) {
    Surface& surface = scene.create_surface(ClientId{7});
    stack.placed.push_back({.root = surface.id(), .position = {}, .role = LayerRole::Content});
    if (output)
      on[surface.id()] = *output;
    draw(surface, "A");
    return surface;
  }
  /// Content for the next commit.
  void picture(Surface& surface, const std::string& name) {
    BufferAttachment buffer = dmabuf(name, {1024, 768});
    buffer.lease.reset();
    device->buffers.insert(buffer.id);
    surface.pending().buffer = std::move(buffer);
    surface.pending().feedback.push_back(std::make_unique<Feedback>(name, timeline));
  }
  void draw(Surface& surface, const std::string& name) {
    picture(surface, name);
    commit(surface);
  }
  void draw_at(Surface& surface, const std::string& name, TimePoint target) {
    picture(surface, name);
    surface.pending().time = pacer->not_before(surface.id(), target);
    commit(surface);
  }
  void draw_at(Surface& surface, const std::string& name, std::int64_t milliseconds) {
    draw_at(surface, name, at_ms(milliseconds));
  }
  /// As clients do who want each picture shown: behind the one before, and a barrier for the next.
  void draw_fifo(Surface& surface, const std::string& name) {
    surface.pending().fifo_wait = surface.pending().fifo_barrier = true;
    draw(surface, name);
  }
  void run_to(std::int64_t milliseconds) { loop.run_until(at_ms(milliseconds)); }
  [[nodiscard]] OutputLoop& output(std::uint32_t id = 1) { return *set->find(OutputId{id}); }

  // Wiring.
  void before_latch(OutputId output, TimePoint blank) override {
    looks->before_latch(output);
    pacer->before_latch(output, blank);
  }
  void after_latch(OutputId output) override { pacer->after_latch(output); }
  [[nodiscard]] std::optional<OutputId> output_of(SurfaceId surface) const override {
    const auto found = on.find(surface);
    const OutputLoop* output = found == on.end() ? nullptr : set->find(found->second);
    return output && output->takes_pictures() ? std::optional(found->second) : std::nullopt;
  }
  [[nodiscard]] std::span<const OutputId> outputs_of(SurfaceId) const override { return also_on; }
  [[nodiscard]] bool takes_pictures(OutputId id) const override {
    const OutputLoop* output = set->find(id);
    return output && output->takes_pictures();
  }
  [[nodiscard]] TimePoint ask_time(OutputId id, TimePoint target) const override {
    return set->find(id)->time_to_schedule(target);
  }
  [[nodiscard]] TimePoint next_latch(OutputId id) const override { return set->find(id)->coming_latch(); }
  void ask(OutputId id) override { set->schedule_in_time(id); }
  void ask_to_look(OutputId id) override { set->schedule_look(id); }
  void shown(OutputId output, SurfaceId surface, bool seen, std::vector<std::unique_ptr<FrameCallback>> called,
             TimePoint flip) override {
    callbacks->shown(output, surface, seen, std::move(called), flip);
  }
  void surface_changed(Surface&) override { set->schedule_all(); }
  void surface_gone(SurfaceId surface) override {
    set->forget_surface(surface);
    set->schedule_all();
  }

  class Feedback final : public PresentationSink {
   public:
    Feedback(std::string name, std::string& timeline) : name_(std::move(name)), timeline_(timeline) {}
    void presented(const FlipEvent& flip, Nanoseconds, bool) override {
      timeline_ += name_ + "@" + std::to_string(flip.time.ns / 1'000'000) + " ";
    }
    void discarded() override { timeline_ += "-" + name_ + " "; }

   private:
    std::string name_;
    std::string& timeline_;
  };

  std::string timeline;
  std::map<SurfaceId, OutputId> on;
  std::vector<OutputId> also_on; ///< Every surface is, besides.
  VirtualLoop loop;
  FakeComposer composer{loop};
  OneRoot stack;
  std::unique_ptr<FakeScanout> device;
  std::unique_ptr<SnapshotBuilder> builder;
  OutputSetRig rig;
  std::unique_ptr<OutputSet> set;
  std::unique_ptr<UpdatePacer> pacer;
  std::unique_ptr<LatchLooks> looks;
  std::unique_ptr<CallbackPacer> callbacks;
};

} // namespace fenceline::test
