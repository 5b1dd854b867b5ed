#pragma once

#include <cstdint>
#include <vector>

#include <glm/glm.hpp>

namespace fenceline::demos {

/// One bead of the string, as the bead shaders take it.
struct Bead {
  glm::vec3 centre; // in view space: the eye is at the origin and looks along -z
  float radius;
  glm::vec3 colour;
  float light;    // share of the key light that reaches it, 0..1
  float openness; // share of the sky that it sees, 0..1
};

inline constexpr int max_beads = 160;

/// The beads of a frame, the farthest first: a string of them runs along a turning torus knot. A function of the
/// frame's number alone.
std::vector<Bead> beads_of_frame(std::uint32_t frame);

/// Onto Vulkan's clip space, for a picture of this shape (width / height). All of the string fits in.
glm::mat4 projection_for(float aspect);
/// The size of a pixel at distance 1, with that projection and so many rows.
float pixel_at_distance_one(float aspect, float rows);

} // namespace fenceline::demos
