#include "compositor/wl/thunk.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wayland-server-protocol.h>

#include <array>
#include <string>

#include "compositor/base/epoll_loop.h"
#include "compositor/wl/display.h"

namespace fenceline {
namespace {

/// What a request has called.
struct Calls {
  std::string text;
  int fd = -1;
  std::int32_t size = 0;
  int deleted = 0;
};

class Pool final : public wl::Resource<Pool> {
 public:
  Pool(wl_client* client, std::uint32_t version, wl::NewId id, Calls& calls)
      : Resource(client, version, id), calls_(calls) {}
  ~Pool() override { ++calls_.deleted; }
  static const wl_interface& interface() { return wl_shm_interface; }
  static const void* implementation() { return &requests; }

  void create_pool(wl::NewId, UniqueFd fd, std::int32_t size) {
    calls_.fd = fd.get();
    calls_.size = size;
    if (size < 0)
      throw std::bad_alloc();
  }
  void release() { destroy_resource(); }
  static const struct wl_shm_interface requests;

 private:
  Calls& calls_;
};
const struct wl_shm_interface Pool::requests = {
    .create_pool = wl::thunk<&Pool::create_pool>,
    .release = wl::destructor<&Pool::release>,
};

class Title final : public wl::Resource<Title> {
 public:
  Title(wl_client* client, std::uint32_t version, wl::NewId id, Calls& calls)
      : Resource(client, version, id), calls_(calls) {}
  static const wl_interface& interface() { return wl_region_interface; }
  static const void* implementation() { return nullptr; }
  void set_title(std::string_view title) { calls_.text = title; }
  void refer(Pool* pool, const char* mime, double x) {
    calls_.text = std::string(pool ? "pool" : "none") + (mime ? mime : "-") + std::to_string(x);
  }

 private:
  Calls& calls_;
};

class ThunkTest : public testing::Test {
 protected:
  void SetUp() override {
    loop_ = std::move(*EpollLoop::create());
    display_ = std::move(*wl::Display::create(*loop_));
    std::array<int, 2> pair{};
    ASSERT_EQ(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair.data()));
    peer_ = UniqueFd(pair[0]);
    auto client = display_->add_client(UniqueFd(pair[1]));
    ASSERT_TRUE(client);
    client_ = *client;
  }
  static bool open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }
  /// The code of the error event that the client has been sent; -1 when there is none.
  int sent_error() {
    display_->flush();
    std::array<std::uint32_t, 64> words{};
    const ssize_t got = ::read(peer_.get(), words.data(), sizeof words);
    if (got < 16 || words[0] != 1 || (words[1] & 0xFFFFU) != WL_DISPLAY_ERROR)
      return -1;
    return static_cast<int>(words[3]);
  }

  std::unique_ptr<EpollLoop> loop_;
  std::unique_ptr<wl::Display> display_;
  UniqueFd peer_;
  wl_client* client_ = nullptr;
  Calls calls_;
};

TEST_F(ThunkTest, CallsTheMemberWithTheArguments) {
  auto* pool = new Pool(client_, 2, wl::NewId{2}, calls_);
  const int fd = ::dup(peer_.get());
  Pool::requests.create_pool(client_, pool->resource(), 3, fd, 4096);
  EXPECT_EQ(fd, calls_.fd);
  EXPECT_EQ(4096, calls_.size);
  EXPECT_FALSE(open(fd)) << "the method's parameter owned it";
}

TEST_F(ThunkTest, AnInertObjectDoesNothingButClosesTheDescriptor) {
  auto* pool = new Pool(client_, 2, wl::NewId{2}, calls_);
  wl_resource* resource = pool->resource();
  pool->make_inert();
  EXPECT_EQ(1, calls_.deleted);
  EXPECT_EQ(nullptr, Pool::from(resource));
  const int fd = ::dup(peer_.get());
  Pool::requests.create_pool(client_, resource, 3, fd, 4096);
  EXPECT_EQ(-1, calls_.fd);
  EXPECT_FALSE(open(fd));
}

TEST_F(ThunkTest, DestructorRequestsDestroyInertObjectsToo) {
  auto* pool = new Pool(client_, 2, wl::NewId{2}, calls_);
  Pool::requests.release(client_, pool->resource());
  EXPECT_EQ(1, calls_.deleted);
  EXPECT_EQ(nullptr, wl_client_get_object(client_, 2));

  auto* second = new Pool(client_, 2, wl::NewId{3}, calls_);
  wl_resource* resource = second->resource();
  second->make_inert();
  Pool::requests.release(client_, resource);
  EXPECT_EQ(2, calls_.deleted) << "not deleted twice";
  EXPECT_EQ(nullptr, wl_client_get_object(client_, 3));
}

TEST_F(ThunkTest, OutOfMemoryEndsTheClientWithNoMemory) {
  auto* pool = new Pool(client_, 2, wl::NewId{2}, calls_);
  const int fd = ::dup(peer_.get());
  Pool::requests.create_pool(client_, pool->resource(), 3, fd, -1);
  EXPECT_FALSE(open(fd));
  EXPECT_EQ(WL_DISPLAY_ERROR_NO_MEMORY, sent_error());
}

TEST_F(ThunkTest, StringsObjectsAndFixedNumbers) {
  auto* title = new Title(client_, 1, wl::NewId{2}, calls_);
  wl::thunk<&Title::set_title>(client_, title->resource(), "a title");
  EXPECT_EQ("a title", calls_.text);
  wl::thunk<&Title::set_title>(client_, title->resource(), nullptr);
  EXPECT_EQ("", calls_.text);

  auto* pool = new Pool(client_, 1, wl::NewId{3}, calls_);
  wl::thunk<&Title::refer>(client_, title->resource(), pool->resource(), "text/plain", wl_fixed_from_double(1.5));
  EXPECT_EQ("pooltext/plain1.500000", calls_.text);
  wl_resource* inert = pool->resource();
  pool->make_inert();
  wl::thunk<&Title::refer>(client_, title->resource(), inert, nullptr, 0);
  EXPECT_EQ("none-0.000000", calls_.text);
}

TEST_F(ThunkTest, ObjectsDieWithTheirClient) {
  new Pool(client_, 2, wl::NewId{2}, calls_);
  new Pool(client_, 2, wl::NewId{3}, calls_);
  wl_client_destroy(client_);
  EXPECT_EQ(2, calls_.deleted);
}

TEST_F(ThunkTest, ErrorsCarryTheirTextAndCode) {
  auto* pool = new Pool(client_, 2, wl::NewId{2}, calls_);
  pool->post_error(WL_SHM_ERROR_INVALID_FD, "descriptor {} 100%s", 7);
  EXPECT_EQ(WL_SHM_ERROR_INVALID_FD, sent_error());
}

} // namespace
} // namespace fenceline
