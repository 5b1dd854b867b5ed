#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "compositor/base/clock.h"
#include "compositor/base/log.h"
#include "compositor/frame/frame_event.h"
#include "compositor/trace/tracer.h"

namespace fenceline::test {

/// A clock that stands still until it is moved.
class HandClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return now_; }
  void set(TimePoint t) { now_ = t; }
  void pass(Nanoseconds d) { now_ = now_ + d; }

 private:
  TimePoint now_{1'000'000'000};
};

/// A folder of its own that goes with the test.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "fenceline-trace-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline std::string read_whole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_whole(const std::string& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline constexpr Nanoseconds ms(double milliseconds) {
  return Nanoseconds(static_cast<std::int64_t>(milliseconds * 1e6));
}

/// A tracer in virtual time that is drained by hand.
class TraceTest : public ::testing::Test {
 protected:
  std::unique_ptr<Tracer> tracer(TracerOptions options) {
    options.period = Nanoseconds::zero();
    auto made = Tracer::create(std::move(options), log_, clock_, Ticks(clock_));
    EXPECT_TRUE(made) << (made ? "" : made.error().text());
    return made ? std::move(*made) : nullptr;
  }
  std::unique_ptr<Tracer> tracer_to(const std::string& file) {
    TracerOptions options;
    options.file = file;
    return tracer(std::move(options));
  }

  Scratch scratch_;
  HandClock clock_;
  Log log_{LogLevel::Off};
};

} // namespace fenceline::test
