#include "demos/client/dmabuf_formats.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace fenceline::demos {

std::optional<std::vector<FormatModifier>> parse_format_table(std::span<const std::byte> bytes) {
  constexpr std::size_t entry_size = 16;
  if (bytes.size() % entry_size != 0)
    return std::nullopt;
  std::vector<FormatModifier> table;
  table.reserve(bytes.size() / entry_size);
  for (std::size_t at = 0; at < bytes.size(); at += entry_size) {
    FormatModifier entry{};
    std::memcpy(&entry.format, bytes.data() + at, sizeof entry.format);
    std::memcpy(&entry.modifier, bytes.data() + at + 8, sizeof entry.modifier);
    table.push_back(entry);
  }
  return table;
}

bool DmabufFeedbackState::format_table(std::span<const std::byte> bytes) {
  auto table = parse_format_table(bytes);
  if (!table)
    return false;
  table_ = std::move(*table);
  return true;
}

void DmabufFeedbackState::tranche_formats(std::span<const std::uint16_t> indices) {
  for (const std::uint16_t index : indices)
    if (index < table_.size())
      tranche_.formats.push_back(table_[index]);
}

void DmabufFeedbackState::tranche_done() {
  pending_.tranches.push_back(std::exchange(tranche_, {}));
}

void DmabufFeedbackState::done() {
  current_ = std::exchange(pending_, {});
  tranche_ = {};
}

namespace {

ModifierChoice choose_in(const FormatTranche& tranche, std::uint32_t format, std::span<const std::uint64_t> supported) {
  ModifierChoice choice{{}, tranche.scanout};
  for (const FormatModifier& entry : tranche.formats)
    if (entry.format == format && std::find(supported.begin(), supported.end(), entry.modifier) != supported.end())
      choice.modifiers.push_back(entry.modifier);
  return choice;
}

} // namespace

ModifierChoice choose_modifiers(const DmabufPreferences& preferences, std::uint32_t format,
                                std::span<const std::uint64_t> supported) {
  for (const FormatTranche& tranche : preferences.tranches)
    if (ModifierChoice choice = choose_in(tranche, format, supported); !choice.modifiers.empty())
      return choice;
  return {};
}

FormatChoice choose_format(const DmabufPreferences& preferences, std::span<const DrawableFormat> formats) {
  for (const FormatTranche& tranche : preferences.tranches)
    for (std::size_t i = 0; i < formats.size(); ++i)
      if (ModifierChoice choice = choose_in(tranche, formats[i].format, formats[i].modifiers);
          !choice.modifiers.empty())
        return {i, std::move(choice)};
  return {};
}

} // namespace fenceline::demos
