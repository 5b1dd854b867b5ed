// A client whose explicit-sync acquire points come late or never, until its input ends.
//
//   late_client never|random SEED
//
// never: after a first content that is shown, a new one every blank whose point never signals: by turns one with a
// fence that nobody signals and one that does not exist. random: every blank, as long as a buffer is free, a content
// whose point signals up to four blanks later, by the kernel's software fences or from the CPU, each buffer's for
// itself. Once its input ends it lets what is on its way come to an end (random) and prints in one line what became of
// its updates; its exit status is 0 if all is as it should be.
#include <poll.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "tests/lab/fence_client.h"

namespace fenceline::lab {
namespace {

constexpr std::int64_t blank_ns = 16'666'667;
constexpr Size window_size{200, 150};

bool input_ended() {
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  return ::poll(&input, 1, 0) > 0;
}

/// A buffer and the points that it is waited for by and given back with: point n at its n-th use.
struct Slot {
  explicit Slot(Client& client)
      : buffer(client.buffer(window_size)), acquire(client.timeline()), release(client.timeline()) {}
  [[nodiscard]] bool free() const { return uses == 0 || release.signalled(uses); }

  Buffer& buffer;
  Timeline& acquire;
  Timeline& release;
  SwTimeline gpu;
  std::uint64_t uses = 0;
  std::uint32_t fences = 0; ///< Of `gpu`, which have a count of their own.
  std::int64_t due_ns = 0;  ///< When its point is to signal; 0: it has.
  bool by_gpu = false;
};

class LateClient {
 public:
  explicit LateClient(unsigned seed)
      : client_(std::getenv("WAYLAND_DISPLAY")), window_(client_.window()), random_(seed) {
    for (std::unique_ptr<Slot>& slot : slots_)
      slot = std::make_unique<Slot>(client_);
    Slot& first = *slots_[0];
    first.acquire.signal(++first.uses);
    commit(first);
    if (!wait_until({&client_}, [this] { return updates_.front()->settled(); }) || !updates_.front()->presented_ns)
      throw std::runtime_error("its first content is not shown");
  }

  bool never() {
    run([this] {
      Slot& slot = *slots_.at(1 + updates_.size() % (slots_.size() - 1));
      if (++slot.uses % 2 == 0)
        slot.acquire.import_fence(slot.uses, slot.gpu.fence(1));
      commit(slot);
    });
    tell();
    return shown() == 1 && !slots_[0]->release.signalled(1);
  }

  bool random() {
    run([this] {
      for (const std::unique_ptr<Slot>& slot : slots_)
        if (slot->due_ns == 0 && slot->free())
          return draw(*slot);
    });
    for (const std::unique_ptr<Slot>& slot : slots_)
      signal(*slot);
    const bool settled = wait_until({&client_}, [this] {
      return std::all_of(updates_.begin(), updates_.end(), [](const Update* update) { return update->settled(); });
    });
    tell();
    return settled && updates_.back()->presented_ns;
  }

 private:
  void commit(Slot& slot) {
    updates_.push_back(&client_.commit(window_, slot.buffer, {slot.acquire, slot.uses}, {slot.release, slot.uses}));
  }
  void draw(Slot& slot) {
    ++slot.uses;
    slot.due_ns = now_ns() + std::uniform_int_distribution<std::int64_t>(0, 4 * blank_ns)(random_);
    slot.by_gpu = random_() % 2 == 0;
    if (slot.by_gpu)
      slot.acquire.import_fence(slot.uses, slot.gpu.fence(++slot.fences));
    commit(slot);
  }
  static void signal(Slot& slot) {
    if (std::exchange(slot.due_ns, 0) == 0)
      return;
    if (slot.by_gpu)
      slot.gpu.advance(1);
    else
      slot.acquire.signal(slot.uses);
  }
  /// Calls `draw` once a blank, and signals what is due, until the input ends.
  void run(const std::function<void()>& draw) {
    std::int64_t next = now_ns();
    const auto turn = [&] {
      const std::int64_t now = now_ns();
      for (const std::unique_ptr<Slot>& slot : slots_)
        if (slot->due_ns != 0 && slot->due_ns <= now)
          signal(*slot);
      if (now >= next) {
        draw();
        next = now + blank_ns;
      }
      return !client_.alive() || input_ended();
    };
    if (!wait_until({&client_}, turn, std::chrono::minutes(5)) || !client_.alive())
      throw std::runtime_error("it did not come to its end: " + client_.error());
  }
  [[nodiscard]] std::ptrdiff_t shown() const {
    return std::count_if(updates_.begin(), updates_.end(), [](const Update* update) { return update->presented_ns; });
  }
  void tell() const { std::printf("{\"updates\": %zu, \"shown\": %td}\n", updates_.size(), shown()); }

  Client client_;
  Window& window_;
  std::mt19937 random_;
  std::array<std::unique_ptr<Slot>, 6> slots_;
  std::vector<const Update*> updates_;
};

} // namespace
} // namespace fenceline::lab

int main(int argc, char** argv) {
  const std::string kind = argc == 3 ? argv[1] : "";
  if (kind != "never" && kind != "random") {
    std::fprintf(stderr, "usage: late_client never|random SEED\n");
    return 2;
  }
  try {
    fenceline::lab::LateClient client(static_cast<unsigned>(std::stoul(argv[2])));
    return (kind == "never" ? client.never() : client.random()) ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "FAIL: %s\n", error.what());
    return 1;
  }
}
