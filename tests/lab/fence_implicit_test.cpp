// Clients without sync objects: the fences that their dma-bufs carry are waited for, as with explicit ones.

#include <gtest/gtest.h>
#include <linux/dma-buf.h>
#include <poll.h>

#include "tests/lab/fence_client.h"
#include "tests/lab/fence_session.h"

namespace fenceline::lab {
namespace {

constexpr int long_enough = 30; // frames of another window
constexpr Size window_size{200, 150};

/// Gives a dma-buf a fence, as a driver does that renders into it (DMA_BUF_SYNC_WRITE) or reads it (DMA_BUF_SYNC_READ).
void add_fence(const Buffer& buffer, const UniqueFd& fence, std::uint32_t flags) {
  dma_buf_import_sync_file request{.flags = flags, .fd = fence.get()};
  if (::ioctl(buffer.fd(), DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &request) != 0)
    throw std::runtime_error("the dma-buf takes no fence");
}

/// Whether the kernel says that somebody still writes to it.
bool being_written(const Buffer& buffer) {
  pollfd state{.fd = buffer.fd(), .events = POLLIN, .revents = 0};
  return ::poll(&state, 1, 0) == 0;
}

class FenceImplicit : public testing::Test {
 protected:
  void SetUp() override {
    painter_ = std::make_unique<Painter>(session_.socket());
    ASSERT_TRUE(wait_until({&painter_->client()}, [this] { return painter_->frames() >= 2; }));
  }
  void start_client(bool fullscreen) {
    client_ = std::make_unique<Client>(session_.socket());
    window_ = &client_->window(fullscreen);
    for (Buffer** buffer : {&front_, &back_})
      *buffer = &client_->buffer(fullscreen ? screen_size : window_size);
    const Update& first = client_->commit(*window_, *front_);
    ASSERT_TRUE(wait_until(everybody(), [&] { return first.settled(); }));
    ASSERT_TRUE(first.presented_ns);
  }
  [[nodiscard]] std::vector<Client*> everybody() const { return {&painter_->client(), client_.get()}; }
  [[nodiscard]] bool others_go_on() const {
    const int enough = painter_->frames() + long_enough;
    return wait_until(everybody(), [&] { return painter_->frames() >= enough; });
  }

  Session session_;
  Screen screen_;
  std::unique_ptr<Painter> painter_;
  std::unique_ptr<Client> client_;
  Window* window_ = nullptr;
  Buffer *front_ = nullptr, *back_ = nullptr;
};

TEST_F(FenceImplicit, ABufferThatIsBeingWrittenHoldsUpItsOwnSurfaceAlone) {
  start_client(false);
  SwTimeline gpu;
  add_fence(*back_, gpu.fence(1), DMA_BUF_SYNC_WRITE);
  ASSERT_TRUE(being_written(*back_)) << "the kernel does not know of the fence: there is nothing to test";
  const Update& update = client_->commit(*window_, *back_);
  ASSERT_TRUE(others_go_on());
  EXPECT_FALSE(update.settled()) << "shown or thrown away before its fence has signalled";
  EXPECT_EQ(front_->releases, 0) << "the content before it came back though nothing has replaced it";
  const std::int64_t signalled = now_ns();
  gpu.advance(1);
  ASSERT_TRUE(wait_until(everybody(), [&] { return update.settled(); }));
  ASSERT_TRUE(update.presented_ns);
  EXPECT_GT(*update.presented_ns, signalled);
  EXPECT_TRUE(wait_until(everybody(), [this] { return front_->releases == 1; }));
  EXPECT_EQ(client_->error(), "");
}

// Handed to the display with its fence, the kernel would hold every later frame of the output up.
TEST_F(FenceImplicit, ABufferThatIsBeingWrittenIsKeptOffThePlane) {
  start_client(true);
  ASSERT_EQ(screen_.shown(), front_->inode());
  SwTimeline gpu;
  add_fence(*back_, gpu.fence(1), DMA_BUF_SYNC_WRITE);
  const Update& update = client_->commit(*window_, *back_);
  const std::uint64_t enough = screen_.blanks() + long_enough;
  bool early = false;
  ASSERT_TRUE(wait_until(everybody(), [&] {
    early = early || screen_.shown() != front_->inode();
    return early || screen_.blanks() >= enough;
  }));
  EXPECT_FALSE(early) << "the display was given a buffer that is being written";
  EXPECT_FALSE(update.settled());
  gpu.advance(1);
  ASSERT_TRUE(wait_until(everybody(), [&] { return update.settled(); }));
  EXPECT_TRUE(update.zero_copy());
  EXPECT_EQ(screen_.shown(), back_->inode());
}

TEST_F(FenceImplicit, ABufferThatIsOnlyReadIsShown) {
  start_client(false);
  SwTimeline gpu;
  add_fence(*back_, gpu.fence(1), DMA_BUF_SYNC_READ);
  const Update& update = client_->commit(*window_, *back_);
  EXPECT_TRUE(wait_until(everybody(), [&] { return update.presented_ns.has_value(); }))
      << "waits for somebody who only reads";
}

TEST_F(FenceImplicit, AWriteThatFailsHangsNobody) {
  start_client(false);
  {
    SwTimeline gpu;
    add_fence(*back_, gpu.fence(1), DMA_BUF_SYNC_WRITE);
    const Update& update = client_->commit(*window_, *back_);
    ASSERT_TRUE(others_go_on());
    EXPECT_FALSE(update.settled());
  } // The timeline ends with its fence unsignalled: it signals with an error.
  EXPECT_TRUE(wait_until(everybody(), [this] { return front_->releases == 1; })) << "the surface is stuck";
  const Update& next = client_->commit(*window_, *front_);
  ASSERT_TRUE(wait_until(everybody(), [&] { return next.settled(); }));
  EXPECT_TRUE(next.presented_ns);
  ASSERT_TRUE(others_go_on());
  EXPECT_EQ(client_->error(), "");
}

TEST_F(FenceImplicit, AWriteThatNeverEndsLeavesNothingWhenItsClientDies) {
  start_client(false);
  client_.reset();
  const auto settled = [this](std::size_t descriptors, std::size_t buffers) {
    return wait_until({&painter_->client()},
                      [&] { return session_.descriptors() == descriptors && live_dmabufs() == buffers; });
  };
  const int enough = painter_->frames() + long_enough;
  ASSERT_TRUE(wait_until({&painter_->client()}, [&] { return painter_->frames() >= enough; }));
  const std::size_t descriptors = session_.descriptors(), buffers = live_dmabufs();
  SwTimeline never;
  start_client(false);
  add_fence(*back_, never.fence(1), DMA_BUF_SYNC_WRITE);
  const Update& update = client_->commit(*window_, *back_);
  ASSERT_TRUE(others_go_on());
  EXPECT_FALSE(update.settled());
  client_.reset();
  EXPECT_TRUE(settled(descriptors, buffers)) << session_.descriptors() << " descriptors, there were " << descriptors
                                             << "; " << live_dmabufs() << " dma-bufs, there were " << buffers;
  EXPECT_EQ(session_.end(), 0);
}

} // namespace
} // namespace fenceline::lab
