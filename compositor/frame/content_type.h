#pragma once
#include <cstdint>

namespace fenceline {

/// What a client says that its surface shows (wp_content_type_v1).
enum class ContentType : std::uint8_t { None, Photo, Video, Game };

} // namespace fenceline
