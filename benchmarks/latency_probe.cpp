// latency_probe: a client that commits at every phase of the blank, one commit at a time, and tells when each was
// shown.

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <drm_fourcc.h>
#include <memory>
#include <random>
#include <string>
#include <sys/mman.h>
#include <vector>

#include "demos/client/connection.h"
#include "demos/client/event_loop.h"
#include "demos/client/failure.h"
#include "demos/client/linear_memory.h"
#include "demos/client/options.h"
#include "demos/client/presentation.h"
#include "demos/client/shm_buffer.h"
#include "demos/client/window.h"

namespace {

using namespace fenceline::demos;

constexpr std::int64_t ms = 1'000'000;
constexpr int settling = 90; // frames until what is made once is made, and windows are where they belong
constexpr std::int64_t close_by =
    4 * ms; // of the blank: half of the commits come within it, where the window is looked for
constexpr std::int64_t awake = 1500'000; // ns before a commit from which nothing but the clock is waited for
constexpr int close_share = 2;           // one commit in so many

/// A picture of one colour that a CPU has drawn.
class Picture {
 public:
  Picture() = default;
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;
  virtual ~Picture() = default;
  [[nodiscard]] virtual wl_buffer* buffer() const = 0;
  virtual void fill(std::uint32_t colour) = 0;
  [[nodiscard]] virtual bool busy() const = 0;
  virtual void set_busy() = 0;
};

class ShmPicture final : public Picture {
 public:
  ShmPicture(wl_shm* shm, Size size) : memory_(shm, size, WL_SHM_FORMAT_XRGB8888) {}
  [[nodiscard]] wl_buffer* buffer() const override { return memory_.buffer(); }
  void fill(std::uint32_t colour) override {
    for (int y = 0; y < memory_.size().height; ++y)
      std::fill_n(memory_.row(y), memory_.size().width, colour);
  }
  [[nodiscard]] bool busy() const override { return memory_.busy(); }
  void set_busy() override { memory_.set_busy(); }

 private:
  ShmBuffer memory_;
};

/// A dma-buf without fences: what a client with implicit sync has whose rendering is done.
class DmabufPicture final : public Picture {
 public:
  DmabufPicture(zwp_linux_dmabuf_v1* dmabuf, Size size) {
    const auto width = static_cast<std::size_t>(size.width), height = static_cast<std::size_t>(size.height);
    const std::size_t stride = (width * 4 + 255) / 256 * 256;
    bytes_ = stride * height;
    LinearMemory memory = allocate_linear(bytes_);
    if (!memory.dmabuf.valid())
      fail_errno("no dma-buf can be made: /dev/udmabuf", memory.without_udmabuf);
    void* mapped = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, memory.dmabuf.get(), 0);
    if (mapped == MAP_FAILED)
      fail_errno("mmap of a dma-buf", errno);
    pixels_ = static_cast<std::uint32_t*>(mapped);
    const Proxy<zwp_linux_buffer_params_v1> params(zwp_linux_dmabuf_v1_create_params(dmabuf));
    zwp_linux_buffer_params_v1_add(params.get(), memory.dmabuf.get(), 0, 0, static_cast<std::uint32_t>(stride),
                                   static_cast<std::uint32_t>(DRM_FORMAT_MOD_LINEAR >> 32U),
                                   static_cast<std::uint32_t>(DRM_FORMAT_MOD_LINEAR & 0xffffffffU));
    buffer_.reset(
        zwp_linux_buffer_params_v1_create_immed(params.get(), size.width, size.height, DRM_FORMAT_XRGB8888, 0));
    static constexpr wl_buffer_listener listener = {
        .release = [](void* self, wl_buffer*) { static_cast<DmabufPicture*>(self)->busy_ = false; },
    };
    wl_buffer_add_listener(buffer_.get(), &listener, this);
  }
  ~DmabufPicture() override { munmap(pixels_, bytes_); }
  [[nodiscard]] wl_buffer* buffer() const override { return buffer_.get(); }
  void fill(std::uint32_t colour) override { std::fill_n(pixels_, bytes_ / 4, colour); }
  [[nodiscard]] bool busy() const override { return busy_; }
  void set_busy() override { busy_ = true; }

 private:
  std::size_t bytes_ = 0;
  std::uint32_t* pixels_ = nullptr;
  Proxy<wl_buffer> buffer_;
  bool busy_ = false;
};

struct Choice {
  BasicOptions basic;
  bool shm = false;
  int commits = 240;
  unsigned seed = 1;
  int gap = 2; // whole blanks without a commit before each
};

/// One commit and what became of it. Times in ns on the presentation clock.
struct Trial {
  std::int64_t sent = 0;
  std::int64_t presented = 0; // 0: discarded
  bool close = false;
  bool zero_copy = false;
};

class Probe {
 public:
  explicit Probe(const Choice& choice)
      : choice_(choice), connection_(choice.basic.socket),
        window_(connection_,
                {"Fenceline: latency probe", "fenceline.probe", choice.basic.size, choice.basic.fullscreen, true, 0}),
        presentation_(connection_, statistics_, choice.basic.verbose), loop_(connection_), random_(choice.seed) {
    if (!presentation_.available())
      throw Failure("the compositor has no wp_presentation: there is nobody to tell when a frame was shown");
    if (!choice.shm && connection_.dmabuf() == nullptr)
      throw Failure("the compositor takes no dma-bufs (linux-dmabuf version 4): use --shm");
  }

  void run() {
    wait([this] { return window_.configured(); });
    for (int i = 0; i < settling; ++i)
      show(0);
    const std::int64_t refresh = statistics_.frames().back().refresh;
    if (refresh <= 0)
      throw Failure("the compositor does not say how long a blank period is");
    plan(refresh);
    for (auto& [trial, phase] : plan_) {
      if (window_.closed())
        throw Failure("the window was closed");
      const std::int64_t last =
          statistics_.frames().empty() ? presentation_.now() : statistics_.frames().back().presented;
      trial.sent = show(last + choice_.gap * refresh + phase);
      if (shown_) {
        trial.presented = statistics_.frames().back().presented;
        trial.zero_copy = statistics_.frames().back().zero_copy;
      }
    }
    report(refresh);
  }

 private:
  struct Planned {
    Trial trial;
    std::int64_t phase; // ns after a blank
  };

  /// Each part of the period as often as any other, in an order of chance; half of the commits in its last part.
  void plan(std::int64_t refresh) {
    for (int i = 0; i < choice_.commits; ++i) {
      const bool close = i % close_share == 0;
      const std::int64_t from = close ? refresh - close_by : 0, span = refresh - from;
      const int step = i / close_share, steps = (choice_.commits + close_share - 1) / close_share;
      plan_.push_back({{.close = close}, from + span * (2 * step + 1) / (2 * steps)});
    }
    std::shuffle(plan_.begin(), plan_.end(), random_);
  }

  template <class Condition>
  void wait(Condition done) {
    while (!done())
      loop_.run_once(EventLoop::Time::clock::now() + std::chrono::seconds(10));
  }

  Picture& free_picture() {
    if (window_.take_resized()) {
      pictures_.clear();
      for (int i = 0; i < choice_.basic.buffers; ++i) {
        if (choice_.shm)
          pictures_.push_back(std::make_unique<ShmPicture>(connection_.shm(), window_.buffer_size()));
        else
          pictures_.push_back(std::make_unique<DmabufPicture>(connection_.dmabuf(), window_.buffer_size()));
      }
    }
    const auto is_free = [](const auto& picture) { return !picture->busy(); };
    wait([&] { return std::any_of(pictures_.begin(), pictures_.end(), is_free); });
    return **std::find_if(pictures_.begin(), pictures_.end(), is_free);
  }

  /// Commits a new picture at `when` and waits until it has been shown or discarded. When it was sent.
  std::int64_t show(std::int64_t when) {
    Picture& picture = free_picture();
    picture.fill(frame_ % 2 == 0 ? 0xff3060a0 : 0xffa06030);
    const std::int64_t left = when - awake - presentation_.now();
    const EventLoop::Time early = EventLoop::Time::clock::now() + std::chrono::nanoseconds(left);
    while (EventLoop::Time::clock::now() < early)
      loop_.run_once(early);
    sleep_until(when);
    picture.set_busy();
    wl_surface* surface = window_.surface();
    const auto [width, height] = window_.buffer_size();
    wl_surface_attach(surface, picture.buffer(), 0, 0);
    wl_surface_damage_buffer(surface, 0, 0, width, height);
    presentation_.track(surface, frame_++);
    wl_surface_commit(surface);
    statistics_.committed();
    const std::size_t before = statistics_.presented_count();
    const std::int64_t sent = presentation_.now();
    if (wl_display_flush(connection_.display()) < 0)
      fail_errno("the connection to the compositor is lost", errno);
    wait([this] { return presentation_.in_flight() == 0; });
    shown_ = statistics_.presented_count() > before;
    return sent;
  }

  void sleep_until(std::int64_t when) const {
    const std::int64_t left = when - presentation_.now();
    if (left <= 0)
      return;
    const timespec pause{left / 1'000'000'000, left % 1'000'000'000};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, nullptr);
  }

  void report(std::int64_t refresh) const {
    std::printf(R"({"width": %d, "height": %d, "transport": "%s", "refresh_ns": %lld, "commits": [)",
                window_.size().width, window_.size().height, choice_.shm ? "shm" : "dmabuf",
                static_cast<long long>(refresh));
    const char* separator = "";
    for (const auto& [trial, phase] : plan_) {
      std::printf("%s[%lld, %lld, %d, %d]", separator, static_cast<long long>(trial.sent),
                  static_cast<long long>(trial.presented), trial.close ? 1 : 0, trial.zero_copy ? 1 : 0);
      separator = ", ";
    }
    std::printf("]}\n");
  }

  Choice choice_;
  Connection connection_;
  Statistics statistics_;
  Window window_;
  PresentationTracker presentation_;
  EventLoop loop_;
  std::mt19937 random_;
  std::vector<std::unique_ptr<Picture>> pictures_;
  std::vector<Planned> plan_;
  std::uint32_t frame_ = 0;
  bool shown_ = false; // the last one
};

} // namespace

int main(int argc, char** argv) {
  Choice choice;
  choice.basic.size = {480, 360};
  choice.basic.buffers = 3;
  CLI::App app(
      "Commits one picture at a time, at every phase of the blank, and tells when each was shown: JSON with, for each\n"
      "commit, when it was sent and shown (ns, the compositor's presentation clock; 0: never), whether it was one of\n"
      "those close before the blank, and whether it was shown without a copy. benchmarks/compare --latency reads it.",
      "latency_probe");
  app.add_option("--display", choice.basic.socket, "the compositor's socket (WAYLAND_DISPLAY)");
  app.add_option_function<std::string>(
      "--size",
      [&](const std::string& text) {
        const auto size = parse_size(text);
        if (!size)
          throw CLI::ValidationError("--size takes WxH, each 32 to 16384, not " + text);
        choice.basic.size = *size;
      },
      "of the window, WxH (480x360)");
  app.add_flag("--fullscreen", choice.basic.fullscreen, "ask for the whole display");
  app.add_flag("--shm", choice.shm, "wl_shm in place of dma-bufs");
  app.add_flag("--verbose", choice.basic.verbose, "a line for each frame, on stderr");
  app.add_option("--commits", choice.commits, "how many (240)")->check(CLI::Range(2, 100000));
  app.add_option("--gap", choice.gap, "whole blank periods without a commit before each (2)")->check(CLI::Range(1, 60));
  app.add_option("--seed", choice.seed, "of the order in which the phases come (1)");
  return run_demo(app, argc, argv, [&] {
    // Nobody waits for a signal here: one ends it.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_UNBLOCK, &all, nullptr);
    Probe(choice).run();
  });
}
