#pragma once
#include <deque>
#include <string>
#include <string_view>

#include "compositor/base/clock.h"
#include "compositor/base/geometry.h"
#include "compositor/shell/desktop.h"
#include "compositor/wl/display.h"

namespace fenceline {

/// xdg_activation_v1 1: a client that the user works with hands a token to another one, which may then come to the
/// front with it. Only tokens that were asked for with the serial of what the user has just done there count; others
/// are given out, too, and do nothing.
class XdgActivationGlobal {
 public:
  /// How long a token may be used for, once.
  static constexpr Nanoseconds life = std::chrono::seconds(30);
  /// The oldest one goes when there are more.
  static constexpr std::size_t max_tokens = 256;
  static constexpr std::size_t max_per_client = 16;

  XdgActivationGlobal(wl::Display& display, Desktop& desktop, const Clock& clock);

  /// A new token's name. `counts`: it can bring a window to the front.
  [[nodiscard]] std::string issue(wl_client* client, bool counts);
  /// Whether it counts; not again.
  [[nodiscard]] bool redeem(std::string_view name);
  [[nodiscard]] Desktop& desktop() const { return desktop_; }
  /// That can still be used.
  [[nodiscard]] std::size_t tokens() const { return tokens_.size(); }

 private:
  struct Token {
    std::string name;
    std::uint32_t client = 0; ///< Its number.
    TimePoint until;
  };
  void forget_old();

  wl::Display& display_;
  Desktop& desktop_;
  const Clock& clock_;
  std::deque<Token> tokens_; ///< Oldest first.
  wl::Global global_;
};

} // namespace fenceline
