#pragma once
#include "compositor/base/clock.h"
#include "compositor/base/result.h"
#include "tests/fuzz/descriptors.h"
#include "tests/fuzz/link.h"
#include "tests/fuzz/world.h"

#include <string>

namespace fenceline::fuzz {

/// Connects and asks what the server offers: globals, the seat's capabilities, dma-buf formats, and which globals may
/// be bound at all.
Result<World> scout(const std::string& socket_path, const ProtocolModel& model, DescriptorShop& shop,
                    Nanoseconds limit);

/// One wl_display.sync on `link` with `callback` as its id. Fails when it isn't answered in time.
Result<void> roundtrip(Link& link, std::uint32_t callback, Nanoseconds limit, const Link::OnEvent& on_event = {});

/// The action that sends `bytes`.
[[nodiscard]] Action plain_message(Bytes bytes);

} // namespace fenceline::fuzz
