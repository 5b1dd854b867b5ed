#include <ctime>

#include "tests/integration/client_harness.h"

namespace fenceline::test {
namespace {

class PresentationTest : public ProtocolTest {
 protected:
  using Events = std::vector<std::string>;
  void feedback(wl_surface* surface, Events& events) const {
    static const wp_presentation_feedback_listener listener = {
        .sync_output = [](void* data, struct wp_presentation_feedback*,
                          wl_output*) { static_cast<Events*>(data)->emplace_back("sync"); },
        .presented =
            [](void* data, struct wp_presentation_feedback*, std::uint32_t seconds_high, std::uint32_t seconds_low,
               std::uint32_t nanoseconds, std::uint32_t refresh, std::uint32_t sequence_high,
               std::uint32_t sequence_low, std::uint32_t flags) {
              static_cast<Events*>(data)->push_back(fmt::format("presented {}:{}.{} {} {}:{} {}", seconds_high,
                                                                seconds_low, nanoseconds, refresh, sequence_high,
                                                                sequence_low, flags));
            },
        .discarded = [](void* data,
                        struct wp_presentation_feedback*) { static_cast<Events*>(data)->emplace_back("discarded"); },
    };
    wp_presentation_feedback_add_listener(client->own(wp_presentation_feedback(client->presentation, surface)),
                                          &listener, &events);
  }
  wl_surface* shown() {
    wl_surface* surface = client->surface();
    put_on_output(surface);
    return surface;
  }
  void show(wl_surface* surface) const { TestClient::show(surface, client->shm_buffer(8, 8)); }
};

TEST_F(PresentationTest, TheClockIsMonotonic) {
  std::uint32_t clock = 99;
  static const wp_presentation_listener listener = {
      .clock_id = [](void* data, wp_presentation*, std::uint32_t id) { *static_cast<std::uint32_t*>(data) = id; }};
  wp_presentation_add_listener(client->bind<wp_presentation>(wp_presentation_interface), &listener, &clock);
  pump();
  EXPECT_EQ(static_cast<std::uint32_t>(CLOCK_MONOTONIC), clock);
}

TEST_F(PresentationTest, PresentedFollowsTheSyncOutputs) {
  client->bind<wl_output>(wl_output_interface);
  client->bind<wl_output>(wl_output_interface);
  wl_surface* surface = shown();
  Events events;
  feedback(surface, events);
  show(surface);
  pump();
  server.latch();
  pump();
  EXPECT_TRUE(events.empty());
  server.flip();
  pump();
  // Flags: vsync 1, hardware clock 2, hardware completion 4, zero copy 8.
  EXPECT_EQ((Events{"sync", "sync", "presented 1:5.123456789 16666667 1:1 7"}), events);
  frame();
  EXPECT_EQ(3U, events.size());
}

TEST_F(PresentationTest, ARefreshThatVariesIsZero) {
  wl_surface* surface = shown();
  Events events;
  feedback(surface, events);
  show(surface);
  pump();
  server.variable = true;
  frame();
  ASSERT_EQ(1U, events.size());
  EXPECT_EQ("presented 1:5.123456789 0 1:1 7", events[0]);
}

TEST_F(PresentationTest, FlagsSayWhatTheDisplayDid) {
  const auto flags = [this](bool vsync, bool hardware_clock, bool zero_copy) {
    server.vsync = vsync;
    server.hardware_clock = hardware_clock;
    server.zero_copy = zero_copy;
    wl_surface* surface = shown();
    Events events;
    feedback(surface, events);
    show(surface);
    pump();
    frame();
    EXPECT_EQ(1U, events.size());
    return events.empty() ? "" : events[0].substr(events[0].rfind(' ') + 1);
  };
  EXPECT_EQ("0", flags(false, false, false));
  EXPECT_EQ("1", flags(true, false, false));
  EXPECT_EQ("6", flags(false, true, false));
  EXPECT_EQ("15", flags(true, true, true));
}

TEST_F(PresentationTest, AnUpdateThatIsNeverShownIsDiscarded) {
  wl_surface* surface = shown();
  Events first, second;
  feedback(surface, first);
  show(surface);
  feedback(surface, second);
  show(surface);
  pump();
  EXPECT_EQ(Events{"discarded"}, first);
  frame();
  EXPECT_EQ(Events{"discarded"}, first);
  ASSERT_EQ(1U, second.size());
  EXPECT_EQ("presented", second[0].substr(0, 9));
}

TEST_F(PresentationTest, TheSurfacesEndDiscards) {
  wl_surface* surface = shown();
  Events committed, pending;
  feedback(surface, committed);
  show(surface);
  feedback(surface, pending);
  pump();
  client->drop(surface, wl_surface_destroy);
  expect_alive();
  EXPECT_EQ(Events{"discarded"}, committed);
  EXPECT_EQ(Events{"discarded"}, pending);
}

TEST_F(PresentationTest, SeveralFeedbacksOfOneUpdateTellTheSame) {
  wl_surface* surface = shown();
  Events one, two;
  feedback(surface, one);
  feedback(surface, two);
  show(surface);
  pump();
  frame();
  EXPECT_EQ(1U, one.size());
  EXPECT_EQ(one, two);
}

TEST_F(PresentationTest, AnOutputThatIsGoneIsNotNamed) {
  client->bind<wl_output>(wl_output_interface);
  wl_surface* surface = shown();
  Events events;
  feedback(surface, events);
  show(surface);
  pump();
  server.latch();
  server.outputs.remove(TestServer::output);
  server.flip();
  expect_alive();
  ASSERT_EQ(1U, events.size());
  EXPECT_EQ("presented", events[0].substr(0, 9));
}

} // namespace
} // namespace fenceline::test
