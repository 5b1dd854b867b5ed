#include "demos/paint/light_artwork.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "demos/frame_code.h"
#include "demos/paint_pattern.h"

namespace fenceline::demos {

namespace {

constexpr float pi = std::numbers::pi_v<float>;
constexpr float rounds = 7.0f;      // of the first arm in a cycle
constexpr float core_radius = 0.9f; // px, at a height of 768
constexpr float glow_radius = 9.0f;
constexpr float head_radius = 5.0f;
constexpr float brightest = 4.0f; // light above this is white anyway

/// 0..1 from a hash, for choices that differ from cycle to cycle but are always the same in a cycle.
float choice(std::uint32_t cycle, std::uint32_t brush, std::uint32_t which) {
  return static_cast<float>(paint_hash(cycle, brush, which) >> 8) / 16777216.0f;
}

} // namespace

LightArtwork::LightArtwork(bool alpha) : alpha_(alpha) {
  for (std::size_t i = 0; i < tone_curve_.size(); ++i) {
    const float light = brightest * static_cast<float>(i) / static_cast<float>(tone_curve_.size() - 1);
    const float tone = 1.0f - std::exp(-light);
    tone_curve_[i] = static_cast<std::uint8_t>(std::lround(255.0f * std::pow(tone, 1.0f / 2.2f)));
  }
}

void LightArtwork::resize(Size size) {
  size_ = size;
  frame_.reset();
  lights_.assign(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height), Light{});
}

LightArtwork::Light LightArtwork::base(int x, int y) const {
  const float dx = (static_cast<float>(x) / static_cast<float>(size_.width) - 0.5f) * 2.0f;
  const float dy = (static_cast<float>(y) / static_cast<float>(size_.height) - 0.42f) * 2.0f;
  const float falloff = 1.0f / (1.0f + 1.6f * (dx * dx + dy * dy));
  // A grain of half a step hides the bands of so slow a slope.
  const float grain =
      0.0010f *
      (static_cast<float>(paint_hash(static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y), 1) & 255u) / 255.0f -
       0.5f);
  return {0.010f * falloff + 0.003f + grain, 0.014f * falloff + 0.003f + grain, 0.042f * falloff + 0.008f + grain};
}

void LightArtwork::begin_cycle(std::uint32_t cycle) {
  static constexpr std::array<std::array<Light, brushes>, 3> palettes = {{
      {{{0.95f, 0.22f, 0.10f},
        {0.95f, 0.55f, 0.08f},
        {0.85f, 0.12f, 0.42f},
        {0.12f, 0.50f, 0.95f},
        {0.35f, 0.16f, 0.90f}}},
      {{{0.05f, 0.75f, 0.65f},
        {0.15f, 0.45f, 0.95f},
        {0.55f, 0.90f, 0.20f},
        {0.90f, 0.80f, 0.25f},
        {0.10f, 0.30f, 0.80f}}},
      {{{0.90f, 0.15f, 0.60f},
        {0.50f, 0.20f, 0.95f},
        {0.95f, 0.45f, 0.35f},
        {0.15f, 0.70f, 0.90f},
        {0.95f, 0.75f, 0.30f}}},
  }};
  const auto& palette = palettes[cycle % palettes.size()];
  // The brushes share one figure and differ in its proportions, each a little wider than the one before.
  const float petals = std::floor(4.0f + 6.0f * choice(cycle, 0, 0));
  const float arm = 0.42f + 0.22f * choice(cycle, 0, 1);
  const float wobble = 0.015f + 0.03f * choice(cycle, 0, 2);
  for (std::uint32_t i = 0; i < brushes; ++i) {
    curves_[i] = {
        .arm = arm + 0.055f * static_cast<float>(i),
        // Nearly a whole number: each round of the first arm draws the petals again, turned a little.
        .turns = petals + 1.0f / (2.0f * rounds),
        .wobble = wobble,
        .colour = palette[i],
    };
  }
  std::fill(lights_.begin(), lights_.end(), Light{});
}

LightArtwork::Point LightArtwork::point(const Curve& curve, int brush, float t) const {
  const float scale = static_cast<float>(std::min(size_.width, size_.height)) * 0.46f;
  const float start = 2.0f * pi * static_cast<float>(brush) / brushes;
  const float a = start + t;
  const float b = start - t * curve.turns;
  const float c = t * (2.0f * curve.turns + 1.0f);
  const float arm = curve.arm * (1.0f - curve.wobble);
  const float second = (1.0f - curve.arm) * (1.0f - curve.wobble);
  return {static_cast<float>(size_.width) * 0.5f +
              scale * (arm * std::cos(a) + second * std::cos(b) + curve.wobble * std::cos(c)),
          static_cast<float>(size_.height) * 0.5f +
              scale * (arm * std::sin(a) + second * std::sin(b) + curve.wobble * std::sin(c))};
}

std::array<Rect, LightArtwork::brushes> LightArtwork::head_rects() const {
  std::array<Rect, brushes> rects;
  constexpr float reach = head_radius + 2.0f;
  for (std::size_t i = 0; i < rects.size(); ++i)
    rects[i] =
        Rect{static_cast<int>(std::floor(heads_[i].x - reach)), static_cast<int>(std::floor(heads_[i].y - reach)),
             static_cast<int>(std::ceil(heads_[i].x + reach)), static_cast<int>(std::ceil(heads_[i].y + reach))}
            .clipped_to(size_);
  return rects;
}

std::vector<Rect> LightArtwork::advance(std::uint32_t frame) {
  const std::uint32_t now = frame % cycle_frames;
  const bool one_step = frame_ && frame == *frame_ + 1 && now != 0;
  frame_ = frame;
  std::vector<Rect> changes;
  if (one_step) {
    step(now, changes);
    changes.push_back(Rect{0, 0, frame_code_width, frame_code_height}.clipped_to(size_));
    std::erase_if(changes, [](const Rect& rect) { return rect.empty(); });
    return changes;
  }
  begin_cycle(frame / cycle_frames);
  for (std::uint32_t i = 0; i <= now; ++i) {
    changes.clear();
    step(i, changes);
  }
  return {Rect{0, 0, size_.width, size_.height}};
}

void LightArtwork::step(std::uint32_t now, std::vector<Rect>& changes) {
  if (heads_shown_) {
    const auto old_heads = head_rects();
    changes.insert(changes.end(), old_heads.begin(), old_heads.end());
  }
  heads_shown_ = now < painting_frames;
  if (heads_shown_) {
    constexpr float angle_a_frame = 2.0f * pi * rounds / static_cast<float>(painting_frames);
    constexpr int pieces = 12; // straight ones, short enough to look round
    for (int brush = 0; brush < brushes; ++brush) {
      const Curve& curve = curves_[static_cast<std::size_t>(brush)];
      Point from = point(curve, brush, angle_a_frame * static_cast<float>(now));
      Rect touched{size_.width, size_.height, 0, 0};
      for (int i = 1; i <= pieces; ++i) {
        const float t = angle_a_frame * (static_cast<float>(now) + static_cast<float>(i) / pieces);
        const Point to = point(curve, brush, t);
        const Rect part = add_thread(from, to, curve.colour);
        touched = {std::min(touched.x0, part.x0), std::min(touched.y0, part.y0), std::max(touched.x1, part.x1),
                   std::max(touched.y1, part.y1)};
        from = to;
      }
      heads_[static_cast<std::size_t>(brush)] = from;
      changes.push_back(touched);
    }
    const auto heads = head_rects();
    changes.insert(changes.end(), heads.begin(), heads.end());
  } else if (now >= painting_frames + resting_frames) {
    const auto column = [this, now](std::uint32_t extra) {
      return static_cast<int>(static_cast<std::uint32_t>(size_.width) *
                              (now - painting_frames - resting_frames + extra) / wiping_frames);
    };
    wipe(column(0), column(1));
    changes.push_back({column(0), 0, column(1), size_.height});
  }
}

Rect LightArtwork::add_thread(Point from, Point to, Light colour) {
  const float unit = static_cast<float>(std::min(size_.width, size_.height)) / 768.0f;
  const float core = std::max(core_radius * unit, 0.6f);
  const float glow = glow_radius * std::max(unit, 0.3f);
  const Rect rect = Rect{static_cast<int>(std::floor(std::min(from.x, to.x) - glow)),
                         static_cast<int>(std::floor(std::min(from.y, to.y) - glow)),
                         static_cast<int>(std::ceil(std::max(from.x, to.x) + glow)) + 1,
                         static_cast<int>(std::ceil(std::max(from.y, to.y) + glow)) + 1}
                        .clipped_to(size_);
  const float dx = to.x - from.x;
  const float dy = to.y - from.y;
  const float length2 = dx * dx + dy * dy;
  if (length2 == 0.0f)
    return rect;
  for (int y = rect.y0; y < rect.y1; ++y) {
    Light* row = lights_.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(size_.width);
    for (int x = rect.x0; x < rect.x1; ++x) {
      const float px = static_cast<float>(x) + 0.5f - from.x;
      const float py = static_cast<float>(y) + 0.5f - from.y;
      const float along = (px * dx + py * dy) / length2;
      // Half open: the pieces of a thread follow each other without lighting a joint twice.
      if (along < 0.0f || along >= 1.0f)
        continue;
      const float across = px * dy - py * dx;
      const float distance2 = across * across / length2;
      if (distance2 >= glow * glow)
        continue;
      const float fade = 1.0f - distance2 / (glow * glow);
      const float halo = 0.030f * fade * fade * fade;
      const float line = 0.62f * std::clamp(core + 0.5f - std::sqrt(distance2), 0.0f, 1.0f);
      row[x].red += (line + halo) * colour.red;
      row[x].green += (line + halo) * colour.green;
      row[x].blue += (line + halo) * colour.blue;
    }
  }
  return rect;
}

void LightArtwork::wipe(int x0, int x1) {
  for (int y = 0; y < size_.height; ++y) {
    Light* row = lights_.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(size_.width);
    std::fill(row + x0, row + x1, Light{});
  }
}

void LightArtwork::draw_row(int y, int x0, int x1, std::uint32_t* out) const {
  const auto tone = [this](float light) -> std::uint32_t {
    const float index = std::clamp(light / brightest, 0.0f, 1.0f) * static_cast<float>(tone_curve_.size() - 1);
    return tone_curve_[static_cast<std::size_t>(index + 0.5f)];
  };
  const Light* row = lights_.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(size_.width);
  const auto heads = head_rects();
  for (int x = x0; x < x1; ++x) {
    if (in_frame_code(static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y))) {
      const std::uint32_t opaque = alpha_ ? 0xff000000u : 0u;
      *out++ = opaque | frame_code_pixel(static_cast<std::uint32_t>(x), *frame_);
      continue;
    }
    const Light painted = row[x];
    const Light paper = base(x, y);
    Light light{paper.red + painted.red, paper.green + painted.green, paper.blue + painted.blue};
    for (std::size_t i = 0; heads_shown_ && i < heads.size(); ++i) {
      if (x < heads[i].x0 || x >= heads[i].x1 || y < heads[i].y0 || y >= heads[i].y1)
        continue;
      const float dx = static_cast<float>(x) + 0.5f - heads_[i].x;
      const float dy = static_cast<float>(y) + 0.5f - heads_[i].y;
      const float edge = std::clamp(head_radius - std::sqrt(dx * dx + dy * dy), 0.0f, 1.0f);
      const Light colour = curves_[i].colour;
      light.red += edge * (1.2f + colour.red);
      light.green += edge * (1.2f + colour.green);
      light.blue += edge * (1.2f + colour.blue);
    }
    const std::uint32_t red = tone(light.red);
    const std::uint32_t green = tone(light.green);
    const std::uint32_t blue = tone(light.blue);
    const std::uint32_t rgb = red << 16 | green << 8 | blue;
    if (!alpha_) {
      *out++ = rgb;
      continue;
    }
    // The paper turns to tinted glass: what is bright stays opaque, and no colour is above its alpha.
    const std::uint32_t alpha = std::max({red, green, blue, 144u});
    *out++ = alpha << 24 | rgb;
  }
}

} // namespace fenceline::demos
