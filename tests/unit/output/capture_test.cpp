// Screenshots: what is on the screen, and rule 5 of docs/architecture.md while it is copied.
#include "compositor/output/capture.h"

#include "tests/unit/output/output_bench.h"

namespace fenceline::test {
namespace {

struct CaptureBench : OutputBench {
  using OutputBench::OutputBench;

  /// Asks for a capture now; its answer comes to `answers`.
  Result<void> capture() {
    return output().capture([this](Result<Capture> answer) { answers.push_back(std::move(answer)); });
  }
  [[nodiscard]] BufferId on_primary() { return device.on_screen().planes.at(0).buffer; }

  std::vector<Result<Capture>> answers;
};

// What is copied.

TEST(CaptureTest, AComposedScreenIsTheImageThatIsOnIt) {
  CaptureBench bench;
  EXPECT_FALSE(bench.capture()) << "nothing is shown yet";
  bench.commit(FakeSource::window(9, 1003, window_place));
  bench.commit(FakeSource::window(8, 1004, window_place, BufferKind::Shm));
  bench.run_to(16);
  const BufferId shown = bench.on_primary();
  // Newer content has been drawn, elsewhere, and is on its way.
  bench.commit(FakeSource::window(9, 1005, window_place));
  bench.commit(FakeSource::window(8, 1006, window_place, BufferKind::Shm));
  bench.run_to(30);
  ASSERT_EQ(bench.composer.draws.size(), 2U);
  const std::size_t uploads = bench.composer.uploads.size();
  ASSERT_TRUE(bench.capture());
  EXPECT_EQ(bench.composer.read_backs, std::vector{shown});
  EXPECT_EQ(bench.composer.uploads.size(), uploads);
  EXPECT_EQ(bench.composer.draws.size(), 2U) << "nothing is drawn for it";
  ASSERT_EQ(bench.answers.size(), 1U);
  ASSERT_TRUE(bench.answers[0]);
  EXPECT_FALSE(bench.answers[0]->cursor);
  EXPECT_EQ(flatten(*bench.answers[0]).at(5), 0xff000000U | FakeComposer::grey_of(shown));
}

TEST(CaptureTest, AScannedOutScreenIsTheClientsBuffer) {
  CaptureBench bench;
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.run_to(16);
  ASSERT_TRUE(bench.capture());
  EXPECT_EQ(bench.composer.read_backs, std::vector{BufferId{1001}});
  EXPECT_EQ(bench.answers.size(), 1U);
}

TEST(CaptureTest, TheCursorIsTheOneOnItsPlane) {
  CaptureBench bench;
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.source.commit(FakeSource::cursor(3, 1005, {10, 20}), 0xff00ff00);
  bench.run_to(16);
  // Another picture at another place, not on the screen yet.
  Layer moved = FakeSource::cursor(3, 1006, {100, 200});
  bench.source.commit(moved, 0xffff0000);
  bench.set->schedule_all();
  bench.run_to(30);
  ASSERT_EQ(bench.device.submits.size(), 2U);
  ASSERT_TRUE(bench.capture());
  EXPECT_TRUE(bench.composer.uploads.empty());
  ASSERT_TRUE(bench.answers.at(0));
  ASSERT_TRUE(bench.answers[0]->cursor);
  EXPECT_EQ(bench.answers[0]->cursor->at, (Point{10, 20}));
  const auto pixels = flatten(*bench.answers[0]);
  const std::uint32_t below = 0xff000000U | FakeComposer::grey_of(BufferId{1001});
  EXPECT_EQ(pixels.at(20 * 1024 + 10), 0xff00ff00U);
  EXPECT_EQ(pixels.at(43 * 1024 + 33), 0xff00ff00U);
  EXPECT_EQ(pixels.at(44 * 1024 + 33), below) << "the plane's image is larger than the cursor, and transparent there";
  EXPECT_EQ(pixels.at(200 * 1024 + 100), below);
  bench.run_to(32);
  ASSERT_TRUE(bench.capture());
  EXPECT_EQ(flatten(*bench.answers.at(1)).at(200 * 1024 + 100), 0xffff0000U);
}

TEST(CaptureTest, ItsBytesAreBookedOnce) {
  CaptureBench bench;
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.run_to(16);
  bench.observer.clear();
  ASSERT_TRUE(bench.capture());
  EXPECT_EQ(bench.observer.count(FrameEventKind::Copy), 1U);
  EXPECT_EQ(bench.observer.bytes(CopyKind::Capture), 1024U * 768U * 4U);
}

// While it is copied.

TEST(CaptureTest, NobodyWaitsForTheCopy) {
  for (const auto mode : {FakeComposer::Mode::Fence, FakeComposer::Mode::DoneLater, FakeComposer::Mode::FenceLater}) {
    CaptureBench bench;
    bench.commit(bench.source.fullscreen(7, 1001));
    bench.run_to(16);
    bench.composer.mode = mode;
    bench.composer.gpu_time = ms(100);
    ASSERT_TRUE(bench.capture());
    EXPECT_EQ(bench.loop.now(), at_ms(16));
    EXPECT_TRUE(bench.answers.empty());
    const CommitId next = bench.commit(bench.source.fullscreen(7, 1002));
    bench.run_to(115);
    EXPECT_EQ(bench.source.fate(next).flip, at_ms(32)) << "frames go on";
    EXPECT_TRUE(bench.answers.empty());
    bench.run_to(116);
    ASSERT_EQ(bench.answers.size(), 1U);
    EXPECT_TRUE(bench.answers[0]);
  }
}

TEST(CaptureTest, AClientsBufferIsHeldUntilItIsCopied) {
  for (const auto mode : {FakeComposer::Mode::Fence, FakeComposer::Mode::DoneLater, FakeComposer::Mode::FenceLater}) {
    CaptureBench bench;
    bool early = false;
    bench.source.on_release = [&](BufferId buffer) { early |= bench.composer.reads(buffer); };
    bench.commit(bench.source.fullscreen(7, 1001));
    bench.run_to(16);
    bench.composer.mode = mode;
    bench.composer.gpu_time = ms(100);
    ASSERT_TRUE(bench.capture());
    bench.commit(bench.source.fullscreen(7, 1002));
    bench.run_to(115);
    EXPECT_FALSE(bench.device.uses(BufferId{1001}));
    EXPECT_FALSE(bench.source.has_been_released(BufferId{1001}));
    bench.run_to(116);
    EXPECT_TRUE(bench.source.has_been_released(BufferId{1001}));
    EXPECT_FALSE(early);
    bench.source.on_release = nullptr;
  }
}

TEST(CaptureTest, AComposedImageIsNotDrawnToUntilItIsCopied) {
  CaptureBench bench;
  bench.commit(FakeSource::window(9, 1003, window_place));
  bench.run_to(16);
  bench.composer.mode = FakeComposer::Mode::DoneLater;
  bench.composer.gpu_time = ms(3);
  for (std::int64_t frame = 2; frame < 40; ++frame) {
    if (frame % 3 == 0) {
      bench.composer.gpu_time = ms(40);
      ASSERT_TRUE(bench.capture());
      bench.composer.gpu_time = ms(3);
    }
    bench.commit(FakeSource::window(9, 1003 + static_cast<std::uint64_t>(frame) % 2, window_place));
    bench.run_to(frame * 16);
  }
  EXPECT_EQ(bench.composer.drawn_over, 0U);
  EXPECT_GE(bench.device.flips(), 20U) << "and frames go on";
}

// What goes wrong.

TEST(CaptureTest, WithoutARendererThereIsNone) {
  CaptureBench bench({fake_output()}, false);
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.run_to(16);
  EXPECT_FALSE(bench.capture());
}

TEST(CaptureTest, ErrorsAreTold) {
  CaptureBench bench;
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.run_to(16);
  bench.composer.read_back_errors = 1;
  EXPECT_FALSE(bench.capture());
  EXPECT_TRUE(bench.answers.empty());
  bench.composer.late_errors = 1;
  ASSERT_TRUE(bench.capture());
  ASSERT_EQ(bench.answers.size(), 1U);
  EXPECT_FALSE(bench.answers[0]);
  bench.composer.mode = FakeComposer::Mode::Fence;
  bench.loop.watches_fail = true;
  ASSERT_TRUE(bench.capture());
  ASSERT_EQ(bench.answers.size(), 2U);
  EXPECT_FALSE(bench.answers[1]) << "its end cannot be told";
}

TEST(CaptureTest, AnAnswerThatComesAfterTheOutputIsGoneIsDropped) {
  for (const auto mode : {FakeComposer::Mode::Fence, FakeComposer::Mode::DoneLater}) {
    CaptureBench bench;
    bench.commit(bench.source.fullscreen(7, 1001));
    bench.run_to(16);
    bench.composer.mode = mode;
    bench.composer.gpu_time = ms(3);
    const auto held = std::make_shared<int>(0);
    ASSERT_TRUE(bench.output().capture([held](Result<Capture>) { FAIL(); }));
    bench.set.reset();
    bench.run_to(100);
    bench.composer.forget_jobs();
    EXPECT_EQ(held.use_count(), 1);
  }
}

// The pieces laid together.

Capture picture(Size size, std::uint32_t below, Point at, Size cursor, std::uint32_t over) {
  const auto count = [](Size s) { return static_cast<std::size_t>(s.width) * static_cast<std::size_t>(s.height); };
  const auto pixels = std::make_shared<std::vector<std::uint32_t>>(count(size), below);
  Capture capture{.size = size, .pieces = {}, .cursor = {}};
  Capture::Piece piece;
  piece.image = {size, *pixels, pixels, {}};
  piece.source = {0, 0, static_cast<double>(size.width), static_cast<double>(size.height)};
  piece.dest = {0, 0, size.width, size.height};
  capture.pieces.push_back(std::move(piece));
  capture.cursor = Capture::Cursor{{cursor, std::vector<std::uint32_t>(count(cursor), over)}, at};
  return capture;
}

TEST(FlattenTest, BlendsPremultipliedAlpha) {
  // 0x80 of 255 is covered: 0x20 + 0x64 * 127 / 255 = 0x20 + 49.8.
  EXPECT_EQ(flatten(picture({1, 1}, 0x12646400, {0, 0}, {1, 1}, 0x80200080)), (std::vector<std::uint32_t>{0xff523280}));
  EXPECT_EQ(flatten(picture({1, 1}, 0x00123456, {0, 0}, {1, 1}, 0)), (std::vector<std::uint32_t>{0xff123456}));
  EXPECT_EQ(flatten(picture({1, 1}, 0x00123456, {0, 0}, {1, 1}, 0xff654321)), (std::vector<std::uint32_t>{0xff654321}));
  // More colour than alpha, which no client should send, does not run over.
  EXPECT_EQ(flatten(picture({1, 1}, 0x00ffffff, {0, 0}, {1, 1}, 0x00ffff00)), (std::vector<std::uint32_t>{0xffffffff}));
}

TEST(FlattenTest, CutsTheCursorAtTheEdges) {
  for (const Point at : {Point{-1, -1}, Point{2, 1}, Point{-1, 1}, Point{2, -1}}) {
    const auto pixels = flatten(picture({3, 2}, 0, at, {2, 2}, 0xff0000ff));
    EXPECT_EQ(std::count(pixels.begin(), pixels.end(), 0xff0000ffU), 1) << at.x << " " << at.y;
    const auto x = static_cast<std::size_t>(at.x < 0 ? 0 : 2), y = static_cast<std::size_t>(at.y < 0 ? 0 : 1);
    EXPECT_EQ(pixels.at(y * 3 + x), 0xff0000ffU);
  }
  for (const Point at : {Point{-2, 0}, Point{3, 0}, Point{0, 2}, Point{0, -2}, Point{-1000000, 1000000}}) {
    const auto pixels = flatten(picture({3, 2}, 0, at, {2, 2}, 0xff0000ff));
    EXPECT_EQ(std::count(pixels.begin(), pixels.end(), 0xff0000ffU), 0);
  }
}

// Against words written down by hand: an L of three letters in memory, as clients turn it (wl_output.transform).
TEST(Flatten, ShowsTurnedPicturesUpright) {
  // Upright: A B / C D / E F, 2 x 3.
  const std::vector<std::uint32_t> upright{0xff00000a, 0xff00000b, 0xff00000c, 0xff00000d, 0xff00000e, 0xff00000f};
  const auto memory = [](std::vector<std::uint32_t> letters) {
    for (std::uint32_t& letter : letters)
      letter |= 0xff000000;
    return letters;
  };
  struct Case {
    Transform transform;
    Size size;
    std::vector<std::uint32_t> words;
  };
  const std::vector<Case> cases{{Transform::Normal, {2, 3}, memory({0xa, 0xb, 0xc, 0xd, 0xe, 0xf})},
                                // Counter-clockwise: the right edge is on top.
                                {Transform::R90, {3, 2}, memory({0xb, 0xd, 0xf, 0xa, 0xc, 0xe})},
                                {Transform::R180, {2, 3}, memory({0xf, 0xe, 0xd, 0xc, 0xb, 0xa})},
                                {Transform::R270, {3, 2}, memory({0xe, 0xc, 0xa, 0xf, 0xd, 0xb})},
                                // Left and right exchanged, and then the same.
                                {Transform::Flipped, {2, 3}, memory({0xb, 0xa, 0xd, 0xc, 0xf, 0xe})},
                                {Transform::Flipped90, {3, 2}, memory({0xa, 0xc, 0xe, 0xb, 0xd, 0xf})},
                                {Transform::Flipped180, {2, 3}, memory({0xe, 0xf, 0xc, 0xd, 0xa, 0xb})},
                                {Transform::Flipped270, {3, 2}, memory({0xf, 0xd, 0xb, 0xe, 0xc, 0xa})}};
  for (const Case& turned : cases) {
    Capture capture{.size = {2, 3}, .pieces = {}, .cursor = {}};
    Capture::Piece piece;
    piece.image = {turned.size, turned.words, nullptr, {}};
    piece.source = {0, 0, static_cast<double>(turned.size.width), static_cast<double>(turned.size.height)};
    piece.dest = {0, 0, 2, 3};
    piece.transform = turned.transform;
    capture.pieces.push_back(std::move(piece));
    EXPECT_EQ(flatten(capture), upright) << static_cast<int>(turned.transform);
  }
}

TEST(Flatten, FadesOverWhatLiesBelow) {
  const std::vector<std::uint32_t> white{0xffffffff}, red{0x00ff0000};
  Capture capture{.size = {1, 1}, .pieces = {}, .cursor = {}};
  for (const auto* words : {&white, &red}) {
    Capture::Piece piece;
    piece.image = {{1, 1}, *words, nullptr, {}};
    piece.source = {0, 0, 1, 1};
    piece.dest = {0, 0, 1, 1};
    piece.fade = words == &red ? 0.2F : 1.0F;
    capture.pieces.push_back(std::move(piece));
  }
  EXPECT_EQ(flatten(capture), std::vector<std::uint32_t>{0xffffcccc});
}

TEST(CaptureTest, AScreenThatIsTurnedIsUprightInItsPicture) {
  // A screen of 3 x 2 whose picture is 2 x 3: turned by a quarter counter-clockwise, its right edge is at the top.
  const std::vector<std::uint32_t> pixels{1, 2, 3, 4, 5, 6};
  Capture capture{.size = {3, 2}, .pieces = {}, .cursor = {}};
  capture.pieces.push_back({.image = {.size = {3, 2}, .pixels = pixels, .memory = nullptr, .fence = {}},
                            .source = {0, 0, 3, 2},
                            .dest = {0, 0, 3, 2}});
  const auto low = [&capture](Transform turned_by) {
    std::vector<std::uint32_t> words = upright(capture, turned_by);
    for (std::uint32_t& word : words)
      word &= 0xffU;
    return words;
  };
  using Words = std::vector<std::uint32_t>;
  EXPECT_EQ(low(Transform::Normal), (Words{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(low(Transform::R90), (Words{4, 1, 5, 2, 6, 3}));
  EXPECT_EQ(low(Transform::R180), (Words{6, 5, 4, 3, 2, 1}));
  EXPECT_EQ(low(Transform::R270), (Words{3, 6, 2, 5, 1, 4}));
  EXPECT_EQ(low(Transform::Flipped), (Words{3, 2, 1, 6, 5, 4}));
}

} // namespace
} // namespace fenceline::test
