#include "benchmarks/clock_rules.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numeric>

#include "compositor/output/blank_period.h"
#include "compositor/output/latch_model.h"

namespace fenceline::clock_bench {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// When all of a frame was done: sent, and its fence signalled.
TimePoint done(const FrameTimes& times) {
  return std::max(times.submitted, times.fence.value_or(times.submitted));
}

/// The session's own classes, as OutputLoop puts them together.
class FencelineRule final : public Rule {
 public:
  std::string_view name() const override { return "fenceline"; }
  LatchTime next_latch(TimePoint now, TimePoint last_flip) const override {
    return clock_.next_latch(now, last_flip, period_.period(mode_.refresh), last_flip,
                             model_.lead() + period_.uncertainty(now));
  }
  void shown(const FrameTimes& times, TimePoint flip) override {
    period_.flipped(flip, mode_.refresh);
    model_.shown(times, flip, mode_.refresh);
  }
  void set_mode(const Mode& mode) override {
    mode_ = mode;
    model_.forget();
    period_.forget();
  }

 private:
  LeadClock clock_;
  LatchModel model_;
  BlankPeriod period_;
  Mode mode_;
};

/// What the peers have in common: a lead of a frame at the most, and blanks that are the mode's own time apart.
class PeerRule : public Rule {
 public:
  LatchTime next_latch(TimePoint now, TimePoint last_flip) const final {
    const Nanoseconds lead = std::clamp(this->lead(), Nanoseconds{}, mode_.refresh);
    const Nanoseconds wait = now + lead - last_flip;
    const std::int64_t blanks = std::max<std::int64_t>(1, (wait + mode_.refresh - Nanoseconds(1)) / mode_.refresh);
    const TimePoint blank = last_flip + mode_.refresh * blanks;
    return {.latch = blank - lead, .blank = blank, .phase_known = true};
  }
  void set_mode(const Mode& mode) override { mode_ = mode; }

 protected:
  [[nodiscard]] virtual Nanoseconds lead() const = 0;
  Mode mode_;
};

/// Always the same. Weston's default is 7 ms: `repaint-window` of weston.ini(5), DEFAULT_REPAINT_WINDOW in
/// libweston/compositor.c.
class ConstantRule final : public PeerRule {
 public:
  ConstantRule(std::string name, Nanoseconds lead) : name_(std::move(name)), lead_(lead) {}
  std::string_view name() const override { return name_; }
  void shown(const FrameTimes&, TimePoint) override {}

 private:
  Nanoseconds lead() const override { return lead_; }
  std::string name_;
  Nanoseconds lead_;
};

/// Mutter, clutter/clutter/clutter-frame-clock.c (with triple buffering: 48 and later) and
/// src/backends/native/meta-kms-impl-device.c:
///
///     lead = greatest update + blanking + 1 ms
///     an update = the wake's lateness + until the buffer was swapped
///               + until the GPU was done or the commit was sent, the later of the two + 0.8 ms
///
/// The greatest is kept twice: that of the running second, and a lasting one. After each second the lasting one takes
/// the greatest of that second when that is more, and else comes down half of the way to it; the larger of both counts.
///
/// Left out: a lead of up to two frames, which triple buffering allows. Before anything was measured Mutter begins
/// right after the blank.
class MutterRule final : public PeerRule {
 public:
  std::string_view name() const override { return "mutter"; }
  void shown(const FrameTimes& times, TimePoint flip) override {
    measured_ = true;
    recent_ = std::clamp(done(times) - times.planned + evasion, recent_, std::max(recent_, 2 * mode_.refresh));
    if (flip - since_ < std::chrono::seconds(1))
      return;
    lasting_ = lasting_ > recent_ ? lasting_ - (lasting_ - recent_) / 2 : recent_;
    recent_ = {};
    since_ = flip;
  }

 private:
  static constexpr Nanoseconds evasion = microseconds(800), constant = milliseconds(1);
  Nanoseconds lead() const override {
    return measured_ ? std::max(recent_, lasting_) + mode_.blanking + constant : mode_.refresh;
  }
  Nanoseconds recent_{}, lasting_{};
  TimePoint since_;
  bool measured_ = false;
};

/// KWin, src/core/renderjournal.cpp and renderloop.cpp (commit 060db4cc7c30), src/backends/drm/drm_commit_thread.cpp:
///
///     lead = mean + 3 standard deviations of the last 100 rendering times + safety + 1 ms
///     safety = blanking + 1.5 ms + what is learned
///
/// A thread of its own sends the commit `safety` before the blank, or when the rendering is done. Where that was later
/// than blanking + 1.5 ms before the blank, what was lacking is added to what is learned; where it was earlier, a tenth
/// of the difference is taken off. It stays between 0 and 3 ms, or half a frame.
///
/// Left out: the wait is cut to whole milliseconds, which makes the lead up to 1 ms longer; a lead of up to two frames.
class KwinRule final : public PeerRule {
 public:
  std::string_view name() const override { return "kwin"; }
  void shown(const FrameTimes& times, TimePoint) override {
    renderings_.push_back(done(times) - times.woken);
    if (renderings_.size() > 100)
      renderings_.pop_front();
    const auto count = static_cast<double>(renderings_.size());
    const auto sum = [this](auto&& value) {
      return std::accumulate(renderings_.begin(), renderings_.end(), 0.0, [&](double all, Nanoseconds one) {
        return all + value(static_cast<double>(one.count()));
      });
    };
    const double mean = sum([](double one) { return one; }) / count;
    const double squares = sum([mean](double one) { return (one - mean) * (one - mean); });
    rendering_ = Nanoseconds(std::llround(mean + 3 * std::sqrt(squares / std::max(count - 1, 1.0))));

    const TimePoint sent = std::max(done(times), *times.blank - safety());
    const Nanoseconds spare = *times.blank - base() - sent;
    learned_ -= spare < Nanoseconds{} ? spare : spare / 10;
    learned_ = std::clamp(learned_, Nanoseconds{}, std::min<Nanoseconds>(milliseconds(3), mode_.refresh / 2));
  }

 private:
  [[nodiscard]] Nanoseconds base() const { return mode_.blanking + microseconds(1500); }
  [[nodiscard]] Nanoseconds safety() const { return base() + learned_; }
  Nanoseconds lead() const override { return rendering_ + safety() + milliseconds(1); }
  std::deque<Nanoseconds> renderings_;
  Nanoseconds rendering_{}, learned_ = milliseconds(1);
};

/// gamescope, src/vblankmanager.cpp and .hpp (commit 1bd4def79eda), at a fixed refresh:
///
///     lead = rolling time + 1.65 ms (the red zone)
///
/// The time of a frame is from the planned wake until all was done, of a composed one 2.4 ms at least. One that is more
/// than half of the red zone over the rolling time becomes it at once; else the rolling time moves by 2 % towards it.
/// It begins with 3 ms.
class GamescopeRule final : public PeerRule {
 public:
  std::string_view name() const override { return "gamescope"; }
  void shown(const FrameTimes& times, TimePoint) override {
    Nanoseconds drawn = done(times) - times.planned;
    if (times.work != FrameWork::Scanout)
      drawn = std::max<Nanoseconds>(drawn, microseconds(2400));
    rolling_ = drawn - red_zone / 2 > rolling_ ? drawn : (rolling_ * 980 + drawn * 20) / 1000;
    rolling_ = std::min(rolling_, mode_.refresh - red_zone);
  }

 private:
  static constexpr Nanoseconds red_zone = microseconds(1650);
  Nanoseconds lead() const override { return rolling_ + red_zone; }
  Nanoseconds rolling_ = milliseconds(3);
};

} // namespace

std::vector<std::unique_ptr<Rule>> all_rules() {
  std::vector<std::unique_ptr<Rule>> rules;
  rules.push_back(std::make_unique<FencelineRule>());
  rules.push_back(std::make_unique<ConstantRule>("1 ms", milliseconds(1)));
  rules.push_back(std::make_unique<ConstantRule>("4 ms", milliseconds(4)));
  rules.push_back(std::make_unique<ConstantRule>("weston (7 ms)", milliseconds(7)));
  rules.push_back(std::make_unique<MutterRule>());
  rules.push_back(std::make_unique<KwinRule>());
  rules.push_back(std::make_unique<GamescopeRule>());
  return rules;
}

} // namespace fenceline::clock_bench
