#pragma once
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "compositor/backends/nested/nested_device.h"
#include "tests/support/fake_parent.h"
#include "tests/support/virtual_loop.h"

namespace fenceline::test {

/// A nested device in a parent that does only what the test says, in virtual time.
class NestedFixture : public testing::Test, public ScanoutListener {
 protected:
  void start(const FakeParent::Offer& offer = {}, const NestedOptions& options = {}) {
    parent = std::make_unique<FakeParent>(offer);
    parent->serve_during([&] {
      auto made = NestedDevice::create(loop, log, options);
      if (made)
        device = std::move(*made);
      else
        error = made.error().text();
    });
    if (!device)
      return;
    device->set_listener(this);
    device->on_end([this](const std::string& why) { ended.push_back(why); });
  }
  /// Lets both sides talk until neither has anything to say.
  void talk() {
    for (int i = 0; i < 4; ++i) {
      parent->dispatch();
      loop.run_ready();
    }
  }
  /// A frame of one colour, as the output's loop sends it for a parent without dma-bufs.
  [[nodiscard]] Result<void> show(std::uint64_t frame, std::uint64_t buffer, std::uint32_t colour) {
    const Size size = device->outputs().front().mode.size;
    const std::vector<std::uint32_t> pixels(static_cast<std::size_t>(size.width * size.height), colour);
    if (auto written = device->write_pixels(BufferId{buffer}, size, pixels); !written)
      return written.error();
    return submit(frame, buffer);
  }
  [[nodiscard]] Result<void> submit(std::uint64_t frame, std::uint64_t buffer) {
    OutputState state = state_of(frame);
    const Size size = state.mode.size;
    state.planes.push_back({PlaneId{1},
                            BufferId{buffer},
                            {0, 0, static_cast<double>(size.width), static_cast<double>(size.height)},
                            {0, 0, size.width, size.height},
                            {}});
    Result<void> sent = device->submit(std::move(state));
    talk();
    return sent;
  }
  [[nodiscard]] OutputState state_of(std::uint64_t frame) const {
    OutputState state;
    state.output = OutputId{1};
    state.frame = FrameId{frame};
    state.mode = device->outputs().front().mode;
    return state;
  }

  // What the listener was told.
  void flipped(const FlipEvent& event) override { flips.push_back(event); }
  void ready(OutputId, FrameId frame, TimePoint) override { readies.push_back(frame); }
  void released(BufferId buffer) override { releases.push_back(buffer); }
  void outputs_changed() override { ++changes; }
  std::vector<FlipEvent> flips;
  std::vector<FrameId> readies;
  std::vector<BufferId> releases;
  int changes = 0;

  VirtualLoop loop;
  Log log{LogLevel::Off};
  std::unique_ptr<FakeParent> parent;
  std::unique_ptr<NestedDevice> device;
  std::string error;
  std::vector<std::string> ended; ///< Of on_end.
};

} // namespace fenceline::test
