#include "tests/fuzz/scout.h"

#include <fmt/format.h>

#include <algorithm>

namespace fenceline::fuzz {

namespace {

constexpr std::uint32_t kRegistry = 2;
constexpr std::uint16_t kDisplaySync = 0;
constexpr std::uint16_t kDisplayGetRegistry = 1;
constexpr std::uint16_t kRegistryBind = 0;
constexpr std::uint16_t kOutputMode = 1;

Bytes display_request(std::uint16_t opcode, std::uint32_t id) {
  Encoder encoder(1, opcode);
  encoder.put_uint(id);
  return std::move(encoder).finish();
}

Bytes bind_request(const Global& global, std::uint32_t version, std::uint32_t id) {
  Encoder encoder(kRegistry, kRegistryBind);
  encoder.put_uint(global.name);
  encoder.put_string(global.interface->name);
  encoder.put_uint(version);
  encoder.put_uint(id);
  return std::move(encoder).finish();
}

void take_global(World& world, Decoder decoder) {
  Global global;
  global.name = decoder.take_uint();
  const auto interface = decoder.take_string();
  global.version = decoder.take_uint();
  global.interface = world.model->find(interface);
  if (global.interface == nullptr) {
    world.unknown.push_back(interface);
    return;
  }
  global.version = std::min(global.version, global.interface->version);
  world.globals.push_back(global);
}

void take_modifier(World& world, Decoder decoder) {
  DmabufFormat format;
  format.fourcc = decoder.take_uint();
  const std::uint64_t high = decoder.take_uint();
  format.modifier = (high << 32) | decoder.take_uint();
  world.dmabuf_formats.push_back(format);
}

void take_mode(World& world, Decoder decoder) {
  constexpr std::uint32_t kCurrent = 1;
  if ((decoder.take_uint() & kCurrent) == 0)
    return;
  world.output_width = static_cast<std::int32_t>(decoder.take_uint());
  world.output_height = static_cast<std::int32_t>(decoder.take_uint());
}

/// Binds the global on a connection of its own: some are for the server's own clients and end any other.
bool is_reserved(const std::string& socket_path, const Global& global, DescriptorShop& shop, Nanoseconds limit) {
  auto socket = connect_to(socket_path);
  if (!socket)
    return false;
  Link link(std::move(*socket), shop);
  link.perform(plain_message(display_request(kDisplayGetRegistry, kRegistry)), limit);
  link.perform(plain_message(bind_request(global, global.version, kRegistry + 1)), limit);
  return !roundtrip(link, kRegistry + 2, limit);
}

} // namespace

Action plain_message(Bytes bytes) {
  Action action;
  action.bytes = std::move(bytes);
  return action;
}

Result<void> roundtrip(Link& link, std::uint32_t callback, Nanoseconds limit, const Link::OnEvent& on_event) {
  link.perform(plain_message(display_request(kDisplaySync, callback)), limit);
  link.flush(limit);
  const auto outcome = link.wait(callback, {}, limit, on_event);
  if (outcome == WaitOutcome::Answered)
    return {};
  if (link.error())
    return Error{fmt::format("the server ended the connection with error {} on object {}: {}", link.error()->code,
                             link.error()->object, link.error()->text),
                 0};
  return Error{outcome == WaitOutcome::Dead ? "the server closed the connection"
                                            : "wl_display.sync was not answered in time",
               0};
}

Result<World> scout(const std::string& socket_path, const ProtocolModel& model, DescriptorShop& shop,
                    Nanoseconds limit) {
  auto socket = connect_to(socket_path);
  if (!socket)
    return socket.error();
  Link link(std::move(*socket), shop);
  World world;
  world.model = &model;
  std::uint32_t seat_id = 0;
  std::uint32_t dmabuf_id = 0;
  std::uint32_t output_id = 0;
  const auto on_event = [&](std::span<const std::uint8_t> event) {
    const auto header = header_of(event);
    const Decoder decoder(event.subspan(kHeaderSize));
    if (header.object == kRegistry && header.opcode == 0)
      take_global(world, decoder);
    else if (header.object == seat_id && header.opcode == 0)
      world.seat_capabilities = word_at(event, kHeaderSize);
    else if (header.object == dmabuf_id && header.opcode == 1)
      take_modifier(world, decoder);
    else if (header.object == output_id && header.opcode == kOutputMode)
      take_mode(world, decoder);
  };
  // Ids must come without gaps; none is used twice here.
  std::uint32_t next_id = kRegistry;
  link.perform(plain_message(display_request(kDisplayGetRegistry, next_id++)), limit);
  if (auto done = roundtrip(link, next_id++, limit, on_event); !done)
    return done.error();
  if (const auto* seat = world.global("wl_seat")) {
    seat_id = next_id++;
    link.perform(plain_message(bind_request(*seat, 1, seat_id)), limit);
  }
  if (const auto* output = world.global("wl_output")) {
    output_id = next_id++;
    link.perform(plain_message(bind_request(*output, 1, output_id)), limit);
  }
  // Version 3 of linux-dmabuf is the last that lists formats in events.
  if (const auto* dmabuf = world.global("zwp_linux_dmabuf_v1"); dmabuf != nullptr && dmabuf->version >= 3) {
    dmabuf_id = next_id++;
    link.perform(plain_message(bind_request(*dmabuf, 3, dmabuf_id)), limit);
  }
  if (auto done = roundtrip(link, next_id, limit, on_event); !done)
    return done.error();
  for (auto& global : world.globals)
    global.reserved = is_reserved(socket_path, global, shop, limit);
  return world;
}

} // namespace fenceline::fuzz
