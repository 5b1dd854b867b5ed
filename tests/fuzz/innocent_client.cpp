#include "tests/fuzz/innocent_client.h"

#include "tests/fuzz/scout.h"

#include <fmt/format.h>

#include <algorithm>

namespace fenceline::fuzz {

namespace {

constexpr auto kPause = std::chrono::milliseconds(5);
// Ids of destroyed callbacks are free again after each answer: two in turn are enough.
constexpr std::uint32_t kCallbacks[] = {2, 3};

} // namespace

InnocentClient::InnocentClient(std::string socket_path, Nanoseconds limit)
    : socket_path_(std::move(socket_path)), limit_(limit), thread_([this] { live(); }) {}

InnocentClient::~InnocentClient() {
  stop();
}

void InnocentClient::stop() {
  stopping_ = true;
  if (thread_.joinable())
    thread_.join();
}

void InnocentClient::complain(std::string text) {
  const std::scoped_lock lock(mutex_);
  complaint_ = std::move(text);
}

std::optional<std::string> InnocentClient::complaint() const {
  const std::scoped_lock lock(mutex_);
  return complaint_;
}

void InnocentClient::live() {
  DescriptorShop shop({});
  const MonotonicClock clock;
  auto socket = connect_to(socket_path_);
  if (!socket) {
    complain(socket.error().text());
    return;
  }
  Link link(std::move(*socket), shop);
  std::uint64_t count = 0;
  while (!stopping_) {
    const auto begin = clock.now();
    const auto answered = roundtrip(link, kCallbacks[count++ % 2], limit_);
    const auto took = clock.now() - begin;
    if (!answered) {
      complain(fmt::format("after {:.1f} ms: {}", static_cast<double>(took.count()) / 1e6, answered.error().text()));
      return;
    }
    {
      const std::scoped_lock lock(mutex_);
      times_.push_back(took);
    }
    std::this_thread::sleep_for(kPause);
  }
}

InnocentClient::Report InnocentClient::report() const {
  std::vector<Nanoseconds> sorted;
  {
    const std::scoped_lock lock(mutex_);
    sorted = times_;
  }
  std::ranges::sort(sorted);
  Report report;
  report.roundtrips = sorted.size();
  if (!sorted.empty()) {
    report.p50 = sorted[sorted.size() / 2];
    report.p99 = sorted[sorted.size() * 99 / 100];
    report.longest = sorted.back();
  }
  return report;
}

} // namespace fenceline::fuzz
