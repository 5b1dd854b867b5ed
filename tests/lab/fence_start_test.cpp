// A session that cannot start says why and what to do in one line, and ends with status 1; one that ends gives the
// display back as it was found.

#include <gtest/gtest.h>
#include <sys/file.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "tests/lab/fence_client.h"
#include "tests/lab/fence_session.h"

namespace fenceline::lab {
namespace {

/// Status 1, and one line with all of `words` in it.
void expect_refusal(const Outcome& outcome, const std::vector<std::string>& words) {
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 1) << outcome.output;
  EXPECT_TRUE(outcome.output.starts_with("fenceline: ")) << outcome.output;
  for (const std::string& word : words)
    EXPECT_NE(outcome.output.find(word), std::string::npos) << "no \"" << word << "\" in: " << outcome.output;
}

std::vector<std::string> kms(const std::vector<std::string>& options = {}) {
  // What starts after all is not to stay.
  std::vector<std::string> command{FENCELINE_EXE, "--backend", "kms", "--exit-after", "1"};
  command.insert(command.end(), options.begin(), options.end());
  return command;
}

TEST(FenceStart, WithoutARuntimeDirectory) {
  expect_refusal(run_command(kms(), {"XDG_RUNTIME_DIR"}), {"XDG_RUNTIME_DIR", "set it"});
  expect_refusal(run_command(kms(), {"XDG_RUNTIME_DIR=/nowhere"}), {"XDG_RUNTIME_DIR", "/nowhere"});
  expect_refusal(run_command(kms(), {"XDG_RUNTIME_DIR=/proc/version"}), {"XDG_RUNTIME_DIR", "set it"});
}

TEST(FenceStart, WithATakenSocketName) {
  const std::string path = std::string(std::getenv("XDG_RUNTIME_DIR")) + "/taken.lock";
  const UniqueFd lock(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  ASSERT_EQ(::flock(lock.get(), LOCK_EX | LOCK_NB), 0);
  expect_refusal(run_command(kms({"--socket", "taken"})), {"taken", "choose another"});
}

TEST(FenceStart, OnACardWithoutADisplay) {
  // vgem: a device that renders and shows nothing.
  expect_refusal(run_command(kms({"--device", "/dev/dri/card0"})), {"/dev/dri/card0", "--device"});
  expect_refusal(run_command(kms({"--device", "/dev/dri/card9"})), {"/dev/dri/card9", "--device"});
  expect_refusal(run_command(kms({"--device", "/dev/null"})), {"/dev/null", "--device"});
  expect_refusal(run_command(kms({"--device", "/dev/dri/card1", "--mode", "12345x6789"})), {"12345x6789", "1024x768"});
}

TEST(FenceStart, WhereAnotherSessionHasTheDisplay) {
  Session first;
  expect_refusal(run_command(kms()), {card_node, "stop that"});
  EXPECT_TRUE(first.alive());
  EXPECT_EQ(first.end(), 0);
}

TEST(FenceStart, WithoutPermission) {
  // Where anybody may run it, with a runtime directory of nobody's own.
  const std::filesystem::path folder("/tmp/nobody");
  std::filesystem::create_directory(folder);
  std::filesystem::copy_file(FENCELINE_EXE, folder / "fenceline", std::filesystem::copy_options::overwrite_existing);
  ASSERT_EQ(::chown(folder.c_str(), 65534, 65534), 0);
  expect_refusal(run_command({"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", folder / "fenceline",
                              "--backend", "kms", "--device", card_node, "--exit-after", "1"},
                             {"XDG_RUNTIME_DIR=" + folder.string()}),
                 {card_node, "not allowed"});
}

// In a lab of its own, whose machine has no display (vkms.create_default_dev=0).
TEST(FenceNoDisplay, SaysSo) {
  ASSERT_FALSE(std::filesystem::exists(card_node)) << "this machine has a display";
  expect_refusal(run_command(kms()), {"display", "--backend headless"});
  expect_refusal(run_command({FENCELINE_EXE, "--exit-after", "1"}), {"display", "--backend headless"});
}

/// All that KMS says of the card: each property of each object, by name. A blob counts by its content.
std::map<std::string, std::vector<std::uint8_t>> display_state(const Witness& witness) {
  std::map<std::string, std::vector<std::uint8_t>> state;
  const int card = witness.fd();
  drmSetClientCap(card, DRM_CLIENT_CAP_ATOMIC, 1);
  const auto add = [&](std::uint32_t object, std::uint32_t type) {
    const std::unique_ptr<drmModeObjectProperties, decltype(&drmModeFreeObjectProperties)> all(
        drmModeObjectGetProperties(card, object, type), drmModeFreeObjectProperties);
    for (std::uint32_t i = 0; all && i < all->count_props; ++i) {
      const std::unique_ptr<drmModePropertyRes, decltype(&drmModeFreeProperty)> property(
          drmModeGetProperty(card, all->props[i]), drmModeFreeProperty);
      // Of before atomic commits, which cannot set it: the kernel's own note of whether the CRTC is on.
      if (std::string(property->name) == "DPMS")
        continue;
      std::vector<std::uint8_t>& value = state[std::to_string(object) + " " + property->name];
      if ((property->flags & DRM_MODE_PROP_BLOB) == 0) {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(&all->prop_values[i]);
        value.assign(bytes, bytes + sizeof all->prop_values[i]);
      } else if (const auto blob = static_cast<std::uint32_t>(all->prop_values[i]); blob != 0) {
        const std::unique_ptr<drmModePropertyBlobRes, decltype(&drmModeFreePropertyBlob)> content(
            drmModeGetPropertyBlob(card, blob), drmModeFreePropertyBlob);
        const auto* bytes = static_cast<const std::uint8_t*>(content->data);
        value.assign(bytes, bytes + content->length);
      }
    }
  };
  add(witness.crtc_id(), DRM_MODE_OBJECT_CRTC);
  add(witness.connector_id(), DRM_MODE_OBJECT_CONNECTOR);
  const std::unique_ptr<drmModePlaneRes, decltype(&drmModeFreePlaneResources)> planes(drmModeGetPlaneResources(card),
                                                                                      drmModeFreePlaneResources);
  for (std::uint32_t i = 0; i < planes->count_planes; ++i)
    add(planes->planes[i], DRM_MODE_OBJECT_PLANE);
  return state;
}

/// What differs, by name.
std::string difference(const std::map<std::string, std::vector<std::uint8_t>>& before,
                       const std::map<std::string, std::vector<std::uint8_t>>& after) {
  std::string names;
  for (const auto& [name, value] : before)
    if (const auto found = after.find(name); found == after.end() || found->second != value)
      names += "[" + name + "] ";
  return names;
}

/// A session that shows a client's buffer, composed windows before it, and is then asked to end.
void run_session(int signal) {
  Session session;
  const Screen screen;
  Painter painter(session.socket());
  ASSERT_TRUE(wait_until({&painter.client()}, [&] { return painter.frames() >= 2; }));
  Client client(session.socket());
  Window& window = client.window(true);
  const Update& update = client.commit(window, client.buffer(screen_size));
  ASSERT_TRUE(wait_until({&client, &painter.client()}, [&] { return update.settled(); }));
  EXPECT_NE(screen.shown(), 0U);
  EXPECT_EQ(session.end(signal), 0);
}

TEST(FenceEnd, ADisplayThatWasOffIsOffAgain) {
  const Witness witness;
  ASSERT_EQ(witness.crtc()->mode_valid, 0);
  const auto before = display_state(witness);
  for (const int signal : {SIGTERM, SIGINT}) {
    ASSERT_NO_FATAL_FAILURE(run_session(signal));
    EXPECT_EQ(witness.crtc()->mode_valid, 0);
    EXPECT_EQ(difference(before, display_state(witness)), "");
  }
}

// A composition that is in flight then holds buffers that nobody else does any more. Blending takes the lab's CPU most
// of a frame's time, so that few tries suffice to meet one.
TEST(FenceEnd, ASessionThatComposesEndsCleanly) {
  for (int i = 0; i < 5; ++i) {
    Session session;
    Client client(session.socket());
    for (int layer = 0; layer < 3; ++layer) {
      const Update& update = client.commit(client.window(true), client.buffer(screen_size, DRM_FORMAT_ARGB8888));
      ASSERT_TRUE(wait_until({&client}, [&] { return update.settled(); }));
    }
    Painter painter(session.socket());
    ASSERT_TRUE(wait_until({&client, &painter.client()}, [&] { return painter.frames() >= 5; }));
    ASSERT_TRUE(painter.client().roundtrip()); // The next frame is on its way.
    ::usleep(static_cast<useconds_t>(i) * 3000);
    ASSERT_EQ(session.end(), 0) << "try " << i;
  }
}

TEST(FenceEnd, APictureThatWasThereIsThereAgain) {
  const Witness witness;
  const int card = witness.fd();
  ASSERT_EQ(drmSetMaster(card), 0);
  std::uint32_t handle = 0, pitch = 0, framebuffer = 0;
  std::uint64_t size = 0;
  ASSERT_EQ(drmModeCreateDumbBuffer(card, 640, 480, 32, 0, &handle, &pitch, &size), 0);
  ASSERT_EQ(drmModeAddFB(card, 640, 480, 24, 32, pitch, handle, &framebuffer), 0);
  const std::unique_ptr<drmModeConnector, decltype(&drmModeFreeConnector)> connector(
      drmModeGetConnector(card, witness.connector_id()), drmModeFreeConnector);
  auto* mode = std::find_if(connector->modes, connector->modes + connector->count_modes,
                            [](const drmModeModeInfo& m) { return m.hdisplay == 640 && m.vdisplay == 480; });
  ASSERT_NE(mode, connector->modes + connector->count_modes);
  std::uint32_t id = witness.connector_id();
  ASSERT_EQ(drmModeSetCrtc(card, witness.crtc_id(), framebuffer, 0, 0, &id, 1, mode), 0);
  ASSERT_EQ(drmDropMaster(card), 0);
  const auto before = display_state(witness);
  ASSERT_NO_FATAL_FAILURE(run_session(SIGTERM));
  EXPECT_EQ(witness.crtc()->buffer_id, framebuffer);
  EXPECT_STREQ(witness.crtc()->mode.name, "640x480");
  EXPECT_EQ(difference(before, display_state(witness)), "");
}

} // namespace
} // namespace fenceline::lab
