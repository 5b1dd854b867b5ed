// zwp_linux_dmabuf_feedback_v1: what it says, and when it says something else.
#include <drm_fourcc.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "tests/integration/client_harness.h"

namespace fenceline::test {
namespace {

class DmabufFeedbackTest : public ProtocolTest {};

struct Feedback {
  ~Feedback() {
    if (table != nullptr)
      ::munmap(const_cast<char*>(table), table_size);
  }
  std::string text;
  UniqueFd fd;
  const char* table = nullptr;
  std::uint32_t table_size = 0;
};

const zwp_linux_dmabuf_feedback_v1_listener feedback_listener = {
    .done = [](void* data, zwp_linux_dmabuf_feedback_v1*) { static_cast<Feedback*>(data)->text += "done"; },
    .format_table =
        [](void* data, zwp_linux_dmabuf_feedback_v1*, std::int32_t fd, std::uint32_t size) {
          auto* to = static_cast<Feedback*>(data);
          to->fd = UniqueFd(fd);
          to->table_size = size;
          to->table = static_cast<const char*>(::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0));
          to->text += fmt::format("table {}; ", size);
        },
    .main_device =
        [](void* data, zwp_linux_dmabuf_feedback_v1*, wl_array* device) {
          dev_t number = 0;
          std::memcpy(&number, device->data, std::min(sizeof number, device->size));
          static_cast<Feedback*>(data)->text += fmt::format("main {:#x} of {}; ", number, device->size);
        },
    .tranche_done = [](void* data,
                       zwp_linux_dmabuf_feedback_v1*) { static_cast<Feedback*>(data)->text += "tranche done; "; },
    .tranche_target_device =
        [](void* data, zwp_linux_dmabuf_feedback_v1*, wl_array* device) {
          dev_t number = 0;
          std::memcpy(&number, device->data, std::min(sizeof number, device->size));
          static_cast<Feedback*>(data)->text += fmt::format("target {:#x}; ", number);
        },
    .tranche_formats =
        [](void* data, zwp_linux_dmabuf_feedback_v1*, wl_array* indices) {
          auto* to = static_cast<Feedback*>(data);
          for (std::size_t i = 0; i < indices->size / 2; ++i) {
            std::uint16_t index = 0;
            std::memcpy(&index, static_cast<const char*>(indices->data) + i * 2, 2);
            std::uint32_t format = 0;
            std::uint64_t modifier = 0;
            std::memcpy(&format, to->table + index * 16, 4);
            std::memcpy(&modifier, to->table + index * 16 + 8, 8);
            to->text += fmt::format("{}{}{}{}:{:x} ", static_cast<char>(format), static_cast<char>(format >> 8U),
                                    static_cast<char>(format >> 16U), static_cast<char>(format >> 24U), modifier);
          }
        },
    .tranche_flags =
        [](void* data, zwp_linux_dmabuf_feedback_v1*, std::uint32_t flags) {
          static_cast<Feedback*>(data)->text += fmt::format("flags {}; ", flags);
        },
};

TEST_F(DmabufFeedbackTest, SurfaceFeedbackHasAScanoutTrancheFirst) {
  Feedback feedback;
  auto* five = client->bind<zwp_linux_dmabuf_v1>(zwp_linux_dmabuf_v1_interface, 5);
  auto* object = client->own(zwp_linux_dmabuf_v1_get_surface_feedback(five, client->surface()));
  zwp_linux_dmabuf_feedback_v1_add_listener(object, &feedback_listener, &feedback);
  expect_alive();
  EXPECT_EQ("table 64; main 0x1234 of 8; "
            "target 0x1234; flags 1; XR24:0 tranche done; "
            "target 0x1234; flags 0; AR24:0 XR24:0 XR24:100000000000001 NV12:0 tranche done; done",
            feedback.text);
}

TEST_F(DmabufFeedbackTest, DefaultFeedbackIsTheComposers) {
  Feedback feedback;
  auto* five = client->bind<zwp_linux_dmabuf_v1>(zwp_linux_dmabuf_v1_interface, 5);
  auto* object = client->own(zwp_linux_dmabuf_v1_get_default_feedback(five));
  zwp_linux_dmabuf_feedback_v1_add_listener(object, &feedback_listener, &feedback);
  expect_alive();
  EXPECT_EQ("table 64; main 0x1234 of 8; "
            "target 0x1234; flags 0; AR24:0 XR24:0 XR24:100000000000001 NV12:0 tranche done; done",
            feedback.text);
}

#ifdef ZWP_LINUX_BUFFER_PARAMS_V1_SET_SAMPLING_DEVICE_SINCE_VERSION
TEST_F(DmabufFeedbackTest, Version6IsToldOfSamplingByFlags) {
  Feedback feedback;
  auto* object = client->own(zwp_linux_dmabuf_v1_get_surface_feedback(client->dmabuf, client->surface()));
  zwp_linux_dmabuf_feedback_v1_add_listener(object, &feedback_listener, &feedback);
  expect_alive();
  EXPECT_EQ("table 64; "
            "target 0x1234; flags 3; XR24:0 tranche done; "
            "target 0x1234; flags 2; AR24:0 XR24:0 XR24:100000000000001 NV12:0 tranche done; done",
            feedback.text);
}
#endif

TEST_F(DmabufFeedbackTest, TheTableCanBeChangedByNobody) {
  Feedback feedback;
  auto* object = client->own(zwp_linux_dmabuf_v1_get_default_feedback(client->dmabuf));
  zwp_linux_dmabuf_feedback_v1_add_listener(object, &feedback_listener, &feedback);
  pump();
  const int seals = ::fcntl(feedback.fd.get(), F_GET_SEALS);
  EXPECT_EQ(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE, seals);
  EXPECT_NE(0, ::ftruncate(feedback.fd.get(), 0));
  EXPECT_LT(::pwrite(feedback.fd.get(), "x", 1, 0), 0);
  EXPECT_EQ(MAP_FAILED, ::mmap(nullptr, 64, PROT_READ | PROT_WRITE, MAP_SHARED, feedback.fd.get(), 0));
}

TEST_F(DmabufFeedbackTest, FeedbackOutlivesItsSurface) {
  wl_surface* surface = client->surface();
  auto* object = client->own(zwp_linux_dmabuf_v1_get_surface_feedback(client->dmabuf, surface));
  client->drop(surface, wl_surface_destroy);
  client->drop(object, zwp_linux_dmabuf_feedback_v1_destroy);
  expect_alive();
}

constexpr FormatModifier xrgb_linear{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR};
constexpr FormatModifier argb_linear{DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR};
constexpr const char* composed = "target 0x1234; flags 0; AR24:0 XR24:0 XR24:100000000000001 NV12:0 tranche done; done";

/// A surface with feedback of version 5, on an output with an overlay that takes less than its primary plane.
class SurfaceFeedbackTest : public ProtocolTest {
 protected:
  void SetUp() override {
    ProtocolTest::SetUp();
    const OutputPlaneFormats output{
        .output = TestServer::output, .any = {xrgb_linear, argb_linear}, .overlay = {argb_linear}};
    server.dmabuf->set_outputs({&output, 1});
    five = client->bind<zwp_linux_dmabuf_v1>(zwp_linux_dmabuf_v1_interface, 5);
    surface = client->surface();
    object = feedback(first);
    expect_alive();
    first.text.clear();
  }
  zwp_linux_dmabuf_feedback_v1* feedback(Feedback& to) {
    auto* made = client->own(zwp_linux_dmabuf_v1_get_surface_feedback(five, surface));
    zwp_linux_dmabuf_feedback_v1_add_listener(made, &feedback_listener, &to);
    return made;
  }
  void plan(FormatChance chance) {
    const SurfaceChance chances[]{{client->resource(surface)->surface_id(), chance}};
    server.dmabuf->planned(TestServer::output, chances);
  }
  void wait() {
    server.timers.advance(ScanoutTranches::goes_after + std::chrono::milliseconds(1));
    pump();
  }

  Feedback first;
  zwp_linux_dmabuf_v1* five = nullptr;
  wl_surface* surface = nullptr;
  zwp_linux_dmabuf_feedback_v1* object = nullptr;
};

TEST_F(SurfaceFeedbackTest, TheTrancheGoesAndComes) {
  plan(FormatChance::None);
  wait();
  EXPECT_EQ(std::string("main 0x1234 of 8; ") + composed, first.text) << "the table is the same";
  first.text.clear();
  plan(FormatChance::Any);
  wait();
  EXPECT_EQ(std::string("main 0x1234 of 8; target 0x1234; flags 1; AR24:0 XR24:0 tranche done; ") + composed,
            first.text);
  first.text.clear();
  plan(FormatChance::Overlay);
  wait();
  EXPECT_EQ(std::string("main 0x1234 of 8; target 0x1234; flags 1; AR24:0 tranche done; ") + composed, first.text);
  first.text.clear();
  wait();
  plan(FormatChance::Unknown);
  wait();
  EXPECT_EQ("", first.text);
}

TEST_F(SurfaceFeedbackTest, AllOfItsObjectsAreTold) {
  Feedback second;
  feedback(second);
  pump();
  second.text.clear();
  plan(FormatChance::None);
  wait();
  EXPECT_EQ(std::string("main 0x1234 of 8; ") + composed, first.text);
  EXPECT_EQ(first.text, second.text);
  client->drop(object, zwp_linux_dmabuf_feedback_v1_destroy);
  pump();
  second.text.clear();
  plan(FormatChance::Overlay);
  wait();
  EXPECT_NE("", second.text);
}

TEST_F(SurfaceFeedbackTest, AnObjectThatIsMadeLaterIsToldHowItIsNow) {
  plan(FormatChance::None);
  wait();
  Feedback second;
  feedback(second);
  pump();
  EXPECT_EQ(std::string("table 64; main 0x1234 of 8; ") + composed, second.text);
}

TEST_F(SurfaceFeedbackTest, MoreThanSoManyAreNotToldOfChanges) {
  std::vector<std::unique_ptr<Feedback>> more;
  for (std::size_t i = 0; i < SurfaceFeedback::max_objects; ++i)
    feedback(*more.emplace_back(std::make_unique<Feedback>()));
  pump();
  EXPECT_EQ(more.front()->text, more.back()->text);
  for (const auto& one : more)
    one->text.clear();
  plan(FormatChance::None);
  wait();
  EXPECT_EQ(first.text, more[SurfaceFeedback::max_objects - 2]->text);
  EXPECT_EQ("", more.back()->text);
}

TEST_F(SurfaceFeedbackTest, WithTheSurfaceItGoesInert) {
  plan(FormatChance::None);
  client->drop(surface, wl_surface_destroy);
  pump();
  wait();
  EXPECT_EQ("", first.text);
  client->drop(object, zwp_linux_dmabuf_feedback_v1_destroy);
  expect_alive();
}

TEST_F(SurfaceFeedbackTest, WithItsLastObjectNobodyIsTold) {
  client->drop(object, zwp_linux_dmabuf_feedback_v1_destroy);
  pump();
  plan(FormatChance::None);
  wait();
  EXPECT_EQ(0U, server.timers.armed_timers());
  Feedback again;
  feedback(again);
  expect_alive();
  EXPECT_NE("", again.text);
}

TEST_F(SurfaceFeedbackTest, AClientThatDiesIsForgotten) {
  plan(FormatChance::None);
  client.reset();
  server.timers.advance(ScanoutTranches::goes_after + std::chrono::milliseconds(1));
  EXPECT_EQ(0U, server.timers.armed_timers());
}

} // namespace
} // namespace fenceline::test
