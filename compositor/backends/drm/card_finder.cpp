#include "compositor/backends/drm/card_finder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <libudev.h>
#include <xf86drm.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "compositor/backends/drm/libdrm_api.h"

namespace fenceline {
namespace {

template <auto Unref>
struct UnrefWith {
  template <class T>
  void operator()(T* object) const {
    Unref(object);
  }
};
using Udev = std::unique_ptr<udev, UnrefWith<udev_unref>>;
using UdevEnumerate = std::unique_ptr<udev_enumerate, UnrefWith<udev_enumerate_unref>>;
using UdevDevice = std::unique_ptr<udev_device, UnrefWith<udev_device_unref>>;

bool equals(const char* text, std::string_view wanted) {
  return text != nullptr && text == wanted;
}

std::vector<UdevDevice> drm_devices(udev* context, const char* name_pattern, udev_device* parent) {
  const UdevEnumerate list(udev_enumerate_new(context));
  std::vector<UdevDevice> found;
  if (!list)
    return found;
  udev_enumerate_add_match_subsystem(list.get(), "drm");
  udev_enumerate_add_match_sysname(list.get(), name_pattern);
  if (parent != nullptr)
    udev_enumerate_add_match_parent(list.get(), parent);
  udev_enumerate_scan_devices(list.get());
  for (auto* entry = udev_enumerate_get_list_entry(list.get()); entry != nullptr;
       entry = udev_list_entry_get_next(entry))
    if (UdevDevice device(udev_device_new_from_syspath(context, udev_list_entry_get_name(entry))); device)
      found.push_back(std::move(device));
  return found;
}

// The kernel only knows what is plugged in once somebody has asked, which the first to open a card may do. An open card
// of somebody else's answers with what it knows.
std::vector<Cable> ask(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid())
    return {};
  const LibdrmApi api(fd.get());
  const auto resources = api.resources();
  std::vector<Cable> cables;
  if (!resources)
    return cables;
  for (const auto id : resources->connectors) {
    const auto connector = api.connector(id);
    cables.push_back(!connector ? Cable::Unknown : connector->connected ? Cable::Connected : Cable::Disconnected);
  }
  return cables;
}

std::vector<Cable> cables_of(udev* context, udev_device* card) {
  std::vector<Cable> cables;
  const std::string pattern = std::string(udev_device_get_sysname(card)) + "-*";
  for (const auto& connector : drm_devices(context, pattern.c_str(), card)) {
    // A writeback connector is memory, not a display.
    if (std::strstr(udev_device_get_sysname(connector.get()), "-Writeback-") != nullptr)
      continue;
    const char* status = udev_device_get_sysattr_value(connector.get(), "status");
    cables.push_back(equals(status, "connected")      ? Cable::Connected
                     : equals(status, "disconnected") ? Cable::Disconnected
                                                      : Cable::Unknown);
  }
  return cables;
}

int rank(const Card& card) {
  const auto any = [&](Cable cable) {
    return std::find(card.cables.begin(), card.cables.end(), cable) != card.cables.end();
  };
  // A display may be plugged later where there is something to plug it into.
  const int known = any(Cable::Connected) ? 5 : any(Cable::Unknown) ? 3 : any(Cable::Disconnected) ? 1 : 0;
  return known == 0 ? 0 : known + (card.boots ? 1 : 0);
}

std::string describe(const Card& card, std::string_view seat) {
  if (card.seat != seat)
    return fmt::format("{}: belongs to {}", card.path, card.seat);
  if (card.cables.empty())
    return fmt::format("{}: has no displays", card.path);
  return fmt::format("{}: cannot be used", card.path);
}

} // namespace

std::vector<Card> list_cards() {
  std::vector<Card> cards;
  const Udev context(udev_new());
  if (!context)
    return cards;
  for (const auto& device : drm_devices(context.get(), "card[0-9]*", nullptr)) {
    const char* node = udev_device_get_devnode(device.get());
    if (!equals(udev_device_get_devtype(device.get()), "drm_minor") || node == nullptr)
      continue;
    Card card;
    card.path = node;
    if (const char* seat = udev_device_get_property_value(device.get(), "ID_SEAT"); seat != nullptr)
      card.seat = seat;
    if (auto* pci = udev_device_get_parent_with_subsystem_devtype(device.get(), "pci", nullptr); pci != nullptr)
      card.boots = equals(udev_device_get_sysattr_value(pci, "boot_vga"), "1");
    card.cables = cables_of(context.get(), device.get());
    if (std::find(card.cables.begin(), card.cables.end(), Cable::Unknown) != card.cables.end())
      if (auto asked = ask(card.path); !asked.empty())
        card.cables = std::move(asked);
    cards.push_back(std::move(card));
  }
  return cards;
}

Result<std::string> choose_card(std::span<const Card> cards, std::string_view seat) {
  const Card* best = nullptr;
  for (const auto& card : cards)
    if (card.seat == seat && rank(card) > (best != nullptr ? rank(*best) : 0))
      best = &card;
  if (best != nullptr)
    return best->path;
  if (cards.empty())
    return Error{"there is no display card (/dev/dri/card*): use --backend headless", 0};
  std::string looked_at;
  for (const auto& card : cards)
    looked_at += (looked_at.empty() ? "" : "; ") + describe(card, seat);
  return Error{
      fmt::format(
          "no card that displays can be connected to ({}): name a card with --device, or use --backend headless",
          looked_at),
      0};
}

Result<std::string> find_card() {
  return choose_card(list_cards(), "seat0");
}

Result<void> check_connected(std::span<const Card> cards, std::string_view seat) {
  const auto connected = [seat](const Card& card) {
    return card.seat == seat &&
           std::find(card.cables.begin(), card.cables.end(), Cable::Connected) != card.cables.end();
  };
  if (std::any_of(cards.begin(), cards.end(), connected))
    return {};
  if (cards.empty())
    return Error{"there is no display card (/dev/dri/card*)", 0};
  std::string looked_at;
  for (const Card& card : cards) {
    const bool ours = card.seat == seat && !card.cables.empty();
    looked_at += (looked_at.empty() ? "" : "; ") +
                 (ours ? fmt::format("{}: nothing is plugged in", card.path) : describe(card, seat));
  }
  return Error{fmt::format("no display is connected ({})", looked_at), 0};
}

Result<void> check_connected_display() {
  return check_connected(list_cards(), "seat0");
}

} // namespace fenceline
