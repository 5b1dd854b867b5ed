#include "compositor/input/keymap.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace fenceline {
namespace {

/// evdev's codes are X11's less 8 (xkbcommon's documentation of xkb_keycode_t).
constexpr std::uint32_t evdev_offset = 8;

Result<UniqueFd> sealed_file(const char* text, std::size_t size) {
  UniqueFd file(::memfd_create("fenceline-keymap", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.valid())
    return Error::from_errno("cannot create the keymap's file");
  for (std::size_t done = 0; done < size;) {
    const ssize_t written = ::write(file.get(), text + done, size - done);
    if (written <= 0)
      return Error::from_errno("cannot write the keymap's file");
    done += static_cast<std::size_t>(written);
  }
  if (::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
    return Error::from_errno("cannot seal the keymap's file");
  // Kernels before 6.7 refuse a shared mapping of a write-sealed file that is open for writing, and clients of
  // wl_keyboard 6 and older map it shared (wl_keyboard.keymap): they get it open for reading only.
  UniqueFd reader(::open(fmt::format("/proc/self/fd/{}", file.get()).c_str(), O_RDONLY | O_CLOEXEC));
  if (!reader.valid())
    return Error::from_errno("cannot open the keymap's file for reading");
  return reader;
}

} // namespace

Result<Keymap> Keymap::create(const KeyboardSettings& settings) {
  Keymap keymap;
  keymap.context_.reset(xkb_context_new(XKB_CONTEXT_NO_FLAGS));
  if (!keymap.context_)
    return Error{"cannot create an xkb context", 0};
  // What is wrong is said once, by us.
  xkb_context_set_log_level(keymap.context_.get(), XKB_LOG_LEVEL_CRITICAL);
  // An empty name: xkbcommon takes XKB_DEFAULT_LAYOUT and its kin, else the system's default. Options are the
  // exception: there an empty text is "none", and only null asks the environment.
  const xkb_rule_names names{.rules = settings.rules.c_str(),
                             .model = settings.model.c_str(),
                             .layout = settings.layout.c_str(),
                             .variant = settings.variant.c_str(),
                             .options = settings.options.empty() ? nullptr : settings.options.c_str()};
  keymap.keymap_.reset(xkb_keymap_new_from_names(keymap.context_.get(), &names, XKB_KEYMAP_COMPILE_NO_FLAGS));
  if (!keymap.keymap_)
    return Error{fmt::format("cannot compile the keyboard layout \"{}\" (variant \"{}\", options \"{}\"): check the "
                             "configuration and XKB_DEFAULT_*, and that xkb-data is installed",
                             settings.layout, settings.variant, settings.options),
                 0};
  keymap.state_.reset(xkb_state_new(keymap.keymap_.get()));
  if (!keymap.state_)
    return Error{"cannot create the keyboard's state", 0};
  char* text = xkb_keymap_get_as_string(keymap.keymap_.get(), XKB_KEYMAP_FORMAT_TEXT_V1);
  if (!text)
    return Error{"cannot write the keymap down", 0};
  const std::size_t size = std::strlen(text) + 1;
  Result<UniqueFd> file = sealed_file(text, size);
  std::free(text);
  if (!file)
    return file.error();
  keymap.file_ = std::move(*file);
  keymap.size_ = static_cast<std::uint32_t>(size);
  return keymap;
}

Modifiers Keymap::update(std::uint32_t evdev_key, bool pressed) {
  xkb_state_update_key(state_.get(), evdev_key + evdev_offset, pressed ? XKB_KEY_DOWN : XKB_KEY_UP);
  return modifiers();
}

Modifiers Keymap::modifiers() const {
  xkb_state* state = state_.get();
  return {xkb_state_serialize_mods(state, XKB_STATE_MODS_DEPRESSED),
          xkb_state_serialize_mods(state, XKB_STATE_MODS_LATCHED),
          xkb_state_serialize_mods(state, XKB_STATE_MODS_LOCKED),
          xkb_state_serialize_layout(state, XKB_STATE_LAYOUT_EFFECTIVE)};
}

xkb_keysym_t Keymap::symbol(std::uint32_t evdev_key) const {
  return xkb_state_key_get_one_sym(state_.get(), evdev_key + evdev_offset);
}

void Keymap::continue_from(const Keymap& before, std::span<const std::uint32_t> held) {
  xkb_keymap* const old_map = before.keymap_.get();
  xkb_mod_mask_t locked = 0;
  for (xkb_mod_index_t i = 0; i < xkb_keymap_num_mods(old_map); ++i) {
    if (xkb_state_mod_index_is_active(before.state_.get(), i, XKB_STATE_MODS_LOCKED) <= 0)
      continue;
    const xkb_mod_index_t here = xkb_keymap_mod_get_index(keymap_.get(), xkb_keymap_mod_get_name(old_map, i));
    if (here < 32)
      locked |= 1U << here;
  }
  xkb_layout_index_t layout = xkb_state_serialize_layout(before.state_.get(), XKB_STATE_LAYOUT_LOCKED);
  if (layout >= xkb_keymap_num_layouts(keymap_.get()))
    layout = 0;
  xkb_state_update_mask(state_.get(), 0, 0, locked, 0, 0, layout);
  for (const std::uint32_t key : held)
    xkb_state_update_key(state_.get(), key + evdev_offset, XKB_KEY_DOWN);
}

bool Keymap::active(const char* modifier) const {
  return xkb_state_mod_name_is_active(state_.get(), modifier, XKB_STATE_MODS_EFFECTIVE) > 0;
}

std::uint32_t Keymap::layouts() const {
  return xkb_keymap_num_layouts(keymap_.get());
}

xkb_keysym_t Keymap::base_symbol(std::uint32_t evdev_key, std::uint32_t layout) const {
  const xkb_keysym_t* symbols = nullptr;
  const int count = xkb_keymap_key_get_syms_by_level(keymap_.get(), evdev_key + evdev_offset, layout, 0, &symbols);
  return count == 1 ? symbols[0] : static_cast<xkb_keysym_t>(XKB_KEY_NoSymbol);
}

} // namespace fenceline
