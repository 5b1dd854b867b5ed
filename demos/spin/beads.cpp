#include "demos/spin/beads.h"

#include <algorithm>
#include <cmath>

#include <glm/ext/matrix_clip_space.hpp>
#include <glm/ext/matrix_transform.hpp>
#include <glm/ext/scalar_constants.hpp>

namespace fenceline::demos {

namespace {

constexpr float pi = glm::pi<float>();
constexpr float eye_distance = 8.2f;
constexpr float half_height = 3.05f / eye_distance; // tangent of half the view's angle
const glm::vec3 key_light = glm::vec3(0.48f, 0.72f, 0.50f);

/// `frame` as a share of a period, 0..1. In integers first: a float would lose the steps of large numbers.
float phase(std::uint32_t frame, std::uint32_t period) {
  return static_cast<float>(frame % period) / static_cast<float>(period);
}

/// The trefoil that winds twice around a torus' axis and three times around its tube. t is 0..1.
glm::vec3 knot(float t) {
  const float a = 2.0f * 2.0f * pi * t;
  const float b = 3.0f * 2.0f * pi * t;
  const float ring = 1.72f + 0.80f * std::cos(b);
  return {ring * std::cos(a), ring * std::sin(a), 0.95f * std::sin(b)};
}

/// 0..1: how far the string is swollen at a share of its length. The waves run along it once in a period of `wave`.
float swell(float share, float wave) {
  const float s = 0.5f + 0.5f * std::cos(2.0f * pi * (5.0f * share - wave));
  return s * s;
}

float radius_of(float swelling) {
  return 0.115f + 0.155f * swelling;
}

struct Place {
  float t;     // on the knot
  float share; // of the string's length
};

/// Where the beads are, so that each touches the next. `flow` moves them on by one bead from 0 to 1.
std::vector<Place> place_beads(float flow, float wave) {
  constexpr std::size_t samples = 1536;
  const auto t_of = [](std::size_t i) { return static_cast<float>(i) / static_cast<float>(samples); };
  std::vector<float> length(samples + 1, 0.0f);
  glm::vec3 from = knot(0.0f);
  for (std::size_t i = 1; i <= samples; ++i) {
    const glm::vec3 to = knot(t_of(i));
    length[i] = length[i - 1] + glm::length(to - from);
    from = to;
  }
  // How many beads fit between 0 and t: the way there, each piece of it over the bead's diameter there.
  std::vector<float> fitting(samples + 1, 0.0f);
  for (std::size_t i = 1; i <= samples; ++i) {
    const float middle = 0.5f * (length[i] + length[i - 1]) / length[samples];
    fitting[i] = fitting[i - 1] + (length[i] - length[i - 1]) / (2.0f * radius_of(swell(middle, wave)));
  }
  // The waves are whole in number along the length, so that the count is the same in each frame: no bead comes or goes.
  const int count = std::min(static_cast<int>(std::lround(fitting[samples])), max_beads);
  std::vector<Place> places;
  std::size_t i = 0;
  for (int bead = 0; bead < count; ++bead) {
    const float wanted = (static_cast<float>(bead) + flow) * fitting[samples] / static_cast<float>(count);
    while (i + 1 < samples && fitting[i + 1] < wanted)
      ++i;
    const float part = (wanted - fitting[i]) / (fitting[i + 1] - fitting[i]);
    places.push_back({t_of(i) + part / static_cast<float>(samples),
                      (length[i] + part * (length[i + 1] - length[i])) / length[samples]});
  }
  return places;
}

glm::vec3 palette(float t) {
  const glm::vec3 shift(0.00f, 0.28f, 0.56f);
  const glm::vec3 angle = 2.0f * pi * (glm::vec3(t) + shift);
  return glm::vec3(0.60f) + glm::vec3(0.38f) * glm::cos(angle);
}

/// How much of the key light and of the sky the other beads leave to each.
void shade(std::vector<Bead>& beads) {
  for (Bead& bead : beads) {
    float light = 1.0f;
    float hidden = 0.0f;
    for (const Bead& other : beads) {
      if (&other == &bead)
        continue;
      const glm::vec3 way = other.centre - bead.centre;
      const float distance2 = glm::dot(way, way);
      hidden += other.radius * other.radius / distance2;
      const float towards = glm::dot(way, key_light);
      if (towards <= bead.radius)
        continue;
      const float aside = std::sqrt(std::max(distance2 - towards * towards, 0.0f));
      const float overlap = glm::clamp((other.radius + 0.8f * bead.radius - aside) / (1.6f * bead.radius), 0.0f, 1.0f);
      light *= 1.0f - 0.75f * overlap;
    }
    bead.light = light;
    bead.openness = 1.0f / (1.0f + 0.30f * hidden);
  }
}

} // namespace

std::vector<Bead> beads_of_frame(std::uint32_t frame) {
  const float turn = 2.0f * pi * phase(frame, 720);
  const float nod = 0.42f * std::sin(2.0f * pi * phase(frame, 1080));
  glm::mat4 model = glm::translate(glm::mat4(1.0f), glm::vec3(0.0f, 0.0f, -eye_distance));
  model = glm::rotate(model, -0.55f + nod, glm::vec3(1.0f, 0.0f, 0.0f));
  model = glm::rotate(model, 0.35f * std::sin(turn), glm::vec3(0.0f, 1.0f, 0.0f));
  model = glm::rotate(model, turn, glm::vec3(0.0f, 0.0f, 1.0f));

  const float wave = phase(frame, 240);
  std::vector<Bead> beads;
  const auto places = place_beads(phase(frame, 90), wave);
  beads.reserve(places.size());
  for (const Place& place : places) {
    const float swelling = swell(place.share, wave);
    Bead bead{};
    bead.centre = glm::vec3(model * glm::vec4(knot(place.t), 1.0f));
    bead.radius = radius_of(swelling);
    bead.colour = palette(place.share * 2.0f + 0.10f * swelling + phase(frame, 2160));
    beads.push_back(bead);
  }
  shade(beads);
  // Spheres that do not meet are painted rightly in the order of their distance from the eye.
  std::sort(beads.begin(), beads.end(),
            [](const Bead& a, const Bead& b) { return glm::dot(a.centre, a.centre) > glm::dot(b.centre, b.centre); });
  return beads;
}

namespace {

/// A picture that is taller than wide keeps its width instead of its height.
float tangent(float aspect) {
  return aspect >= 1.0f ? half_height : half_height / aspect;
}

} // namespace

glm::mat4 projection_for(float aspect) {
  glm::mat4 projection = glm::perspectiveRH_ZO(2.0f * std::atan(tangent(aspect)), aspect, 0.1f, 100.0f);
  projection[1][1] = -projection[1][1]; // Vulkan's y points down
  return projection;
}

float pixel_at_distance_one(float aspect, float rows) {
  return 2.0f * tangent(aspect) / rows;
}

} // namespace fenceline::demos
