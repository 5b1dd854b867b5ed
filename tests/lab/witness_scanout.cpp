// A second DRM client watches `spin --fullscreen` with a ring of two dma-bufs: what the display scans out is the
// client's own memory, nothing is copied for it, and the kernel counts the flips that the session says it made.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/lab/drm_lab.h"
#include "tests/lab/witness_json.h"
#include "tests/lab/witness_kernel_trace.h"
#include "tests/lab/witness_perfetto.h"
#include "tests/lab/witness_session.h"

namespace fenceline::lab {
namespace {

constexpr std::uint64_t frames = 600;
constexpr std::size_t samples_needed = 100;

/// A blocking wait, which asks for no event: the kernel's record of events stays the compositor's alone.
void wait_for_blank(int card) {
  drmVBlank wait{};
  wait.request.type = DRM_VBLANK_RELATIVE;
  wait.request.sequence = 1;
  drmWaitVBlank(card, &wait);
}

std::uint64_t whole(const Json& json) {
  return static_cast<std::uint64_t>(json.number());
}

/// What was on the primary plane, by inode. A sample counts when the framebuffer is another than at the sample before:
/// then a flip was between the two.
struct Samples {
  std::map<std::uint64_t, std::size_t> by_inode;
  std::size_t of_no_dmabuf = 0;
  std::set<std::uint64_t> open; ///< The dma-bufs that the client had open, by the kernel's word, when 100 were taken.
};

class Scanout : public testing::Test {
 protected:
  // The test may not become the display's owner, and is none: Witness drops what it gets.
  KernelTrace kernel_;
  Session session_;
  Witness eyes_;

  Samples sample_until_end(Process& client) {
    Samples samples;
    std::uint32_t last = 0;
    std::size_t taken = 0;
    while (!client.ended()) {
      wait_for_blank(eyes_.fd());
      const auto crtc = eyes_.crtc();
      if (!crtc || crtc->buffer_id == 0 || crtc->buffer_id == last)
        continue;
      last = crtc->buffer_id;
      const std::uint64_t inode = eyes_.inode_behind(last);
      if (inode == 0)
        ++samples.of_no_dmabuf;
      else
        ++samples.by_inode[inode];
      if (++taken != samples_needed)
        continue;
      for (const HeldDmabuf& held : dmabufs_of(client.pid()))
        samples.open.insert(held.inode);
    }
    return samples;
  }
};

const Json& client_of(const Json& report, pid_t pid) {
  for (const Json& client : report["clients"].list())
    if (client["pid"].number() == pid)
      return client;
  throw std::runtime_error("the report does not know the client");
}

TEST_F(Scanout, ShowsTheClientsOwnMemoryAndTheKernelCountsTheSameFlips) {
  Process spin = session_.client(
      "demos/spin", {"--fullscreen", "--pattern", "--buffers", "2", "--json", "--frames", std::to_string(frames)});
  const Samples samples = sample_until_end(spin);
  ASSERT_EQ(spin.wait(), 0) << spin.errors();
  EXPECT_EQ(session_.end(), 0) << session_.log();
  const KernelRecord kernel = kernel_.stop();
  ASSERT_TRUE(kernel.complete) << "the kernel's buffer was too small: this says nothing about the flips";

  // --- the memory ---
  const Json told = Json::parse(spin.out());
  EXPECT_EQ(told["transport"].text(), "dmabuf") << spin.errors();
  EXPECT_TRUE(told["explicit_sync"].truth()) << spin.errors();
  std::set<std::uint64_t> own;
  for (const Json& inode : told["inodes"].list())
    own.insert(whole(inode));
  ASSERT_EQ(own.size(), 2U);
  // The client's Vulkan driver may hold one of its own besides.
  EXPECT_TRUE(std::includes(samples.open.begin(), samples.open.end(), own.begin(), own.end()))
      << "the client names dma-bufs that it does not hold, by the kernel's word";
  std::size_t of_client = 0;
  for (const std::uint64_t inode : own) {
    const auto seen = samples.by_inode.find(inode);
    const std::size_t count = seen == samples.by_inode.end() ? 0 : seen->second;
    EXPECT_GT(count, 0U) << "dma-buf " << inode << " was never scanned out";
    of_client += count;
  }
  EXPECT_GE(of_client, samples_needed);
  std::printf("%zu sampled flips showed the client's dma-bufs, %zu others a framebuffer without a dma-buf\n", of_client,
              samples.of_no_dmabuf);

  // --- the client's and the session's own words ---
  EXPECT_EQ(whole(told["presented"]), frames);
  EXPECT_EQ(told["zero_copy_share"].number(), 1.0);
  const Json report = Json::parse(session_.report());
  const Json& client = client_of(report, spin.pid());
  EXPECT_EQ(whole(client["presented"]), frames);
  EXPECT_EQ(whole(client["zero_copy"]), frames);
  EXPECT_EQ(whole(client["copied_bytes"]), 0U);
  EXPECT_EQ(whole(client["layers_composed"]), 0U);

  // --- the kernel's count ---
  // Every flip in the trace is one event that the kernel delivered, with the same sequence number and in the same
  // order, from the first modeset on. Only after the trace's last flip may the kernel have one more: the session ends
  // with a commit on its way, waits for its flip, and writes no more then. Of these flips, 600 presented a frame of the
  // client, each one frame; the others are the compositor's own (the empty desktop before and after).
  const WireTrace trace = read_wire_trace(text_of(session_.trace()));
  std::vector<std::uint32_t> said;
  std::set<std::uint64_t> flipped;
  for (const WireEvent* flip : trace.named("flip")) {
    said.push_back(static_cast<std::uint32_t>(flip->number_or_0("sequence")));
    flipped.insert(flip->number_or_0("frame"));
  }
  std::vector<std::uint32_t> counted;
  std::set<std::string> receivers;
  for (const KernelFlip& flip : kernel.flips) {
    counted.push_back(flip.sequence);
    receivers.insert(flip.file);
  }
  EXPECT_EQ(receivers.size(), 1U) << "somebody else was sent flips too";
  ASSERT_GE(counted.size(), said.size());
  EXPECT_LE(counted.size(), said.size() + 1);
  counted.resize(said.size());
  EXPECT_EQ(counted, said);

  std::set<std::uint64_t> presenting;
  std::size_t presented = 0;
  for (const WireEvent* event : trace.named("presented")) {
    if (event->number_or_0("client") != whole(client["id"]))
      continue;
    ++presented;
    presenting.insert(event->number_or_0("frame"));
    EXPECT_EQ(event->number_or_0("zero_copy"), 1U) << "commit " << event->number_or_0("commit");
  }
  EXPECT_EQ(presented, frames);
  EXPECT_EQ(presenting.size(), frames) << "two of the client's frames were presented by one flip";
  EXPECT_TRUE(std::includes(flipped.begin(), flipped.end(), presenting.begin(), presenting.end()));
  std::printf("%zu flips by the kernel's count and the trace's: %zu of the client, %zu of the compositor's own\n",
              said.size(), presenting.size(), said.size() - presenting.size());
  for (const WireEvent* copy : trace.named("copy"))
    EXPECT_NE(copy->number_or_0("client"), whole(client["id"])) << copy->text("copy");
}

} // namespace
} // namespace fenceline::lab
