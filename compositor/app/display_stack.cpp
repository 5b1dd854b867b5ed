#include "compositor/app/display_stack.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>

#include "compositor/backends/drm/card_finder.h"
#include "compositor/backends/drm/kms_device.h"
#include "compositor/backends/drm/open_session.h"
#include "compositor/backends/headless/headless_device.h"
#include "compositor/backends/nested/parent_clock.h"
#include "compositor/output/fallback_device.h"
#include "compositor/output/scanout_formats.h"
#include "renderer/vulkan_composer.h"

namespace fenceline {
namespace {

/// A card numbers its outputs from 1 on, a new one with each cable that is plugged.
constexpr std::uint32_t headless_ids_after = 1U << 24;

std::filesystem::path cache_folder() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && *cache == '/')
    return std::filesystem::path(cache) / "fenceline";
  if (const char* home = std::getenv("HOME"); home && *home == '/')
    return std::filesystem::path(home) / ".cache/fenceline";
  return {};
}

Result<void> open_kms(const Options& options, EventLoop& loop, Log& log, DisplayStack& stack) {
  std::string card = options.device;
  if (card.empty()) {
    Result<std::string> found = find_card();
    if (!found)
      return found.error();
    card = std::move(*found);
  }
  Result<std::unique_ptr<Session>> session = open_session(loop, log, card);
  if (!session)
    return session.error();
  stack.session = std::move(*session);
  const KmsOptions kms{.card = card, .mode = options.mode};
  Result<std::unique_ptr<KmsDevice>> device = KmsDevice::create(loop, log, *stack.session, kms);
  if (!device)
    return device.error();
  // Clients go on when the last display is pulled, and when there is none yet.
  Result<std::unique_ptr<HeadlessDevice>> headless =
      HeadlessDevice::create(loop, {HeadlessOutput{}}, headless_ids_after);
  if (!headless)
    return headless.error();
  stack.device = std::make_unique<FallbackDevice>(std::move(*device), std::move(*headless));
  return {};
}

Result<void> open_headless(const Options& options, EventLoop& loop, DisplayStack& stack) {
  HeadlessOutput output;
  if (options.mode) {
    output.size = options.mode->size;
    if (options.mode->refresh_hz)
      output.refresh = Nanoseconds(std::llround(1e9 / *options.mode->refresh_hz));
  }
  Result<std::unique_ptr<HeadlessDevice>> device = HeadlessDevice::create(loop, {output});
  if (!device)
    return device.error();
  stack.device = std::move(*device);
  return {};
}

Result<void> open_nested(const Options& options, EventLoop& loop, Log& log, DisplayStack& stack) {
  NestedOptions window;
  window.fullscreen = options.fullscreen;
  window.hand_over = options.hand_over;
  window.own_socket = options.socket;
  if (options.mode)
    window.size = options.mode->size;
  Result<std::unique_ptr<NestedDevice>> device = NestedDevice::create(loop, log, window);
  if (!device)
    return device.error();
  stack.nested = device->get();
  stack.device = std::move(*device);
  stack.clock = std::make_unique<ParentClock>();
  return {};
}

/// The first of what there is.
Result<void> open_any(const Options& options, EventLoop& loop, Log& log, DisplayStack& stack) {
  std::string no_parent = "WAYLAND_DISPLAY is not set";
  // A card that is named is meant.
  if (options.device.empty() && (std::getenv("WAYLAND_DISPLAY") || std::getenv("WAYLAND_SOCKET"))) {
    stack.backend = "nested";
    const Result<void> opened = open_nested(options, loop, log, stack);
    if (opened)
      return opened;
    no_parent = opened.error().text();
    log.info("not in a window: {}", no_parent);
  }
  if (options.device.empty())
    if (const Result<void> connected = check_connected_display(); !connected)
      return Error{
          fmt::format("nowhere to show anything. A window of a Wayland session: {}. A display: {}. Start it in "
                      "a Wayland session (--backend nested), name a card with --device /dev/dri/cardN, or use "
                      "--backend headless for a session without a display",
                      no_parent, connected.error().text()),
          0};
  stack.backend = "kms";
  return open_kms(options, loop, log, stack);
}

Result<void> open_device(const Options& options, EventLoop& loop, Log& log, DisplayStack& stack) {
  switch (options.backend) {
  case BackendChoice::Auto:
    return open_any(options, loop, log, stack);
  case BackendChoice::Kms:
    stack.backend = "kms";
    return open_kms(options, loop, log, stack);
  case BackendChoice::Nested:
    stack.backend = "nested";
    return open_nested(options, loop, log, stack);
  case BackendChoice::Headless:
    stack.backend = "headless";
    return open_headless(options, loop, stack);
  }
  return Error{"there is no such backend"};
}

/// The Vulkan renderer, made in two steps.
class VulkanMaker final : public ComposerMaker {
 public:
  /// The device outlives it.
  VulkanMaker(EventLoop& loop, Log& log, VulkanComposerOptions options, ScanoutDevice& device)
      : loop_(loop), log_(log), options_(std::move(options)), device_(device) {}
  [[nodiscard]] Result<std::unique_ptr<Composer>> load() override {
    // What it draws to comes from there with the first frame.
    device_.prepare_to_allocate();
    auto made = VulkanComposer::load(loop_, log_, options_);
    if (!made)
      return made.error();
    return std::unique_ptr<Composer>(std::move(*made));
  }
  [[nodiscard]] Result<void> attach(Composer& composer) override {
    return static_cast<VulkanComposer&>(composer).attach(); // NOLINT: load() made it.
  }

 private:
  EventLoop& loop_;
  Log& log_;
  VulkanComposerOptions options_;
  ScanoutDevice& device_;
};

/// What both a plane shows and the renderer could do. A plane shows a format with alpha as one without
/// (KmsDevice::framebuffers_of). With no display yet there are no planes to ask.
std::vector<FormatModifier> shown_by_planes(const std::vector<FormatModifier>& textures, const ScanoutDevice& device) {
  const std::vector<FormatModifier> planes = scanout_formats(device.outputs());
  std::vector<FormatModifier> both;
  for (const FormatModifier& format : textures) {
    const FormatModifier opaque{without_alpha(format.fourcc), format.modifier};
    const auto takes = [&](const FormatModifier& other) { return other == format || other == opaque; };
    if (planes.empty() || std::any_of(planes.begin(), planes.end(), takes))
      both.push_back(format);
  }
  return both;
}

/// True when the composer is one that is yet to be loaded.
Result<bool> defer_renderer(EventLoop& loop, Log& log, const VulkanComposerOptions& renderer, DisplayStack& stack) {
  if (stack.backend != "kms") {
    log.info("the {} backend composes every frame: the renderer is loaded at the start", stack.backend);
    return false;
  }
  if (!stack.remembered) {
    log.info("the renderer is loaded at the start this once: {} does not say yet what it can do here",
             stack.cache->file().empty() ? "no cache folder" : stack.cache->file().string());
    return false;
  }
  auto deferred = DeferredComposer::create(loop, log, std::make_unique<VulkanMaker>(loop, log, renderer, *stack.device),
                                           {.advertised = shown_by_planes(stack.remembered->textures, *stack.device),
                                            .textures = stack.remembered->textures,
                                            .targets = stack.remembered->targets});
  if (!deferred)
    return deferred.error();
  log.info("the renderer is loaded when a frame does not fit on planes");
  stack.on_demand = true;
  stack.deferred = deferred->get();
  stack.composer = std::move(*deferred);
  return true;
}

} // namespace

Result<DisplayStack> open_display(const Options& options, EventLoop& loop, Log& log) {
  DisplayStack stack;
  if (const Result<void> opened = open_device(options, loop, log, stack); !opened)
    return opened.error();

  VulkanComposerOptions renderer;
  renderer.display_device = stack.device->main_device();
  renderer.cache_folder = cache_folder();
  renderer.validation = options.validation;
  renderer.linear = options.blend == BlendValues::Linear;
  stack.cache = std::make_unique<RendererCache>(renderer.cache_folder, renderer_key(renderer.display_device));
  stack.remembered = stack.cache->read();
  if (options.renderer == RendererLoad::OnDemand) {
    const Result<bool> deferred = defer_renderer(loop, log, renderer, stack);
    if (!deferred)
      return deferred.error();
    if (*deferred)
      return stack;
  }
  Result<std::unique_ptr<VulkanComposer>> composer = VulkanComposer::create(loop, log, renderer);
  if (composer) {
    if (stack.nested)
      stack.nested->try_images(**composer);
    const auto textures = (*composer)->texture_formats(), targets = (*composer)->target_formats();
    DeferredComposer::Formats formats{.advertised = {textures.begin(), textures.end()},
                                      .textures = {textures.begin(), textures.end()},
                                      .targets = {targets.begin(), targets.end()}};
    auto kept = DeferredComposer::create(loop, log, std::make_unique<VulkanMaker>(loop, log, renderer, *stack.device),
                                         std::move(formats), std::move(*composer));
    if (!kept)
      return kept.error();
    stack.deferred = kept->get();
    stack.composer = std::move(*kept);
  } else if (stack.backend == "kms") {
    log.error("no renderer: {}. What covers the screen is still scanned out; nothing else can be shown",
              composer.error().text());
  } else {
    return Error{"the " + stack.backend + " backend needs a renderer: " + composer.error().what, composer.error().code};
  }
  return stack;
}

} // namespace fenceline
