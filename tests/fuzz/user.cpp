#include "tests/fuzz/user.h"

#include <linux/input-event-codes.h>

#include <algorithm>
#include <array>

namespace fenceline::fuzz {

namespace {

constexpr std::array<std::int32_t, 3> kButtons = {BTN_LEFT, BTN_LEFT, BTN_RIGHT};
// Not the Super key: with Shift and Q it ends the session, as it should.
constexpr std::array<std::int32_t, 12> kKeys = {KEY_A,         KEY_Q,        KEY_C,   KEY_V,
                                                KEY_ENTER,     KEY_ESC,      KEY_TAB, KEY_SPACE,
                                                KEY_LEFTSHIFT, KEY_LEFTCTRL, KEY_F1,  KEY_CAPSLOCK};
constexpr std::size_t kHeldAtMost = 4;

} // namespace

InputStep User::somewhere() {
  // Windows stand about the middle of the screen.
  if (prng_.chance(4, 5))
    return {.kind = InputKind::Move, .a = prng_.between(20'000, 45'000), .b = prng_.between(20'000, 45'000)};
  return {.kind = InputKind::Move, .a = prng_.between(0, 65'535), .b = prng_.between(0, 65'535)};
}

void User::press(std::vector<InputStep>& steps, InputKind kind, std::int32_t code) {
  const InputStep step{.kind = kind, .a = code, .b = 1};
  if (held_.size() >= kHeldAtMost || std::ranges::find(held_, step) != held_.end())
    return;
  held_.push_back(step);
  steps.push_back(step);
}

void User::release_one(std::vector<InputStep>& steps) {
  if (held_.empty())
    return;
  auto step = held_.front();
  held_.erase(held_.begin());
  step.b = 0;
  steps.push_back(step);
}

std::vector<InputStep> User::act() {
  std::vector<InputStep> steps;
  if (!unplugged_.empty() && prng_.chance(1, 4)) {
    steps.push_back({.kind = InputKind::Plug, .a = unplugged_.back(), .b = 1});
    unplugged_.pop_back();
    return steps;
  }
  const auto draw = prng_.below(1000);
  if (draw < 400) {
    const auto count = 1 + prng_.below(4);
    for (std::uint32_t i = 0; i < count; ++i)
      steps.push_back(somewhere());
  } else if (draw < 600) { // A click, or a drag.
    steps.push_back(somewhere());
    press(steps, InputKind::Button, prng_.pick(kButtons));
    if (prng_.chance(1, 4))
      steps.push_back(somewhere());
    if (prng_.chance(3, 4))
      release_one(steps);
  } else if (draw < 800) {
    const auto count = 1 + prng_.below(3);
    for (std::uint32_t i = 0; i < count; ++i) {
      press(steps, InputKind::Key, prng_.pick(kKeys));
      if (prng_.chance(3, 4))
        release_one(steps);
    }
  } else if (draw < 870) {
    steps.push_back({.kind = InputKind::Wheel, .a = prng_.chance(1, 2) ? 1 : -1});
  } else if (draw < 990 || unplugged_.size() >= 2) {
    while (!held_.empty())
      release_one(steps);
  } else {
    // What it holds is let go by whoever notices that it has gone.
    const std::int32_t device = prng_.between(0, 1);
    if (std::ranges::find(unplugged_, device) == unplugged_.end()) {
      unplugged_.push_back(device);
      const auto kind = device == 0 ? InputKind::Button : InputKind::Key;
      std::erase_if(held_, [kind](const InputStep& step) { return step.kind == kind; });
      steps.push_back({.kind = InputKind::Plug, .a = device, .b = 0});
    }
  }
  return steps;
}

} // namespace fenceline::fuzz
