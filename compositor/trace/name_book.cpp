#include "compositor/trace/name_book.h"

#include <algorithm>
#include <vector>

namespace fenceline {

namespace {

/// Length of the valid UTF-8 sequence (RFC 3629) that `text` begins with, or 0.
std::size_t sequence_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = at(0);
  std::size_t length = 0;
  unsigned low = 0x80,
           high = 0xbf; // Bounds of the second byte: no overlong forms, no surrogates, nothing past U+10FFFF.
  if (first < 0x80)
    return 1;
  if (first >= 0xc2 && first <= 0xdf)
    length = 2;
  else if (first >= 0xe0 && first <= 0xef)
    length = 3;
  else if (first >= 0xf0 && first <= 0xf4)
    length = 4;
  if (length == 0 || text.size() < length)
    return 0;
  if (first == 0xe0)
    low = 0xa0;
  else if (first == 0xed)
    high = 0x9f;
  else if (first == 0xf0)
    low = 0x90;
  else if (first == 0xf4)
    high = 0x8f;
  if (at(1) < low || at(1) > high)
    return 0;
  for (std::size_t i = 2; i < length; ++i)
    if (at(i) < 0x80 || at(i) > 0xbf)
      return 0;
  return length;
}

} // namespace

std::string printable(std::string_view text, std::size_t limit) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    const auto first = static_cast<unsigned char>(text[0]);
    std::string_view piece = text.substr(0, std::max<std::size_t>(length, 1));
    text.remove_prefix(piece.size());
    if (length == 0)
      piece = "\xef\xbf\xbd";
    else if ((length == 1 && (first < 0x20 || first == 0x7f)) ||
             (length == 2 && first == 0xc2 && static_cast<unsigned char>(piece[1]) < 0xa0)) // C1 controls
      piece = "?";
    if (out.size() + piece.size() > limit)
      break;
    out += piece;
  }
  return out;
}

template <class Map>
void NameBook::trim(Map& map) {
  if (map.size() <= limit_)
    return;
  // Half of them at once, so that this is rare.
  std::vector<std::uint64_t> used;
  used.reserve(map.size());
  for (const auto& [id, entry] : map)
    used.push_back(entry.used);
  const auto middle = used.begin() + static_cast<std::ptrdiff_t>(used.size() / 2);
  std::nth_element(used.begin(), middle, used.end());
  std::erase_if(map, [limit = *middle](const auto& item) { return item.second.used < limit; });
}

void NameBook::set(ClientId id, std::string_view name, int pid) {
  clients_[id] = {printable(name), pid, ++clock_};
  trim(clients_);
}

void NameBook::set(OutputId id, std::string_view name, Nanoseconds refresh) {
  outputs_[id] = {printable(name), refresh, ++clock_};
  trim(outputs_);
}

void NameBook::set(SurfaceId id, ClientId client, std::string_view name) {
  surfaces_[id] = {printable(name), client, ++clock_};
  trim(surfaces_);
}

const NameBook::Client* NameBook::find(ClientId id) {
  const auto at = clients_.find(id);
  if (at == clients_.end())
    return nullptr;
  at->second.used = ++clock_;
  return &at->second;
}

const NameBook::Output* NameBook::find(OutputId id) {
  const auto at = outputs_.find(id);
  if (at == outputs_.end())
    return nullptr;
  at->second.used = ++clock_;
  return &at->second;
}

const NameBook::Surface* NameBook::find(SurfaceId id) {
  const auto at = surfaces_.find(id);
  if (at == surfaces_.end())
    return nullptr;
  at->second.used = ++clock_;
  return &at->second;
}

} // namespace fenceline
