#pragma once
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/input-event-codes.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "compositor/input/seat.h"

namespace fenceline::test {

/// Two surfaces side by side: A from 0 to 100, B from 100 to 200, both 100 high.
class FakePolicy final : public SeatPolicy {
 public:
  SurfaceHit hit_test(double x, double y) const override {
    if (y < 0 || y >= 100 || x < 0 || x >= 200)
      return {};
    return x < 100 ? SurfaceHit{a, x - shift, y} : SurfaceHit{b, x - 100, y};
  }
  bool origin_of(SurfaceId surface, double& x, double& y) const override {
    x = surface == b ? 100 : shift;
    y = 0;
    return surface == a || surface == b;
  }
  SurfaceId keyboard_focus() const override { return focus; }
  PointerGrab* take_press(const PointerPress& press) override {
    last_press = press;
    return grab;
  }
  void clicked(SurfaceId surface) override { last_click = surface; }

  SurfaceId a{}, b{}, focus{}, last_click{};
  PointerGrab* grab = nullptr; ///< Of all presses.
  PointerPress last_press;
  double shift = 0; ///< How far A's content lies to the right.
};

/// Writes everything down in a line.
class LogSink final : public SeatSink {
 public:
  void capabilities(const SeatCapabilities& now) override {
    text += fmt::format("caps {}{}{}; ", now.pointer ? "p" : "", now.keyboard ? "k" : "", now.touch ? "t" : "");
  }
  void pointer_enter(SurfaceId s, double x, double y) override {
    text += fmt::format("enter {} at {},{}; ", id(s), x, y);
  }
  void pointer_leave(SurfaceId s) override { text += fmt::format("leave {}; ", id(s)); }
  void pointer_motion(TimePoint time, double x, double y) override {
    last_time = time;
    text += fmt::format("move {},{}; ", x, y);
  }
  void pointer_moved_by(TimePoint, const RelativeMotion& motion) override { relative = motion; }
  void pointer_button(TimePoint time, std::uint32_t, bool pressed) override {
    last_time = time;
    text += pressed ? "press; " : "release; ";
  }
  void pointer_scroll(TimePoint, const ScrollEvent& scroll) override {
    text += fmt::format("scroll {}; ", scroll.vertical);
  }
  void pointer_frame() override { ++frames; }
  void keyboard_enter(SurfaceId s, std::span<const std::uint32_t> keys, const Modifiers&) override {
    text += fmt::format("keys to {} ({} held); ", id(s), keys.size());
  }
  void keyboard_leave(SurfaceId s) override { text += fmt::format("keys from {}; ", id(s)); }
  void key(TimePoint time, std::uint32_t key, bool pressed) override {
    last_time = time;
    text += fmt::format("{}{}; ", pressed ? "+" : "-", key);
  }
  void modifiers(const Modifiers& m) override { text += fmt::format("mods {:#x}; ", m.depressed); }
  void keymap_changed() override { text += "keymap; "; }
  void repeat_changed() override { text += "repeat; "; }
  void touch_down(TimePoint time, SurfaceId s, std::int32_t contact, double x, double y) override {
    last_time = time;
    text += fmt::format("touch {} on {} at {},{}; ", contact, id(s), x, y);
  }
  void touch_motion(TimePoint time, std::int32_t contact, double x, double y) override {
    last_time = time;
    text += fmt::format("touch {} to {},{}; ", contact, x, y);
  }
  void touch_up(TimePoint time, std::int32_t contact) override {
    last_time = time;
    text += fmt::format("touch {} up; ", contact);
  }
  void touch_frame() override { text += "frame; "; }
  void touch_cancel() override { text += "cancel; "; }
  std::string take() { return std::exchange(text, {}); }

  int frames = 0;
  RelativeMotion relative; ///< The last.
  TimePoint last_time;

 private:
  static unsigned id(SurfaceId s) { return static_cast<unsigned>(s); }
  std::string text;
};

class SeatTest : public ::testing::Test {
 protected:
  SeatTest() {
    Result<Keymap> keymap = Keymap::create();
    if (!keymap)
      throw std::runtime_error(keymap.error().text());
    seat = std::make_unique<Seat>(scene, log, std::move(*keymap), policy);
    policy.a = scene.create_surface(ClientId{1}).id();
    policy.b = scene.create_surface(ClientId{2}).id();
    seat->set_areas({{0, 0, 300, 200}});
    seat->set_sink(&sink);
    seat->pointer_added();
    seat->keyboard_added();
    sink.take();
  }
  SurfaceId cursor() const {
    std::vector<RootPlacement> roots;
    seat->append_roots(OutputId{1}, roots);
    return roots.empty() ? SurfaceId{} : roots.front().root;
  }

  NullObserver observer;
  Scene scene{observer};
  Log log{LogLevel::Off};
  FakePolicy policy;
  LogSink sink;
  std::unique_ptr<Seat> seat;
};

} // namespace fenceline::test
