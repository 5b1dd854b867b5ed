#include "tests/fuzz/generator.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>

namespace fenceline::fuzz {
namespace {

struct GeneratorTest : testing::Test {
  ProtocolModel model;
  World world;

  void SetUp() override {
    for (const char* path : {FENCELINE_FUZZ_PROTOCOLS})
      ASSERT_TRUE(model.add_path(path));
    model.resolve();
    world.model = &model;
    std::uint32_t name = 0;
    for (const char* interface :
         {"wl_compositor", "wl_subcompositor", "wl_shm", "wl_seat", "wl_output", "xdg_wm_base", "wp_viewporter",
          "wl_data_device_manager", "zwp_linux_dmabuf_v1", "wp_presentation", "wp_linux_drm_syncobj_manager_v1"})
      world.globals.push_back(
          {.name = ++name, .version = model.find(interface)->version, .interface = model.find(interface)});
    world.seat_capabilities = 7;
  }

  /// What a connection with this seed does when each barrier is answered, as a log. `offers`: the server makes a
  /// wl_data_offer in each batch, if there is a data device.
  std::vector<std::string> life(std::uint64_t seed, bool offers = false) {
    Generator generator(world, Prng(seed).fork(1));
    std::vector<std::string> out;
    std::uint32_t server_id = kServerIds;
    while (!generator.finished()) {
      for (const auto& action : generator.next_batch())
        out.push_back(log_line(1, action));
      if (generator.callback() == 0)
        continue;
      const auto devices = generator.objects().living(model.find("wl_data_device"));
      if (offers && !devices.empty()) {
        Encoder encoder(devices[0], model.find("wl_data_device")->event("data_offer")->opcode);
        encoder.put_uint(server_id++);
        generator.take_event(std::move(encoder).finish());
      }
      generator.answered();
    }
    return out;
  }
};

TEST_F(GeneratorTest, TheSameSeedGivesTheSameMessages) {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    EXPECT_EQ(life(seed), life(seed));
    EXPECT_EQ(life(seed, true), life(seed, true));
  }
  EXPECT_NE(life(1), life(2));
}

TEST_F(GeneratorTest, EveryLifeBeginsConnectedAndEnds) {
  for (std::uint64_t seed = 0; seed < 25; ++seed) {
    const auto lines = life(seed);
    ASSERT_FALSE(lines.empty());
    EXPECT_EQ(lines.front(), "1 connect");
    EXPECT_LT(lines.size(), 40'000u);
  }
}

TEST_F(GeneratorTest, UsesTheServersObjects) {
  bool received = false;
  for (std::uint64_t seed = 0; seed < 60 && !received; ++seed)
    for (const auto& line : life(seed, true))
      received = received || line.find("wl_data_offer@ff") != std::string::npos;
  EXPECT_TRUE(received);
}

/// Reads a stream as a strict server would and says what is wrong with it.
class Judge {
 public:
  explicit Judge(const World& world) : world_(world) { alive_[1] = world.model->find("wl_display"); }

  std::optional<std::string> verdict(const Action& action) {
    const auto header = header_of(action.bytes);
    if (header.size != action.bytes.size())
      return "header size";
    const auto found = alive_.find(header.object);
    if (found == alive_.end())
      return "object does not live";
    const auto* interface = found->second;
    if (header.opcode >= interface->requests.size())
      return "opcode";
    const auto& spec = interface->requests[header.opcode];
    if (action.fds.size() != spec.fd_count())
      return "descriptors";
    Decoder decoder(std::span<const std::uint8_t>(action.bytes).subspan(kHeaderSize));
    std::string bound;
    for (const auto& arg : spec.args) {
      if (arg.type == ArgType::String) {
        bound = decoder.take_string();
      } else if (arg.type == ArgType::Array) {
        (void)decoder.take_array();
      } else if (arg.type == ArgType::Object) {
        const auto id = decoder.take_uint();
        if (id == 0 ? !arg.allow_null : !alive_.contains(id))
          return spec.name + "." + arg.name + ": no such object";
      } else if (arg.type == ArgType::NewId) {
        const auto id = decoder.take_uint();
        const auto* created = arg.interface != nullptr ? arg.interface : world_.model->find(bound);
        if (id == 0 || alive_.contains(id) || id > highest_ + 1 || created == nullptr)
          return spec.name + ": new id";
        highest_ = std::max(highest_, id);
        alive_[id] = created;
        objects_.insert(created->name);
      } else if (arg.type != ArgType::Fd) {
        (void)decoder.take_uint();
      }
    }
    if (decoder.failed() || !decoder.at_end())
      return spec.name + ": arguments";
    if (spec.destructor)
      alive_.erase(header.object);
    return std::nullopt;
  }
  void barrier(std::uint32_t callback) { alive_.erase(callback); }
  [[nodiscard]] const std::set<std::string>& objects() const { return objects_; }

 private:
  const World& world_;
  std::map<std::uint32_t, const InterfaceSpec*> alive_;
  std::set<std::string> objects_;
  std::uint32_t highest_ = 1;
};

TEST_F(GeneratorTest, AWellMannedLifeIsWellFormedToTheLastByte) {
  int clean_lives = 0;
  std::set<std::string> objects;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Generator generator(world, Prng(seed).fork(1));
    Judge judge(world);
    bool spoiled = false;
    while (!generator.finished() && !spoiled) {
      for (const auto& action : generator.next_batch()) {
        // From the first wrong message on, the generator's and the server's ideas of the objects differ.
        spoiled = spoiled || action.mutation != nullptr;
        if (spoiled || (action.verb != Verb::Send && action.verb != Verb::Barrier))
          continue;
        const auto verdict = judge.verdict(action);
        ASSERT_EQ(verdict, std::nullopt) << "seed " << seed << ": " << log_line(1, action);
      }
      if (generator.callback() != 0) {
        judge.barrier(generator.callback());
        generator.answered();
      }
    }
    clean_lives += spoiled ? 0 : 1;
    objects.insert(judge.objects().begin(), judge.objects().end());
  }
  EXPECT_GT(clean_lives, 10);
  for (const char* reached : {"xdg_toplevel", "xdg_popup", "wl_subsurface", "wl_buffer", "wp_viewport", "wl_region",
                              "zwp_linux_buffer_params_v1", "wl_data_source", "wl_callback", "wp_presentation_feedback",
                              "wp_linux_drm_syncobj_timeline_v1", "wp_linux_drm_syncobj_surface_v1"})
    EXPECT_TRUE(objects.contains(reached)) << reached;
}

/// What a strict server knows of a surface's explicit synchronisation.
struct SyncedSurface {
  std::uint32_t object = 0; ///< 0: none
  bool buffer = false, acquire = false, release = false;
};

// A life that its manners allow no mistake in never commits a buffer without its points, nor points without a buffer.
TEST_F(GeneratorTest, PointsComeWithTheirBuffers) {
  std::map<std::string, int> commits;
  int signals = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Generator generator(world, Prng(seed).fork(1));
    std::map<std::uint32_t, SyncedSurface> surfaces;
    bool spoiled = false;
    while (!generator.finished() && !spoiled) {
      for (const auto& action : generator.next_batch()) {
        spoiled = spoiled || action.mutation != nullptr;
        signals += action.verb == Verb::Signal ? 1 : 0;
        if (spoiled || action.verb != Verb::Send)
          continue;
        const auto header = header_of(action.bytes);
        const auto& request = action.interface->requests[header.opcode].name;
        if (request == "get_surface") {
          surfaces[word_at(action.bytes, 12)].object = word_at(action.bytes, 8);
        } else if (action.interface->name == "wp_linux_drm_syncobj_surface_v1") {
          for (auto& [id, surface] : surfaces) {
            if (surface.object != header.object)
              continue;
            surface.acquire = surface.acquire || request == "set_acquire_point";
            surface.release = surface.release || request == "set_release_point";
            if (request == "destroy")
              surface = {};
          }
        } else if (action.interface->name == "wl_surface" && surfaces.contains(header.object)) {
          auto& surface = surfaces[header.object];
          if (request == "attach")
            surface.buffer = word_at(action.bytes, 8) != 0;
          if (request == "destroy")
            surfaces.erase(header.object);
          if (request != "commit" || surface.object == 0)
            continue;
          ++commits[surface.buffer && surface.acquire && surface.release      ? "with points"
                    : !surface.buffer && !surface.acquire && !surface.release ? "without a buffer"
                                                                              : "wrong"];
          surface = {.object = surface.object};
        }
      }
      if (generator.callback() != 0)
        generator.answered();
    }
  }
  EXPECT_GT(commits["with points"], 100);
  EXPECT_GT(signals, 100);
  // Random requests (a tenth of what some lives do) may still get it wrong.
  EXPECT_LT(commits["wrong"], commits["with points"] / 10);
}

// What an event can show is told once for each event.
TEST_F(GeneratorTest, TellsWhatWasAccepted) {
  std::map<std::string, int> seen;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Generator generator(world, Prng(seed).fork(1));
    while (!generator.finished()) {
      (void)generator.next_batch();
      if (generator.callback() == 0)
        continue;
      const auto tell = [&](const char* interface, const char* event, std::initializer_list<std::uint32_t> arguments) {
        for (const auto id : std::vector(generator.objects().living(model.find(interface)).begin(),
                                         generator.objects().living(model.find(interface)).end())) {
          Encoder encoder(id, model.find(interface)->event(event)->opcode);
          for (const auto argument : arguments)
            encoder.put_uint(argument);
          generator.take_event(std::move(encoder).finish());
        }
      };
      tell("wp_presentation_feedback", "presented", {0, 0, 0, 0, 0, 0, 0});
      tell("wl_data_device", "selection", {0});
      for (const auto request : generator.take_accepted())
        ++seen[std::string(request)];
      EXPECT_TRUE(generator.take_accepted().empty());
      generator.answered();
    }
  }
  EXPECT_GT(seen["wl_pointer.set_cursor"], 0);
  EXPECT_GT(seen["wp_linux_drm_syncobj_surface_v1.set_acquire_point"], 0);
  EXPECT_EQ(seen.count("wl_data_device.set_selection"), 0u);
  EXPECT_EQ(seen.count("scanout"), 0u);
}

TEST_F(GeneratorTest, OnlySpoilsWhatItWasToldTo) {
  world.only = {model.find("wl_shm_pool")};
  int spoiled = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Generator generator(world, Prng(seed).fork(1));
    while (!generator.finished()) {
      for (const auto& action : generator.next_batch()) {
        if (action.mutation == nullptr)
          continue;
        ++spoiled;
        ASSERT_EQ(action.interface, world.only.front()) << log_line(1, action);
      }
      if (generator.callback() != 0)
        generator.answered();
    }
  }
  EXPECT_GT(spoiled, 10);
}

} // namespace
} // namespace fenceline::fuzz
