// A buffer on two displays at once: its release point has the fences of both displays' commits that replace it, by the
// kernel's account of the fence, and signals after both have flipped, by the kernel's record of the flips.

#include <gtest/gtest.h>
#include <linux/sync_file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <regex>
#include <set>

#include "tests/lab/fence_client.h"
#include "tests/lab/witness_card.h"
#include "tests/lab/witness_kernel_trace.h"
#include "tests/lab/witness_planes.h"
#include "tests/lab/witness_session.h"

namespace fenceline::lab {
namespace {

// The same size at two rates: the displays' blanks drift past each other four times a second, and in some frames both
// have their commit under way.
constexpr Size mode{800, 600};
constexpr int frames = 240;

/// One of the fences that a sync file is made of.
struct FencePart {
  std::string timeline; ///< Of a display's commit: its CRTC.
  bool signalled = false;
  friend bool operator==(const FencePart&, const FencePart&) = default;
};

std::vector<FencePart> parts_of(const UniqueFd& sync_file) {
  std::array<sync_fence_info, 16> parts{};
  sync_file_info info{};
  info.num_fences = parts.size();
  info.sync_fence_info = reinterpret_cast<std::uintptr_t>(parts.data());
  if (::ioctl(sync_file.get(), SYNC_IOC_FILE_INFO, &info) != 0)
    throw std::runtime_error("SYNC_IOC_FILE_INFO: " + std::string(std::strerror(errno)));
  std::vector<FencePart> found;
  for (std::uint32_t i = 0; i < std::min<std::uint32_t>(info.num_fences, parts.size()); ++i)
    found.push_back({parts[i].obj_name, parts[i].status != 0});
  return found;
}

/// Those that have not signalled, each once.
std::set<std::string> pending(const std::vector<FencePart>& parts) {
  std::set<std::string> names;
  for (const FencePart& part : parts)
    if (!part.signalled)
      names.insert(part.timeline);
  return names;
}

/// A window that fills both displays, and shows two buffers by turns, each with a timeline for its releases.
class MirroredSwap {
 public:
  explicit MirroredSwap(Client& client)
      : client_(client), window_(client.window(true)), buffers_{&client.buffer(mode), &client.buffer(mode)},
        acquire_(client.timeline()), releases_{&client.timeline(), &client.timeline()} {}

  const Update& commit(std::uint64_t frame) {
    acquire_.signal(frame + 1);
    return client_.commit(window_, *buffers_[frame % 2], {acquire_, frame + 1}, {release(frame), point(frame)});
  }
  [[nodiscard]] Timeline& release(std::uint64_t frame) { return *releases_[frame % 2]; }
  [[nodiscard]] static std::uint64_t point(std::uint64_t frame) { return frame / 2 + 1; }

 private:
  Client& client_;
  Window& window_;
  std::array<Buffer*, 2> buffers_;
  const Timeline& acquire_;
  std::array<Timeline*, 2> releases_;
};

std::string two_rates(const ScratchFolder& folder) {
  const std::string path = folder.path("fenceline.toml");
  std::ofstream(path) << "[[output]]\nmatch = \"Virtual-1\"\nmode = \"800x600@60\"\n\n"
                         "[[output]]\nmatch = \"Virtual-2\"\nmode = \"800x600@56\"\n";
  return path;
}

TEST(Mirrored, AReleasePointHasTheFencesOfBothDisplays) {
  const ScratchFolder folder;
  const TwoDisplays card(true);
  ASSERT_EQ(card.node(), card_node) << "the client and the witness look there";
  // The kiosk's program only has to be there: the window is the test's own.
  Session session({"--device", card.node(), "--config", two_rates(folder), "--kiosk", "--", "/bin/sleep", "1000"});
  {
    const Witness eyes;
    Client client(session.socket());
    MirroredSwap swap(client);
    const Update& first = swap.commit(0);
    ASSERT_TRUE(wait_until({&client}, [&] { return first.settled(); })) << session.log();
    ASSERT_TRUE(wait_until({&client}, [&] { return planes_of(eyes, ::getpid()) == 2; }))
        << "not scanned out on both displays: there is nothing to test\n"
        << session.log();

    KernelTrace kernel(session.compositor().pid());
    std::vector<std::int64_t> came_back; ///< By the frame that replaced the buffer, from 1 on.
    int early = 0, merged = 0;
    for (std::uint64_t frame = 1; frame <= frames; ++frame) {
      const Update& update = swap.commit(frame);
      const Timeline& before = swap.release(frame - 1);
      const std::uint64_t point = MirroredSwap::point(frame - 1);
      std::set<std::string> waited_for;
      std::int64_t back = 0;
      ASSERT_TRUE(wait_until({&client},
                             [&] {
                               // In this order: it may signal between the two questions.
                               if (waited_for.empty() && before.available(point))
                                 waited_for = pending(parts_of(before.sync_file(point)));
                               if (back == 0 && before.signalled(point))
                                 back = now_ns();
                               return back != 0 && update.settled();
                             }))
          << "frame " << frame << ": "
          << (update.settled() ? "the buffer before never came back" : "it was never shown") << "\n"
          << session.log();
      ASSERT_TRUE(update.zero_copy()) << "frame " << frame;
      came_back.push_back(back);
      early += waited_for.empty() ? 0 : 1;
      merged += waited_for.size() > 1 ? 1 : 0;
      for (const std::string& name : waited_for)
        ASSERT_NE(name.find("crtc"), std::string::npos) << "frame " << frame << " waits for " << name;
    }
    std::printf("%d of %d points were there before their flips, %d of them with the fences of both displays\n", early,
                frames, merged);
    EXPECT_GT(merged, 0);

    const KernelRecord record = kernel.stop();
    ASSERT_TRUE(record.complete);
    std::printf("the session has merged fences %d times\n", record.merges);
    EXPECT_GE(record.merges, merged);
    std::array<std::vector<std::int64_t>, 2> flips;
    for (const KernelFlip& flip : record.flips)
      flips.at(flip.crtc).push_back(flip.written_ns);
    // Each display has shown each frame once: the n-th flip is the n-th frame's.
    for (std::size_t display = 0; display < 2; ++display) {
      ASSERT_EQ(flips.at(display).size(), static_cast<std::size_t>(frames)) << "display " << display;
      for (std::size_t i = 0; i < came_back.size(); ++i)
        ASSERT_GE(came_back[i], flips.at(display)[i])
            << "frame " << i + 1 << " had not replaced the buffer before on display " << display;
    }
    EXPECT_EQ(client.error(), "");
  }
  EXPECT_EQ(session.end(), 0) << session.log();
  const std::string report = session.report();
  const std::regex refresh("\"refresh_ms\": ([0-9.]+)");
  std::set<std::string> rates;
  for (std::sregex_iterator found(report.begin(), report.end(), refresh), end; found != end; ++found)
    rates.insert((*found)[1]);
  EXPECT_EQ(rates.size(), 2U) << "the displays do not drift past each other\n" << report;
  EXPECT_NE(report.find("\"layers_composed\": 0"), std::string::npos) << report;
  EXPECT_FALSE(std::regex_search(report, std::regex("\"layers_composed\": [1-9]"))) << report;
}

} // namespace
} // namespace fenceline::lab
