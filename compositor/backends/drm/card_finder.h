#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compositor/base/result.h"

namespace fenceline {

/// What is known of a card's displays before it is taken.
enum class Cable {
  Connected,
  Disconnected,
  Unknown, ///< Nobody has asked the display yet, and we may not.
};

/// A DRM card as udev shows it.
struct Card {
  std::string path; ///< /dev/dri/cardN
  std::string seat = "seat0";
  bool boots = false;        ///< The firmware's screen was on it (boot_vga).
  std::vector<Cable> cables; ///< One a connector; empty: the card has no displays (a pure renderer).
};

/// All cards, in udev's order. Where the kernel has not asked the displays yet and the card may be opened, asks.
[[nodiscard]] std::vector<Card> list_cards();

/// The best card of the seat: one with a connected display, the firmware's first; failing that one whose displays are
/// not known, or one that has connectors at least. The error names what was looked at.
[[nodiscard]] Result<std::string> choose_card(std::span<const Card> cards, std::string_view seat);

/// choose_card of list_cards on seat0.
[[nodiscard]] Result<std::string> find_card();

/// Whether a card of the seat has a display that is certainly connected. The error names what was looked at.
[[nodiscard]] Result<void> check_connected(std::span<const Card> cards, std::string_view seat);

/// check_connected of list_cards on seat0. For --backend auto.
[[nodiscard]] Result<void> check_connected_display();

} // namespace fenceline
