#pragma once
#include <termios.h>

#include <chrono>
#include <memory>
#include <vector>

#include "compositor/base/fd.h"
#include "compositor/base/result.h"
#include "tools/top/picture.h"

namespace fenceline::top {

/// The terminal on standard output, for a picture that is drawn again and again. It is as it was when this goes: also
/// after SIGINT, SIGTERM and SIGHUP, which are events here.
class Terminal {
 public:
  enum class Event {
    Time,    ///< The time is over.
    Resized, ///< The picture has to be drawn anew.
    End,     ///< q, Control-C or Control-D, a signal, or the terminal is gone.
  };

  [[nodiscard]] static Result<std::unique_ptr<Terminal>> open();
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// As much of it as there is room for.
  [[nodiscard]] Result<void> draw(const std::vector<Line>& lines) const;
  [[nodiscard]] Event wait(std::chrono::steady_clock::time_point until) const;

 private:
  Terminal(UniqueFd signals, bool keys, const termios& before)
      : signals_(std::move(signals)), keys_(keys), before_(before) {}
  [[nodiscard]] bool key_ends() const;

  UniqueFd signals_;
  bool keys_; ///< Standard input is a terminal, too.
  termios before_;
};

} // namespace fenceline::top
