#include "compositor/base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace fenceline {

struct Log::Sink {
  spdlog::logger logger{"fenceline", std::make_shared<spdlog::sinks::stderr_color_sink_mt>()};
};

Log::Log(LogLevel level) : level_(level), sink_(std::make_unique<Sink>()) {
  sink_->logger.set_level(spdlog::level::trace);
  sink_->logger.set_pattern("%H:%M:%S.%e %^%l%$ %v");
  sink_->logger.flush_on(spdlog::level::trace);
}

Log::~Log() = default;

void Log::write(LogLevel level, std::string_view line) {
  if (!wants(level) || level == LogLevel::Off)
    return;
  static constexpr spdlog::level::level_enum levels[] = {spdlog::level::trace, spdlog::level::debug,
                                                         spdlog::level::info, spdlog::level::warn, spdlog::level::err};
  sink_->logger.log(levels[static_cast<int>(level)], "{}", line);
}

} // namespace fenceline
