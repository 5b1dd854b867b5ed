#include "benchmarks/clock_scenarios.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace fenceline::clock_bench {

namespace {

constexpr Nanoseconds us(std::int64_t count) {
  return std::chrono::microseconds(count);
}

/// 1920x1080 with reduced blanking: 31 of 1,111 lines. And the same at 144 Hz.
constexpr Mode sixty{us(16'667), us(465)};
constexpr Mode fast{us(6'944), us(194)};

/// Numbers that are the same with every standard library: its engines are specified, its distributions are not.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  /// From 0 to 1, without both.
  double share() { return (static_cast<double>(engine_() >> 11) + 0.5) / 9007199254740992.0; }
  Nanoseconds between(Nanoseconds least, Nanoseconds most) { return least + scaled(most - least, share()); }
  /// Most are small, and one in e times is over the mean.
  Nanoseconds waiting(Nanoseconds mean) { return scaled(mean, -std::log(share())); }
  /// About the mean, most within the spread.
  Nanoseconds about(Nanoseconds mean, Nanoseconds spread) {
    return std::max(Nanoseconds{}, mean + scaled(spread, share() + share() + share() - 1.5));
  }
  /// Pareto: half are under 1.6 times the least, one in a hundred over 21 times.
  Nanoseconds heavy(Nanoseconds least, Nanoseconds most) {
    return std::min(most, scaled(least, std::pow(share(), -1 / 1.5)));
  }
  bool one_in(unsigned count) { return share() * count < 1; }

 private:
  static Nanoseconds scaled(Nanoseconds time, double by) {
    return Nanoseconds(std::llround(static_cast<double>(time.count()) * by));
  }
  std::mt19937_64 engine_;
};

Cost cheap(Dice& dice) {
  return {.work = FrameWork::Scanout,
          .late = us(30) + dice.waiting(us(20)),
          .sent = us(150) + dice.waiting(us(30)),
          .needs = sixty.blanking};
}

Cost composed(Dice& dice) {
  return {.work = FrameWork::Composed,
          .late = us(30) + dice.waiting(us(20)),
          .sent = us(400) + dice.waiting(us(60)),
          .fence = dice.about(us(3000), us(400)),
          .needs = sixty.blanking};
}

class Maker {
 public:
  Maker(std::uint64_t seed, std::size_t pictures) : seed_(seed), pictures_(pictures) {}

  /// `picture` says what the n-th one costs. Each scenario has dice of its own: a new one changes no other.
  template <class Make>
  Scenario make(std::string name, std::string about, Make&& picture) {
    Scenario scenario{.name = std::move(name), .about = std::move(about), .mode = sixty, .pictures = {}};
    Dice dice(seed_ + 1000 * ++made_);
    for (std::size_t n = 0; n < pictures_; ++n) {
      Picture next{.commit = dice.between(us(500), us(6000)), .cost = {}, .mode = {}};
      picture(next, n, dice);
      scenario.pictures.push_back(next);
    }
    return scenario;
  }
  [[nodiscard]] std::size_t pictures() const { return pictures_; }

 private:
  std::uint64_t seed_, made_ = 0;
  std::size_t pictures_;
};

} // namespace

std::vector<Scenario> made_scenarios(std::uint64_t seed, std::size_t pictures) {
  Maker maker(seed, pictures);
  std::vector<Scenario> made;
  made.push_back(maker.make("steady", "scanned out, much the same each time",
                            [](Picture& p, std::size_t, Dice& dice) { p.cost = cheap(dice); }));
  made.push_back(maker.make("composed", "composed, 3 ms each",
                            [](Picture& p, std::size_t, Dice& dice) { p.cost = composed(dice); }));
  made.push_back(maker.make("bursts", "composed; 30 of 300 frames take three times as long",
                            [](Picture& p, std::size_t n, Dice& dice) {
                              p.cost = composed(dice);
                              if (n % 300 >= 270)
                                p.cost.fence *= 3;
                            }));
  made.push_back(
      maker.make("alternating", "60 frames scanned out, 60 composed",
                 [](Picture& p, std::size_t n, Dice& dice) { p.cost = n % 120 < 60 ? cheap(dice) : composed(dice); }));
  made.push_back(maker.make("heavy tail", "scanned out; the timer is late by 0.3 ms to 8 ms for one frame in 20",
                            [](Picture& p, std::size_t, Dice& dice) {
                              p.cost = cheap(dice);
                              if (dice.one_in(20))
                                p.cost.late += dice.heavy(us(300), us(8000));
                            }));
  made.push_back(maker.make("period drift", "the display's crystal is off by 80 millionths; 30 s idle before 1 of 20",
                            [](Picture& p, std::size_t n, Dice& dice) {
                              p.cost = cheap(dice);
                              if (n % 20 == 19)
                                p.commit = std::chrono::seconds(30) + dice.between(us(0), sixty.refresh);
                            }));
  made.back().clock_off = -80e-6;
  made.push_back(maker.make("stall", "scanned out; the process stands still for 40 ms once in 600 frames",
                            [](Picture& p, std::size_t n, Dice& dice) {
                              p.cost = cheap(dice);
                              if (n % 600 == 599)
                                p.cost.late += std::chrono::milliseconds(40);
                            }));
  const std::size_t middle = maker.pictures() / 2;
  made.push_back(maker.make("mode change", "composed in 2 ms; from 60 to 144 Hz in the middle",
                            [middle](Picture& p, std::size_t n, Dice& dice) {
                              p.commit = dice.between(us(300), us(2000));
                              p.cost = composed(dice);
                              p.cost.fence = p.cost.fence * 2 / 3;
                              if (n >= middle)
                                p.cost.needs = fast.blanking;
                              if (n == middle)
                                p.mode = fast;
                            }));
  made.push_back(maker.make("client phase",
                            "a client of 59.7 Hz that does not wait for the flip: its commits drift "
                            "through the frame; scanned out",
                            [](Picture& p, std::size_t, Dice& dice) {
                              p.commit = us(16'750) + dice.about(us(0), us(100)) - us(25);
                              p.cost = cheap(dice);
                            }));
  made.back().own_time = true;
  made.push_back(maker.make("slow display", "scanned out; the display wants the commit 1.2 ms before the blank",
                            [](Picture& p, std::size_t, Dice& dice) {
                              p.cost = cheap(dice);
                              p.cost.needs = us(1200);
                            }));
  return made;
}

Scenario recorded_scenario(std::string name, const test::ClockRecording& recording, Nanoseconds display_needs) {
  Scenario scenario{.name = std::move(name),
                    .about = "the costs of a session's frames",
                    .mode = {.refresh = recording.refresh, .blanking = display_needs},
                    .pictures = {}};
  for (const auto& [times, flip, lead] : recording.frames) {
    if (times.first_try)
      continue; // What it cost was spread over two frames.
    Picture picture{.commit = recording.refresh / 8, .cost = {}, .mode = {}};
    Cost& cost = picture.cost;
    cost.work = times.work;
    cost.late = std::max(Nanoseconds{}, times.woken - times.planned);
    cost.sent = times.submitted - times.woken;
    if (times.fence)
      cost.fence = std::max(Nanoseconds{}, *times.fence - times.woken);
    cost.needs = display_needs;
    const auto miss = find_miss(times, flip, recording.refresh);
    if (miss && miss->cause == MissCause::KernelLate)
      cost.needs = std::max(display_needs,
                            *times.blank - std::max(times.submitted, times.fence.value_or(times.submitted)) + us(1));
    scenario.pictures.push_back(picture);
  }
  return scenario;
}

} // namespace fenceline::clock_bench
