// Relative motion, and clients that hold the pointer.
#include <fmt/format.h>
#include <pointer-constraints-v1-client-protocol.h>

#include "tests/integration/seat_client.h"

// The scanner names a request's function as the object it makes.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#include <relative-pointer-v1-client-protocol.h>
#pragma GCC diagnostic pop

namespace fenceline::test {
namespace {

constexpr auto oneshot = ZWP_POINTER_CONSTRAINTS_V1_LIFETIME_ONESHOT;
constexpr auto persistent = ZWP_POINTER_CONSTRAINTS_V1_LIFETIME_PERSISTENT;

/// Window a is at 270,200, b at 302,232; both 100x80. The pointer is on a at 10,10, and a has the keyboard.
class ConstraintsTest : public SeatProtocolTest {
 protected:
  void SetUp() override {
    SeatProtocolTest::SetUp();
    plug_both();
    window_b = &b->window("b");
    window_a = &a->window("a");
    pointer = &a->pointer();
    manager = a->bind<zwp_pointer_constraints_v1>(zwp_pointer_constraints_v1_interface);
    input.move(312, 242); // a is the second one here
    click();
    pump();
    pointer->take();
  }
  struct Held : Heard {
    using Heard::Heard;
    zwp_locked_pointer_v1* lock = nullptr;
    zwp_confined_pointer_v1* confinement = nullptr;
  };
  Held& lock(wl_region* region = nullptr, std::uint32_t lifetime = persistent, wl_surface* surface = nullptr) {
    Held& held = *held_.emplace_back(std::make_unique<Held>(*a));
    held.lock = a->own(zwp_pointer_constraints_v1_lock_pointer(manager, surface ? surface : window_a->surface,
                                                               pointer->proxy, region, lifetime));
    static constexpr zwp_locked_pointer_v1_listener listener{
        .locked = [](void* data, zwp_locked_pointer_v1*) { static_cast<Held*>(data)->add("locked"); },
        .unlocked = [](void* data, zwp_locked_pointer_v1*) { static_cast<Held*>(data)->add("unlocked"); }};
    zwp_locked_pointer_v1_add_listener(held.lock, &listener, &held);
    pump();
    return held;
  }
  Held& confine(wl_region* region = nullptr, std::uint32_t lifetime = persistent) {
    Held& held = *held_.emplace_back(std::make_unique<Held>(*a));
    held.confinement = a->own(
        zwp_pointer_constraints_v1_confine_pointer(manager, window_a->surface, pointer->proxy, region, lifetime));
    static constexpr zwp_confined_pointer_v1_listener listener{
        .confined = [](void* data, zwp_confined_pointer_v1*) { static_cast<Held*>(data)->add("confined"); },
        .unconfined = [](void* data, zwp_confined_pointer_v1*) { static_cast<Held*>(data)->add("unconfined"); }};
    zwp_confined_pointer_v1_add_listener(held.confinement, &listener, &held);
    pump();
    return held;
  }
  wl_region* region(std::int32_t x, std::int32_t y, std::int32_t width, std::int32_t height) {
    wl_region* made = a->own(wl_compositor_create_region(a->compositor));
    wl_region_add(made, x, y, width, height);
    return made;
  }

  ShownWindow* window_a = nullptr;
  ShownWindow* window_b = nullptr;
  PointerObject* pointer = nullptr;
  zwp_pointer_constraints_v1* manager = nullptr;

 private:
  std::vector<std::unique_ptr<Held>> held_;
};

/// zwp_relative_pointer_v1.
struct RelativeObject : Heard {
  using Heard::Heard;
  std::uint64_t microseconds = 0;
};

RelativeObject& listen(SeatClient& client, const PointerObject& pointer,
                       std::vector<std::unique_ptr<RelativeObject>>& kept) {
  auto* manager = client.bind<zwp_relative_pointer_manager_v1>(zwp_relative_pointer_manager_v1_interface);
  RelativeObject& object = *kept.emplace_back(std::make_unique<RelativeObject>(client));
  static constexpr zwp_relative_pointer_v1_listener listener{
      .relative_motion = [](void* data, zwp_relative_pointer_v1*, std::uint32_t hi, std::uint32_t lo, wl_fixed_t dx,
                            wl_fixed_t dy, wl_fixed_t raw_dx, wl_fixed_t raw_dy) {
        auto* relative = static_cast<RelativeObject*>(data);
        relative->microseconds = std::uint64_t{hi} << 32U | lo;
        relative->add(fmt::format("by {},{} raw {},{}", wl_fixed_to_double(dx), wl_fixed_to_double(dy),
                                  wl_fixed_to_double(raw_dx), wl_fixed_to_double(raw_dy)));
      }};
  zwp_relative_pointer_v1_add_listener(
      client.own(zwp_relative_pointer_manager_v1_get_relative_pointer(manager, pointer.proxy)), &listener, &object);
  return object;
}

TEST_F(ConstraintsTest, RelativeMotionComesBesideTheMotionInOneFrame) {
  std::vector<std::unique_ptr<RelativeObject>> kept;
  RelativeObject& relative = listen(*a, *pointer, kept);
  RelativeObject& other = listen(*b, b->pointer(), kept);
  pump();
  a->journal.clear();
  input.move_by({.dx = 4, .dy = -2, .raw_dx = 2, .raw_dy = -1});
  pump();
  EXPECT_EQ(a->journal, "by 4,-2 raw 2,-1; motion 14,8; frame; ");
  EXPECT_EQ(relative.microseconds, std::uint64_t{input.milliseconds()} * 1000);
  EXPECT_EQ(other.take(), "") << "the pointer is not on it";
}

TEST_F(ConstraintsTest, RelativeMotionGoesOnWhereThePointerCanNot) {
  std::vector<std::unique_ptr<RelativeObject>> kept;
  RelativeObject& relative = listen(*a, *pointer, kept);
  auto& held = lock();
  EXPECT_EQ(held.take(), "locked; ");
  pointer->take();
  a->journal.clear();
  input.move_by({.dx = 400, .dy = 0, .raw_dx = 400, .raw_dy = 0});
  input.move(1, 1);
  pump();
  EXPECT_EQ(a->journal, "by 400,0 raw 400,0; frame; ");
  EXPECT_EQ(server.seat.x(), 312);
  input.button(BTN_LEFT, true);
  input.scroll({.source = AxisSource::Wheel, .vertical = 15, .vertical_120 = 120});
  pump();
  EXPECT_NE(pointer->take().find("press"), std::string::npos) << "buttons and scrolling are unaffected";
  relative.take();
}

TEST_F(ConstraintsTest, AVeryLateTimeNeedsBothHalves) {
  std::vector<std::unique_ptr<RelativeObject>> kept;
  RelativeObject& relative = listen(*a, *pointer, kept);
  pump();
  const TimePoint late{(std::int64_t{5} << 32) * 1000 + 7000};
  server.seat.move_by(late, 1, 1);
  pump();
  EXPECT_EQ(relative.microseconds, (std::uint64_t{5} << 32U) + 7);
}

TEST_F(ConstraintsTest, UnlockingPutsThePointerWhereTheClientDrewIt) {
  auto& held = lock();
  zwp_locked_pointer_v1_set_cursor_position_hint(held.lock, wl_fixed_from_int(50), wl_fixed_from_int(40));
  pump();
  a->drop(held.lock, zwp_locked_pointer_v1_destroy);
  pump();
  EXPECT_EQ(server.seat.x(), 312) << "the hint is the surface's state: it was not committed";
  pointer->take();
  auto& again = lock();
  zwp_locked_pointer_v1_set_cursor_position_hint(again.lock, wl_fixed_from_int(50), wl_fixed_from_int(40));
  wl_surface_commit(window_a->surface);
  pump();
  a->drop(again.lock, zwp_locked_pointer_v1_destroy);
  pump();
  EXPECT_EQ(pointer->take(), "motion 50,40; frame; ");
  EXPECT_EQ(server.seat.x(), 352);
}

TEST_F(ConstraintsTest, AHintOutsideOfTheSurfaceMovesNothing) {
  auto& held = lock();
  zwp_locked_pointer_v1_set_cursor_position_hint(held.lock, wl_fixed_from_int(5000), wl_fixed_from_int(40));
  wl_surface_commit(window_a->surface);
  pump();
  a->drop(held.lock, zwp_locked_pointer_v1_destroy);
  pump();
  EXPECT_EQ(server.seat.x(), 312);
}

TEST_F(ConstraintsTest, ALockBeginsWhenThePointerComesIntoItsRegion) {
  auto& held = lock(region(50, 50, 10, 10));
  EXPECT_EQ(held.take(), "");
  input.move(302 + 55, 232 + 55);
  pump();
  EXPECT_EQ(held.take(), "locked; ");
  // The region is the surface's state, too.
  zwp_locked_pointer_v1_set_region(held.lock, region(0, 0, 5, 5));
  pump();
  EXPECT_EQ(held.take(), "");
  wl_surface_commit(window_a->surface);
  pump();
  EXPECT_EQ(held.take(), "unlocked; ");
}

TEST_F(ConstraintsTest, TheInputRegionBoundsTheRegion) {
  wl_surface_set_input_region(window_a->surface, region(0, 0, 30, 30));
  wl_surface_commit(window_a->surface);
  pump();
  auto& held = confine();
  EXPECT_EQ(held.take(), "confined; ");
  input.move(600, 400);
  pump();
  EXPECT_LT(server.seat.x(), 302 + 30);
  EXPECT_GT(server.seat.x(), 302 + 29);
}

TEST_F(ConstraintsTest, AConfinedPointerSlidesAlongTheEdge) {
  auto& held = confine(region(0, 0, 60, 60));
  EXPECT_EQ(held.take(), "confined; ");
  pointer->take();
  input.move(600, 252);
  pump();
  EXPECT_EQ(pointer->take(), "motion 59.99609375,20; frame; ");
  a->drop(held.confinement, zwp_confined_pointer_v1_destroy);
  pump();
  input.move(600, 252);
  pump();
  EXPECT_EQ(pointer->take(), "leave a; frame; ");
}

TEST_F(ConstraintsTest, AConfinedPointerFollowsItsNewRegion) {
  auto& held = confine();
  held.take();
  pointer->take();
  zwp_confined_pointer_v1_set_region(held.confinement, region(40, 40, 20, 20));
  wl_surface_commit(window_a->surface);
  pump();
  EXPECT_EQ(pointer->take(), "motion 40,40; frame; ");
  EXPECT_EQ(held.take(), "");
  // With nowhere left to go it is free.
  zwp_confined_pointer_v1_set_region(held.confinement, region(500, 500, 20, 20));
  wl_surface_commit(window_a->surface);
  pump();
  EXPECT_EQ(held.take(), "unconfined; ");
}

TEST_F(ConstraintsTest, TheRegionWaitsForItsCommitsTurn) {
  // A synchronised subsurface's commits wait for its parent.
  wl_surface* child = a->surface();
  a->name(child, "child");
  wl_subsurface* sub = a->own(wl_subcompositor_get_subsurface(a->subcompositor, child, window_a->surface));
  wl_subsurface_set_position(sub, 0, 0);
  TestClient::show(child, a->shm_buffer(100, 80));
  wl_surface_commit(window_a->surface);
  pump();
  auto& held = lock(region(90, 70, 5, 5), persistent, child);
  EXPECT_EQ(held.take(), "");
  zwp_locked_pointer_v1_set_region(held.lock, nullptr);
  wl_surface_commit(child);
  pump();
  EXPECT_EQ(held.take(), "");
  wl_surface_commit(window_a->surface);
  pump();
  EXPECT_EQ(held.take(), "locked; ");
}

TEST_F(ConstraintsTest, TheRegionComesWithTheUpdateThatTakesThePlaceOfALateOne) {
  auto& held = lock(region(90, 70, 5, 5));
  EXPECT_EQ(held.take(), "");
  auto* sync = a->own(wp_linux_drm_syncobj_manager_v1_get_surface(a->syncobj, window_a->surface));
  const auto timeline = [this] {
    auto [kernel, fd] = server.sync_objects.make();
    return std::pair(kernel, a->own(wp_linux_drm_syncobj_manager_v1_import_timeline(a->syncobj, fd.get())));
  };
  const auto never = timeline(), acquire = timeline(), release = timeline();
  const auto show = [&](wp_linux_drm_syncobj_timeline_v1* of, std::uint32_t point) {
    wp_linux_drm_syncobj_surface_v1_set_acquire_point(sync, of, 0, point);
    wp_linux_drm_syncobj_surface_v1_set_release_point(sync, release.second, 0, point);
    TestClient::show(window_a->surface, a->dmabuf_buffer(100, 80));
    pump();
  };
  const auto queued = [this] { return a->scene_surface(window_a->surface).queued(); };
  show(never.second, 10);
  EXPECT_TRUE(server.scene.age_fences(2).any);
  zwp_locked_pointer_v1_set_region(held.lock, nullptr);
  show(acquire.second, 1);
  zwp_locked_pointer_v1_set_region(held.lock, region(90, 70, 5, 5));
  show(acquire.second, 2);
  EXPECT_EQ(queued(), 3U);
  EXPECT_EQ(server.scene.age_fences(2).overdue.size(), 1U);
  EXPECT_EQ(queued(), 2U) << "the second takes the place of the first";
  EXPECT_EQ(held.take(), "");
  FakeSyncObjects::signal(*acquire.first, 1);
  server.latch();
  pump();
  EXPECT_EQ(queued(), 1U);
  EXPECT_EQ(held.take(), "locked; ") << "the second's region is the whole surface";
}

TEST_F(ConstraintsTest, APersistentLockComesBackAOneshotDoesNot) {
  auto& held = lock(nullptr, persistent);
  EXPECT_EQ(held.take(), "locked; ");
  // Another window takes the keyboard: the pointer is free.
  ShownWindow& other = b->window("other");
  pump();
  EXPECT_EQ(held.take(), "unlocked; ");
  b->destroy(other);
  input.move(313, 242);
  click();
  pump();
  EXPECT_EQ(held.take(), "locked; ");
  a->drop(held.lock, zwp_locked_pointer_v1_destroy);
  auto& once = lock(nullptr, oneshot);
  EXPECT_EQ(once.take(), "locked; ");
  ShownWindow& third = b->window("third");
  pump();
  EXPECT_EQ(once.take(), "unlocked; ");
  b->destroy(third);
  input.move(313, 242);
  click();
  pump();
  EXPECT_EQ(once.take(), "");
  // What is over leaves room for another.
  EXPECT_EQ(lock().take(), "locked; ");
  expect_alive();
}

TEST_F(ConstraintsTest, AnotherWindowOfTheSameClientFreesThePointer) {
  auto& held = lock();
  EXPECT_EQ(held.take(), "locked; ");
  ShownWindow& dialog = a->window("dialog");
  pump();
  EXPECT_EQ(held.take(), "unlocked; ") << "or it could not be clicked";
  a->destroy(dialog);
  pump();
  EXPECT_EQ(held.take(), "locked; ");
  expect_alive();
}

TEST_F(ConstraintsTest, ASubsurfaceHoldsThePointerWhileItsWindowHasTheKeyboard) {
  wl_surface* child = a->surface();
  a->own(wl_subcompositor_get_subsurface(a->subcompositor, child, window_a->surface));
  TestClient::show(child, a->shm_buffer(40, 40));
  wl_surface_commit(window_a->surface);
  pump();
  EXPECT_EQ(lock(nullptr, persistent, child).take(), "locked; ");
}

TEST_F(ConstraintsTest, ASurfaceThatGoesUnlocks) {
  auto& held = lock();
  held.take();
  a->destroy(*window_a);
  pump();
  EXPECT_EQ(held.take(), "unlocked; ");
  a->drop(held.lock, zwp_locked_pointer_v1_destroy);
  expect_alive();
}

TEST_F(ConstraintsTest, AClientThatDiesLetsGo) {
  lock();
  a->disconnect();
  a.reset();
  input.move(5, 5);
  EXPECT_EQ(server.seat.x(), 5);
}

TEST_F(ConstraintsTest, AWindowThatComesUpUnderThePointerDoesNotTakeIt) {
  // b has the keyboard, a's window is under the pointer.
  input.move(275, 205);
  click();
  input.move(312 + 70, 242 + 60);
  pump();
  auto& held = lock();
  EXPECT_EQ(held.take(), "");
  click();
  pump();
  EXPECT_EQ(held.take(), "locked; ");
}

TEST_F(ConstraintsTest, ASecondConstraintOnASurfaceIsAnError) {
  lock();
  confine();
  expect_error("zwp_pointer_constraints_v1 1");
}

TEST_F(ConstraintsTest, RegionsThatPileUpEndTheClient) {
  // Commits that wait, each with a region of many pieces.
  wl_surface* child = a->surface();
  a->own(wl_subcompositor_get_subsurface(a->subcompositor, child, window_a->surface));
  auto& held = lock(nullptr, persistent, child);
  wl_region* pieces = a->own(wl_compositor_create_region(a->compositor));
  for (std::int32_t i = 0; i < 900; ++i)
    wl_region_add(pieces, 2 * i, 2 * i, 1, 1);
  for (int i = 0; i < 3; ++i) {
    zwp_locked_pointer_v1_set_region(held.lock, pieces);
    wl_surface_commit(child);
  }
  expect_error("ENOMEM");
}

} // namespace
} // namespace fenceline::test
