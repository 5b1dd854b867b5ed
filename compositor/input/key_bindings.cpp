#include "compositor/input/key_bindings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <string>
#include <utility>

#include "compositor/input/keymap.h"

namespace fenceline {
namespace {

using namespace key_modifier;

constexpr std::int32_t last_vt = 12; ///< The keys go no further.

struct NamedAction {
  std::string_view name;
  KeyAction action;
};

constexpr std::array<NamedAction, 12> actions{{{"quit", KeyAction::Quit},
                                               {"close-window", KeyAction::CloseWindow},
                                               {"cycle-windows", KeyAction::CycleWindows},
                                               {"cycle-windows-back", KeyAction::CycleWindowsBack},
                                               {"maximize", KeyAction::Maximize},
                                               {"restore", KeyAction::Restore},
                                               {"fullscreen", KeyAction::Fullscreen},
                                               {"move-to-output-left", KeyAction::MoveToOutputLeft},
                                               {"move-to-output-right", KeyAction::MoveToOutputRight},
                                               {"switch-vt", KeyAction::SwitchVt},
                                               {"screenshot", KeyAction::Screenshot},
                                               {"spawn", KeyAction::Spawn}}};

struct NamedModifier {
  std::string_view name;
  KeyModifiers bit;
};

constexpr std::array<NamedModifier, 6> modifier_names{
    {{"shift", shift}, {"ctrl", ctrl}, {"control", ctrl}, {"alt", alt}, {"super", super}, {"logo", super}}};

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  return from == std::string_view::npos ? std::string_view{}
                                        : text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

std::string action_list() {
  std::string text;
  for (const NamedAction& named : actions)
    text += fmt::format("{}{}", text.empty() ? "" : ", ", named.name);
  return text;
}

} // namespace

KeyBindings KeyBindings::defaults() {
  KeyBindings table;
  table.bindings_ = {{{super | shift, XKB_KEY_q}, KeyAction::Quit},
                     {{super, XKB_KEY_q}, KeyAction::CloseWindow},
                     {{alt, XKB_KEY_Tab}, KeyAction::CycleWindows},
                     {{alt | shift, XKB_KEY_Tab}, KeyAction::CycleWindowsBack},
                     {{super, XKB_KEY_Up}, KeyAction::Maximize},
                     {{super, XKB_KEY_Down}, KeyAction::Restore},
                     {{super, XKB_KEY_f}, KeyAction::Fullscreen},
                     {{super, XKB_KEY_Left}, KeyAction::MoveToOutputLeft},
                     {{super, XKB_KEY_Right}, KeyAction::MoveToOutputRight},
                     {{0, XKB_KEY_Print}, KeyAction::Screenshot},
                     {{super, XKB_KEY_Return}, KeyAction::Spawn, 0, "exec ${TERMINAL:-foot}"}};
  for (std::int32_t vt = 1; vt <= last_vt; ++vt)
    table.bindings_.push_back({{ctrl | alt, XKB_KEY_F1 + static_cast<xkb_keysym_t>(vt - 1)}, KeyAction::SwitchVt, vt});
  return table;
}

KeyBindings KeyBindings::for_kiosk() const {
  const KeyBindings usual = defaults();
  KeyBindings left = *this;
  std::erase_if(left.bindings_, [&usual](const KeyBinding& binding) {
    const KeyBinding* by_default = usual.find(binding.chord);
    return by_default && *by_default == binding && binding.action != KeyAction::Quit &&
           binding.action != KeyAction::SwitchVt && binding.action != KeyAction::Screenshot;
  });
  return left;
}

Result<void> KeyBindings::bind(const KeyBinding& binding) {
  const auto it = std::find_if(bindings_.begin(), bindings_.end(),
                               [&binding](const KeyBinding& b) { return b.chord == binding.chord; });
  if (it != bindings_.end())
    *it = binding;
  else if (bindings_.size() >= max_bindings)
    return Error{fmt::format("more than {} key bindings", max_bindings), ENOMEM};
  else
    bindings_.push_back(binding);
  return {};
}

void KeyBindings::unbind(const KeyChord& chord) {
  std::erase_if(bindings_, [&chord](const KeyBinding& b) { return b.chord == chord; });
}

const KeyBinding* KeyBindings::find(const KeyChord& chord) const {
  const auto it =
      std::find_if(bindings_.begin(), bindings_.end(), [&chord](const KeyBinding& b) { return b.chord == chord; });
  return it == bindings_.end() ? nullptr : &*it;
}

const KeyBinding* KeyBindings::find(const Keymap& keymap, std::uint32_t evdev_key) const {
  const KeyModifiers held = held_modifiers(keymap);
  const std::uint32_t layout = keymap.modifiers().group;
  if (const KeyBinding* found = find({held, keymap.base_symbol(evdev_key, layout)}))
    return found;
  for (std::uint32_t other = 0; other < keymap.layouts(); ++other)
    if (const KeyBinding* found = other == layout ? nullptr : find({held, keymap.base_symbol(evdev_key, other)}))
      return found;
  return nullptr;
}

KeyModifiers held_modifiers(const Keymap& keymap) {
  KeyModifiers held = 0;
  for (const auto& [name, bit] : {std::pair{XKB_MOD_NAME_SHIFT, shift}, std::pair{XKB_MOD_NAME_CTRL, ctrl},
                                  std::pair{XKB_MOD_NAME_ALT, alt}, std::pair{XKB_MOD_NAME_LOGO, super}})
    if (keymap.active(name))
      held = static_cast<KeyModifiers>(held | bit);
  return held;
}

Result<KeyChord> parse_key_chord(std::string_view text) {
  KeyChord chord;
  const std::string_view whole = text;
  for (auto plus = text.find('+'); plus != std::string_view::npos; plus = text.find('+')) {
    const std::string_view word = trimmed(text.substr(0, plus));
    const auto it = std::find_if(modifier_names.begin(), modifier_names.end(),
                                 [word](const NamedModifier& named) { return same_word(named.name, word); });
    if (it == modifier_names.end())
      return Error{fmt::format("\"{}\" in \"{}\" is no modifier: Super, Ctrl, Alt and Shift are", word, whole), EINVAL};
    if ((chord.modifiers & it->bit) != 0)
      return Error{fmt::format("\"{}\" names {} twice", whole, word), EINVAL};
    chord.modifiers = static_cast<KeyModifiers>(chord.modifiers | it->bit);
    text.remove_prefix(plus + 1);
  }
  const std::string key(trimmed(text));
  if (key.empty())
    return Error{fmt::format("\"{}\" names no key", whole), EINVAL};
  // The name as it is written first: only then in any case, where a and A are one key, and so are Return and return.
  chord.keysym = xkb_keysym_from_name(key.c_str(), XKB_KEYSYM_NO_FLAGS);
  if (chord.keysym == XKB_KEY_NoSymbol)
    chord.keysym = xkb_keysym_from_name(key.c_str(), XKB_KEYSYM_CASE_INSENSITIVE);
  if (chord.keysym == XKB_KEY_NoSymbol)
    return Error{
        fmt::format("\"{}\" in \"{}\" is no key: take its XKB name, as in q, F1, Return, Left or Print", key, whole),
        EINVAL};
  chord.keysym = xkb_keysym_to_lower(chord.keysym);
  return chord;
}

Result<KeyBinding> parse_key_binding(std::string_view chord_text, std::string_view action_text) {
  Result<KeyChord> chord = parse_key_chord(chord_text);
  if (!chord)
    return chord.error();
  const std::string_view whole = trimmed(action_text);
  const auto space = whole.find_first_of(" \t");
  const std::string_view word = whole.substr(0, space);
  const std::string_view argument = space == std::string_view::npos ? std::string_view{} : trimmed(whole.substr(space));
  const auto it =
      std::find_if(actions.begin(), actions.end(), [word](const NamedAction& named) { return named.name == word; });
  if (it == actions.end())
    return Error{fmt::format("\"{}\" is nothing that a key can do: {} are", word, action_list()), EINVAL};
  KeyBinding binding{*chord, it->action};
  if (binding.action == KeyAction::Spawn) {
    if (argument.empty())
      return Error{"spawn takes a command, as in \"spawn foot\"", EINVAL};
    binding.command = argument;
    return binding;
  }
  if (binding.action != KeyAction::SwitchVt) {
    if (!argument.empty())
      return Error{fmt::format("\"{}\" takes no argument, and \"{}\" is one", word, argument), EINVAL};
    return binding;
  }
  const auto [end, code] = std::from_chars(argument.data(), argument.data() + argument.size(), binding.argument);
  if (code != std::errc() || end != argument.data() + argument.size() || binding.argument < 1 ||
      binding.argument > last_vt)
    return Error{
        fmt::format("switch-vt takes a number from 1 to {}, as in \"switch-vt 2\", not \"{}\"", last_vt, argument),
        EINVAL};
  return binding;
}

std::string_view name_of(KeyAction action) {
  for (const NamedAction& named : actions)
    if (named.action == action)
      return named.name;
  return "unknown";
}

} // namespace fenceline
