#pragma once

// What a compositor says about the dma-bufs that it takes, apart from the protocol that it says it with.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <sys/types.h>

namespace fenceline::demos {

struct FormatModifier {
  std::uint32_t format;
  std::uint64_t modifier;
  friend bool operator==(const FormatModifier&, const FormatModifier&) = default;
};

/// Reads a format table: entries of 16 bytes {format, padding, modifier}, in the machine's byte order. Nothing where
/// its size is not a whole number of entries.
std::optional<std::vector<FormatModifier>> parse_format_table(std::span<const std::byte> bytes);

/// Formats that go together, from the compositor's most preferred tranche to its least.
struct FormatTranche {
  dev_t target_device = 0;
  bool scanout = false;
  std::vector<FormatModifier> formats;
};

struct DmabufPreferences {
  dev_t main_device = 0;
  std::vector<FormatTranche> tranches;
};

/// Collects the events of a feedback object. What `done` ends replaces what was before; a table stays until another
/// comes.
class DmabufFeedbackState {
 public:
  /// False where the table cannot be read.
  [[nodiscard]] bool format_table(std::span<const std::byte> bytes);
  void main_device(dev_t device) { pending_.main_device = device; }
  void tranche_target_device(dev_t device) { tranche_.target_device = device; }
  void tranche_scanout(bool scanout) { tranche_.scanout = scanout; }
  /// Indices into the table; one outside it is left out.
  void tranche_formats(std::span<const std::uint16_t> indices);
  void tranche_done();
  void done();

  /// Null before the first `done`.
  [[nodiscard]] const DmabufPreferences* current() const { return current_ ? &*current_ : nullptr; }

 private:
  std::vector<FormatModifier> table_;
  FormatTranche tranche_;
  DmabufPreferences pending_;
  std::optional<DmabufPreferences> current_;
};

struct ModifierChoice {
  std::vector<std::uint64_t> modifiers; // in the tranche's order; empty where nothing fits
  bool scanout = false;                 // the tranche is one of buffers that a display may take as they are
  friend bool operator==(const ModifierChoice&, const ModifierChoice&) = default;
};

/// A format that a device can draw in, with the modifiers that it can do it with.
struct DrawableFormat {
  std::uint32_t format = 0;
  std::vector<std::uint64_t> modifiers;
};

struct FormatChoice {
  std::size_t format = 0; // index of the DrawableFormat; says nothing where there are no modifiers
  ModifierChoice with;
  friend bool operator==(const FormatChoice&, const FormatChoice&) = default;
};

/// The modifiers of `format` in the first tranche that has any of `supported`. One tranche only: within it the
/// compositor takes all the same way, so the driver may choose.
ModifierChoice choose_modifiers(const DmabufPreferences& preferences, std::uint32_t format,
                                std::span<const std::uint64_t> supported);

/// The same where there are several formats to choose from, the best liked first: of the first tranche that has any of
/// them, for what the compositor likes best goes before what the client does.
FormatChoice choose_format(const DmabufPreferences& preferences, std::span<const DrawableFormat> formats);

} // namespace fenceline::demos
