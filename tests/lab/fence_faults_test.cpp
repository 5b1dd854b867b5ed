// Clients that die at any moment, that send what cannot be imported, and that take descriptors until there are none:
// the session stays, nothing is left behind, and who caused it pays.

#include <drm_fourcc.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <random>

#include "tests/lab/fence_client.h"
#include "tests/lab/fence_session.h"

namespace fenceline::lab {
namespace {

constexpr int long_enough = 10; // frames of another window

class FenceFaults : public testing::Test {
 protected:
  void SetUp() override {
    painter_ = std::make_unique<Painter>(session_.socket());
    ASSERT_TRUE(go_on());
  }
  void TearDown() override {
    EXPECT_EQ(painter_->client().error(), "") << "the wrong one paid";
    EXPECT_EQ(session_.end(), 0);
  }
  /// The innocent client's window goes on, frame after frame, and its roundtrips are answered.
  [[nodiscard]] bool go_on() const {
    const int enough = painter_->frames() + long_enough;
    return wait_until({&painter_->client()}, [&] { return painter_->frames() >= enough; }) &&
           painter_->client().roundtrip();
  }
  struct Held {
    std::size_t descriptors, buffers;
    friend bool operator==(const Held&, const Held&) = default;
  };
  [[nodiscard]] Held held() const { return {session_.descriptors(), live_dmabufs()}; }
  /// Waits until the session holds what it held before; what a dead process had open goes a little later than it does.
  void expect_held(const Held& before) const {
    const auto same = [&] { return held() == before; };
    EXPECT_TRUE(wait_until({&painter_->client()}, same))
        << held().descriptors << " descriptors, there were " << before.descriptors << "; " << held().buffers
        << " dma-bufs, there were " << before.buffers;
  }
  void expect_newcomers_welcome() const {
    Client client(session_.socket());
    Window& window = client.window();
    const Update& update = client.commit(window, client.buffer({64, 64}));
    EXPECT_TRUE(wait_until({&client, &painter_->client()}, [&] { return update.settled(); }));
    EXPECT_TRUE(update.presented_ns);
  }

  Session session_;
  std::unique_ptr<Painter> painter_;
};

// --- Death at any moment

TEST_F(FenceFaults, ARendererThatIsKilledAtAnyMomentLeavesNothing) {
  constexpr int kills = 20;
  std::mt19937 random(20);
  const auto run_spin = [&](bool fullscreen, std::int64_t after_ns, bool once_it_shows) {
    const std::size_t before = live_dmabufs();
    std::vector<std::string> command{SPIN_EXE, "--socket", session_.socket()};
    if (fullscreen)
      command.emplace_back("--fullscreen");
    const pid_t spin = start_program(command);
    if (once_it_shows) {
      EXPECT_TRUE(wait_until({&painter_->client()}, [&] { return live_dmabufs() > before; })) << "spin shows nothing";
    }
    const std::int64_t end = now_ns() + after_ns;
    EXPECT_TRUE(wait_until({&painter_->client()}, [&] { return now_ns() >= end; }));
    ::kill(spin, SIGKILL);
    int status = 0;
    ::waitpid(spin, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "spin ended by itself, with status " << WEXITSTATUS(status);
    EXPECT_TRUE(session_.alive());
    EXPECT_TRUE(go_on());
  };
  // One of each first: what the session keeps for the next frame is there from then on.
  for (const bool fullscreen : {false, true})
    run_spin(fullscreen, 200'000'000, true);
  const Held before = held();
  for (int i = 0; i < kills && !HasFailure(); ++i) {
    // Half of them in the first second, before or after they have connected; half while their frames are on the way.
    const bool once_it_shows = i % 4 < 2;
    const std::int64_t after =
        std::uniform_int_distribution<std::int64_t>(0, once_it_shows ? 150'000'000 : 1'000'000'000)(random);
    SCOPED_TRACE("kill " + std::to_string(i));
    run_spin(i % 2 == 1, after, once_it_shows);
    expect_held(before);
  }
  expect_newcomers_welcome();
}

// --- dma-bufs that cannot be imported

/// What a client claims of an image.
struct Claim {
  const char* name;
  Size size{64, 64};
  std::uint32_t stride = 256;
  std::uint64_t modifier = DRM_FORMAT_MOD_LINEAR;
  std::uint32_t fourcc = DRM_FORMAT_XRGB8888;
  std::uint32_t offset = 0;
  bool dmabuf = true;
  /// The error that ends the client, where the protocol has one; empty: only the creation fails.
  std::string error;
};

/// zwp_linux_buffer_params_v1.create with a claim, and its answer.
class Creation {
 public:
  /// `memory`: what is behind the claim, where it is a dma-buf.
  Creation(Client& client, const Claim& claim, const Buffer& memory) {
    const UniqueFd plain(::memfd_create("no dma-buf", MFD_CLOEXEC));
    if (::ftruncate(plain.get(), 1 << 20) != 0)
      throw std::runtime_error("no memory");
    zwp_linux_buffer_params_v1* params = client.own(zwp_linux_dmabuf_v1_create_params(client.dmabuf));
    static constexpr zwp_linux_buffer_params_v1_listener listener{
        .created =
            [](void* data, zwp_linux_buffer_params_v1*, wl_buffer* buffer) {
              static_cast<Creation*>(data)->created = true;
              wl_buffer_destroy(buffer);
            },
        .failed = [](void* data, zwp_linux_buffer_params_v1*) { static_cast<Creation*>(data)->failed = true; }};
    zwp_linux_buffer_params_v1_add_listener(params, &listener, this);
    zwp_linux_buffer_params_v1_add(params, claim.dmabuf ? memory.fd() : plain.get(), 0, claim.offset, claim.stride,
                                   static_cast<std::uint32_t>(claim.modifier >> 32U),
                                   static_cast<std::uint32_t>(claim.modifier));
    zwp_linux_buffer_params_v1_create(params, claim.size.width, claim.size.height, claim.fourcc, 0);
    client.roundtrip();
  }
  bool created = false, failed = false;
};

TEST_F(FenceFaults, ADmabufThatCannotBeImportedFailsAlone) {
  const std::string params(zwp_linux_buffer_params_v1_interface.name);
  const std::string out_of_bounds = params + " 6", invalid_format = params + " 4";
  const std::vector<Claim> claims{
      {.name = "all in order", .error = ""},
      {.name = "not a dma-buf", .dmabuf = false, .error = ""},
      {.name = "no whole pixels a row", .stride = 257, .error = ""},
      {.name = "another layout", .modifier = I915_FORMAT_MOD_X_TILED, .error = ""},
      {.name = "wider than anything", .size = {1 << 17, 1}, .stride = 1 << 19, .error = ""},
      {.name = "rows too short", .stride = 128, .error = out_of_bounds},
      {.name = "too small", .size = {64, 1 << 14}, .error = out_of_bounds},
      {.name = "begins behind its end", .offset = 1 << 21, .error = out_of_bounds},
      {.name = "a format nobody knows", .fourcc = 0x12345678, .error = invalid_format},
  };
  const Held before = held();
  for (const Claim& claim : claims) {
    SCOPED_TRACE(claim.name);
    {
      Client client(session_.socket());
      const Buffer& memory = client.buffer({1024, 256}); // 1 MiB
      const Creation creation(client, claim, memory);
      EXPECT_EQ(client.error(), claim.error);
      if (claim.error.empty()) {
        const bool good = &claim == &claims.front();
        EXPECT_EQ(creation.created, good);
        EXPECT_EQ(creation.failed, !good);
        // The client may go on with something else.
        Window& window = client.window();
        const Update& update = client.commit(window, memory);
        EXPECT_TRUE(wait_until({&client, &painter_->client()}, [&] { return update.settled(); }));
        EXPECT_TRUE(update.presented_ns);
      }
    }
    EXPECT_TRUE(painter_->client().roundtrip());
    EXPECT_EQ(painter_->client().error(), "");
  }
  ASSERT_TRUE(go_on());
  expect_held(before);
}

// --- Out of descriptors

class FenceDescriptors : public FenceFaults {
 protected:
  void SetUp() override {
    FenceFaults::SetUp();
    // What the first of a kind opens for good is open now.
    expect_newcomers_welcome();
    ASSERT_TRUE(go_on());
    before_ = held();
    int highest = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(session_.pid()) + "/fd"))
      highest = std::max(highest, std::stoi(entry.path().filename()));
    const rlimit few{.rlim_cur = std::max<rlim_t>(64, static_cast<rlim_t>(highest) + 24), .rlim_max = RLIM_INFINITY};
    rlimit old{};
    ASSERT_EQ(::prlimit(session_.pid(), RLIMIT_NOFILE, nullptr, &old), 0);
    const rlimit now{.rlim_cur = few.rlim_cur, .rlim_max = old.rlim_max};
    ASSERT_EQ(::prlimit(session_.pid(), RLIMIT_NOFILE, &now, nullptr), 0);
    limit_ = few.rlim_cur;
  }

  /// Lets `take` take a descriptor of the session, again and again, until its client has to go; the innocent one sees
  /// nothing of it. Then all is as it was. Answers how often that went well.
  rlim_t expect_taker_pays(const std::function<void(Client&)>& take) {
    auto taker = std::make_unique<Client>(session_.socket());
    rlim_t taken = 0;
    for (; taken < 20 * limit_ && taker->alive(); ++taken) {
      take(*taker);
      taker->roundtrip();
      if (!painter_->client().roundtrip()) {
        ADD_FAILURE() << "the wrong one paid: " << painter_->client().error();
        return taken;
      }
    }
    EXPECT_FALSE(taker->alive()) << "nobody had to pay: there is nothing to test";
    EXPECT_TRUE(go_on());
    taker.reset();
    expect_held(before_);
    expect_newcomers_welcome();
    expect_held(before_);
    return taken;
  }

  Held before_{};
  rlim_t limit_ = 0;
};

TEST_F(FenceDescriptors, PoolsAreTheirClients) {
  const UniqueFd memory(::memfd_create("pool", MFD_CLOEXEC));
  ASSERT_EQ(::ftruncate(memory.get(), 4096), 0);
  expect_taker_pays([&](Client& client) { client.own(wl_shm_create_pool(client.shm, memory.get(), 4096)); });
}

TEST_F(FenceDescriptors, PlanesOfBuffersThatAreNeverMadeAreTheirClients) {
  const DmabufAttributes image = make_image({64, 64}, DRM_FORMAT_XRGB8888);
  before_ = held();
  expect_taker_pays([&](Client& client) {
    auto* params = client.own(zwp_linux_dmabuf_v1_create_params(client.dmabuf));
    for (std::uint32_t plane = 0; plane < 4; ++plane)
      zwp_linux_buffer_params_v1_add(params, image.planes[0].fd.get(), plane, 0, 256, 0, 0);
  });
}

TEST_F(FenceDescriptors, BuffersAreTheirClients) {
  expect_taker_pays([](Client& client) { (void)client.buffer({64, 64}); });
}

TEST_F(FenceDescriptors, PointsThatNeverComeShareOneDescriptor) {
  auto taker = std::make_unique<Client>(session_.socket());
  Window& window = taker->window();
  Buffer& buffer = taker->buffer({64, 64});
  Timeline& timeline = taker->timeline();
  for (rlim_t i = 0; i < 20 * limit_; ++i) {
    taker->commit(window, buffer, {timeline, 1}, {timeline, 2});
    ASSERT_TRUE(taker->roundtrip()) << "nobody has to pay: " << taker->error();
    ASSERT_TRUE(painter_->client().roundtrip()) << "the wrong one paid: " << painter_->client().error();
  }
  ASSERT_TRUE(go_on());
  taker.reset();
  expect_held(before_);
  expect_newcomers_welcome();
  expect_held(before_);
}

TEST_F(FenceDescriptors, ConnectionsAreRefusedUntilThereIsRoomAgain) {
  std::vector<wl_display*> crowd;
  bool refused = false;
  for (rlim_t i = 0; i < 2 * limit_ && !refused; ++i) {
    crowd.push_back(wl_display_connect(session_.socket().c_str()));
    refused = crowd.back() == nullptr || wl_display_roundtrip(crowd.back()) < 0;
    ASSERT_TRUE(painter_->client().roundtrip()) << "the wrong one paid: " << painter_->client().error();
  }
  EXPECT_TRUE(refused) << "nobody ran out of descriptors: there is nothing to test";
  ASSERT_TRUE(go_on());
  for (wl_display* display : crowd)
    if (display)
      wl_display_disconnect(display);
  expect_held(before_);
  expect_newcomers_welcome();
}

} // namespace
} // namespace fenceline::lab
