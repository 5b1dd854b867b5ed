#pragma once
#include <functional>
#include <thread>

#include "compositor/base/result.h"

namespace fenceline {

/// Starts a thread that takes no signals: they are the main thread's business. `name`: of at most 15 characters, for
/// debuggers and top. An error: the system has no threads or no memory left.
[[nodiscard]] Result<std::thread> start_thread(const char* name, std::function<void()> run);

} // namespace fenceline
