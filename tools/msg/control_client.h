#pragma once
#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "compositor/base/result.h"

namespace fenceline::msg {

/// The path of a session's control socket. `name`: the name of its Wayland socket, or a path; empty: WAYLAND_DISPLAY's,
/// else that of the only session there is. The error says what to do.
[[nodiscard]] Result<std::string> find_session(const std::string& name);

/// Sends one request to the session at `path` and waits for the answer, as long as `patience` allows. An error: no
/// session answers there, or its own words of why it could not do it.
[[nodiscard]] Result<nlohmann::ordered_json> ask(const std::string& path, const std::vector<std::string>& request,
                                                 std::chrono::seconds patience = std::chrono::seconds(30));

} // namespace fenceline::msg
