// Two windows that overlap, one of them translucent, and a cursor above both: the display's own composition (vkms'
// writeback) against a CPU's. Run once with a cursor plane and once without: then the cursor is composed.

#include <drm_fourcc.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <set>

#include "compositor/input/arrow_cursor.h"
#include "demos/cursor_pattern.h"
#include "demos/paint_pattern.h"
#include "tests/lab/drm_lab.h"
#include "tests/lab/witness_picture.h"
#include "tests/lab/witness_pointer.h"
#include "tests/lab/witness_session.h"
#include "tests/lab/witness_writeback.h"
#include "tests/support/cpu_reference.h"

namespace fenceline::lab {
namespace {

constexpr Size screen{1024, 768};
constexpr Size window{640, 480};
// Windows are centred, each new one 32 px further right and down.
constexpr Point spin_at{(screen.width - window.width) / 2, (screen.height - window.height) / 2};
constexpr Point paint_at{spin_at.x + 32, spin_at.y + 32};
constexpr int samples = 4;
// Looks at the display until something is to be seen. A look takes a blank or more.
constexpr int most_looks = 1500;

/// A cursor's picture and where it stands.
struct Cursor {
  std::string name;
  Point pointer;
  Point hotspot;
  ReferencePixels pixels;

  [[nodiscard]] Point origin() const { return {pointer.x - hotspot.x, pointer.y - hotspot.y}; }
};

ReferencePixels pixels_of(Size size, const std::function<std::uint32_t(std::uint32_t, std::uint32_t)>& pixel) {
  ReferencePixels pixels{size, {}};
  for (std::int32_t y = 0; y < size.height; ++y)
    for (std::int32_t x = 0; x < size.width; ++x)
      pixels.words.push_back(pixel(static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y)));
  return pixels;
}

Cursor own_cursor(std::string name, Point pointer) {
  constexpr auto edge = static_cast<std::int32_t>(demos::cursor_size);
  constexpr auto hotspot = static_cast<std::int32_t>(demos::cursor_hotspot);
  return {std::move(name), pointer, {hotspot, hotspot}, pixels_of({edge, edge}, demos::cursor_pixel)};
}

/// paint brings its own cursor: it stands in paint's window, reaching over spin's.
Cursor cursor_of_paint() {
  return own_cursor("paint's own cursor", {paint_at.x + 6, paint_at.y + 150});
}

/// So does spin, when it is asked to: it stands in spin's window, reaching over paint's.
Cursor cursor_of_spin() {
  return own_cursor("spin's own cursor in a dma-buf", {paint_at.x - 7, paint_at.y + 200});
}

/// spin leaves the cursor to the session: the arrow stands in spin's window, reaching over paint's.
Cursor arrow() {
  const ArrowCursor image;
  std::vector<std::uint32_t> words(std::size_t{ArrowCursor::edge} * ArrowCursor::edge);
  EXPECT_TRUE(image.read_rows(0, ArrowCursor::edge, std::as_writable_bytes(std::span(words))));
  return {"the session's arrow",
          {paint_at.x - 7, paint_at.y + 200},
          ArrowCursor::hotspot,
          {{ArrowCursor::edge, ArrowCursor::edge}, words}};
}

bool opaque(std::uint32_t word) {
  return word >> 24 == 0xffU;
}

/// What the display must show, and where blending makes a difference of 1 of 255 right.
struct Expected {
  Picture picture;
  std::function<int(Point)> allowed;
};

Expected expected(std::uint32_t spin_frame, std::uint32_t paint_frame, const Cursor& cursor) {
  struct Part {
    Point at;
    std::uint32_t format;
    ReferencePixels pixels;
  };
  std::vector<Part> parts;
  parts.push_back({spin_at, DRM_FORMAT_XRGB8888, pixels_of(window, [&](std::uint32_t x, std::uint32_t y) {
                     return demos::pattern_pixel(x, y, spin_frame) | 0xff000000U;
                   })});
  parts.push_back({paint_at, DRM_FORMAT_ARGB8888, pixels_of(window, [&](std::uint32_t x, std::uint32_t y) {
                     return demos::paint_pixel_argb(x, y, paint_frame);
                   })});
  parts.push_back({cursor.origin(), DRM_FORMAT_ARGB8888, cursor.pixels});

  SceneSnapshot scene;
  scene.size = screen;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Size size = parts[i].pixels.size;
    Layer layer;
    layer.surface = static_cast<SurfaceId>(i);
    layer.format = {parts[i].format, DRM_FORMAT_MOD_LINEAR};
    layer.buffer_size = size;
    layer.source = {0, 0, double(size.width), double(size.height)};
    layer.dest = {parts[i].at.x, parts[i].at.y, size.width, size.height};
    scene.layers.push_back(layer);
  }
  const auto words = reference_compose(
      scene, [&](const Layer& layer) { return &parts[static_cast<std::size_t>(layer.surface)].pixels; });
  Expected result;
  result.picture = make_picture(screen, [&](std::uint32_t x, std::uint32_t y) { return words[y * screen.width + x]; });
  // Exact, unless something translucent is above the topmost opaque thing.
  result.allowed = [parts = std::move(parts)](Point p) {
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
      const Point in{p.x - part->at.x, p.y - part->at.y};
      const Size size = part->pixels.size;
      if (in.x < 0 || in.y < 0 || in.x >= size.width || in.y >= size.height)
        continue;
      const std::uint32_t word =
          part->pixels.words[static_cast<std::size_t>(in.y) * static_cast<std::size_t>(size.width) +
                             static_cast<std::size_t>(in.x)];
      if (opaque(word))
        return 0;
      if (word != 0)
        return 1;
    }
    return 0;
  };
  return result;
}

bool cursor_stands_there(const Picture& picture, const Cursor& cursor) {
  const Size size = cursor.pixels.size;
  std::size_t seen = 0;
  for (std::int32_t y = 0; y < size.height; ++y)
    for (std::int32_t x = 0; x < size.width; ++x) {
      const std::uint32_t word =
          cursor.pixels
              .words[static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width) + static_cast<std::size_t>(x)];
      if (!opaque(word))
        continue;
      ++seen;
      if (picture.at({cursor.origin().x + x, cursor.origin().y + y}) != (word & 0xffffffU))
        return false;
    }
  return seen > 0;
}

class Overlap : public testing::Test {
 protected:
  AbsolutePointer pointer_{screen};
  Session session_;
  Witness eyes_;

  /// Null: it never came to be seen.
  static bool look_until(Writeback& writeback, const std::function<bool(const Picture&)>& seen) {
    for (int look = 0; look < most_looks; ++look)
      if (seen(writeback.capture()))
        return true;
    return false;
  }

  /// The framebuffer on the cursor plane; 0 without one.
  [[nodiscard]] std::uint32_t on_cursor_plane() const {
    const std::unique_ptr<drmModePlaneRes, decltype(&drmModeFreePlaneResources)> planes(
        drmModeGetPlaneResources(eyes_.fd()), drmModeFreePlaneResources);
    // vkms' default device has a primary plane and, if asked for, a cursor plane; nothing else here.
    return planes->count_planes < 2 ? 0 : eyes_.framebuffer_on(planes->planes[1]);
  }

  /// Whether what is on the cursor plane is memory of that client's.
  [[nodiscard]] bool is_on_cursor_plane(const Process& client) const {
    const std::uint32_t framebuffer = on_cursor_plane();
    const std::vector<HeldDmabuf> held = dmabufs_of(client.pid());
    return framebuffer != 0 && std::any_of(held.begin(), held.end(), [&](const HeldDmabuf& buffer) {
             return buffer.inode == eyes_.inode_behind(framebuffer);
           });
  }

  void watch(bool cursor_plane, bool spins_own = false);
};

void Overlap::watch(bool cursor_plane, bool spins_own) {
  // Off the windows, so that neither gets it by the way.
  pointer_.move_to({10, 10});
  {
    const std::vector<std::string> size{"--size", "640x480", "--pattern", "--json"};
    auto with = [&size](std::vector<std::string> more) {
      more.insert(more.end(), size.begin(), size.end());
      return more;
    };
    Process spin = session_.client("demos/spin", with(spins_own ? std::vector<std::string>{"--cursor", "own-dmabuf"}
                                                                : std::vector<std::string>{}));
    Writeback writeback(session_.compositor().pid());
    ASSERT_TRUE(look_until(writeback, [](const Picture& p) { return number_stands_at(p, spin_at); }))
        << spin.errors() << session_.log();
    Process paint = session_.client("demos/paint", with({"--alpha"}));
    ASSERT_TRUE(look_until(writeback, [](const Picture& p) { return number_stands_at(p, paint_at); }))
        << paint.errors() << session_.log();

    for (const Cursor& cursor : {cursor_of_paint(), spins_own ? cursor_of_spin() : arrow()}) {
      pointer_.move_to(cursor.pointer);
      std::set<std::pair<std::uint32_t, std::uint32_t>> numbers;
      for (int i = 0; i < samples; ++i) {
        ASSERT_TRUE(look_until(writeback,
                               [&](const Picture& p) {
                                 const std::pair now(frame_number(p, spin_at), frame_number(p, paint_at));
                                 return cursor_stands_there(p, cursor) && !numbers.contains(now);
                               }))
            << cursor.name << " was never seen, or the windows stand still\n"
            << session_.log();
        paint.freeze();
        spin.freeze();
        const Picture shown = writeback.capture_settled();
        const std::uint32_t spin_frame = frame_number(shown, spin_at), paint_frame = frame_number(shown, paint_at);
        const Expected should = expected(spin_frame, paint_frame, cursor);
        const auto wrong = differences(shown, should.picture, should.allowed);
        EXPECT_TRUE(wrong.empty()) << cursor.name << ", spin's frame " << spin_frame << ", paint's " << paint_frame
                                   << ": " << text(wrong);
        const auto inexact = differences(shown, should.picture);
        std::printf("%s, frames %u and %u: %zu pixels blended to a value beside the reference's\n", cursor.name.c_str(),
                    spin_frame, paint_frame, inexact.size());
        // The comparison must be able to fail: with the cursor a pixel away, and with a frame that is not shown.
        Cursor moved = cursor;
        ++moved.pointer.x;
        EXPECT_FALSE(differences(shown, expected(spin_frame, paint_frame, moved).picture, should.allowed).empty());
        EXPECT_FALSE(differences(shown, expected(spin_frame + 1, paint_frame, cursor).picture, should.allowed).empty());
        EXPECT_EQ(on_cursor_plane() != 0, cursor_plane);
        EXPECT_EQ(is_on_cursor_plane(spin), cursor_plane && spins_own && cursor.name == cursor_of_spin().name);
        numbers.insert({spin_frame, paint_frame});
        spin.thaw();
        paint.thaw();
      }
    }
    for (Process* client : {&spin, &paint}) {
      client->send(SIGTERM);
      EXPECT_EQ(client->wait(), 0) << client->errors();
    }
  }
  EXPECT_EQ(session_.end(), 0) << session_.log();
}

// For a lab with vkms.enable_cursor=1.
TEST_F(Overlap, WithTheCursorOnItsPlane) {
  watch(true);
}

// For a lab with vkms.enable_cursor=0.
TEST_F(Overlap, WithTheCursorComposed) {
  watch(false);
}

// For a lab with vkms.enable_cursor=1.
TEST_F(Overlap, WithAClientsDmabufOnItsPlane) {
  watch(true, true);
}

// For a lab with vkms.enable_cursor=0.
TEST_F(Overlap, WithAClientsDmabufComposed) {
  watch(false, true);
}

} // namespace
} // namespace fenceline::lab
