#include "protocols/presentation_global.h"

#include <ctime>

#include "compositor/wl/thunk.h"
#include "presentation-time-server-protocol.h"
#include "protocols/surface_resource.h"

namespace fenceline {

namespace {

class FeedbackSink;

/// wp_presentation_feedback: no requests. It goes with its event, or with its client.
class FeedbackResource final : public wl::Resource<FeedbackResource> {
 public:
  FeedbackResource(wl_client* client, std::uint32_t version, wl::NewId id) : Resource(client, version, id) {}
  ~FeedbackResource() override;
  static const wl_interface& interface() { return wp_presentation_feedback_interface; }
  static const void* implementation() { return nullptr; }
  FeedbackSink* sink = nullptr;
};

class FeedbackSink final : public PresentationSink {
 public:
  explicit FeedbackSink(const OutputGlobals& outputs) : outputs_(outputs) {}
  FeedbackSink(const FeedbackSink&) = delete;
  FeedbackSink& operator=(const FeedbackSink&) = delete;
  ~FeedbackSink() override { discarded(); }

  void presented(const FlipEvent& flip, Nanoseconds refresh, bool zero_copy) override {
    FeedbackResource* target = take();
    if (!target)
      return;
    for (wl_resource* output : outputs_.resources(flip.output, target->client()))
      wp_presentation_feedback_send_sync_output(target->resource(), output);
    std::uint32_t flags = 0;
    if (flip.vsync)
      flags |= WP_PRESENTATION_FEEDBACK_KIND_VSYNC;
    if (flip.hardware_clock)
      flags |= WP_PRESENTATION_FEEDBACK_KIND_HW_CLOCK | WP_PRESENTATION_FEEDBACK_KIND_HW_COMPLETION;
    if (zero_copy)
      flags |= WP_PRESENTATION_FEEDBACK_KIND_ZERO_COPY;
    // Version 1 has no number for a refresh that varies.
    const auto until_next = static_cast<std::uint32_t>(flip.variable ? 0 : refresh.count());
    const auto seconds = static_cast<std::uint64_t>(flip.time.ns) / 1'000'000'000U;
    const auto nanoseconds = static_cast<std::uint32_t>(static_cast<std::uint64_t>(flip.time.ns) % 1'000'000'000U);
    wp_presentation_feedback_send_presented(target->resource(), static_cast<std::uint32_t>(seconds >> 32U),
                                            static_cast<std::uint32_t>(seconds), nanoseconds, until_next,
                                            static_cast<std::uint32_t>(flip.sequence >> 32U),
                                            static_cast<std::uint32_t>(flip.sequence), flags);
    target->destroy_resource();
  }
  void discarded() override {
    if (FeedbackResource* target = take()) {
      wp_presentation_feedback_send_discarded(target->resource());
      target->destroy_resource();
    }
  }
  FeedbackResource* resource = nullptr;

 private:
  FeedbackResource* take() {
    FeedbackResource* taken = std::exchange(resource, nullptr);
    if (taken)
      taken->sink = nullptr;
    return taken;
  }
  const OutputGlobals& outputs_;
};

FeedbackResource::~FeedbackResource() {
  if (sink)
    sink->resource = nullptr;
}

class PresentationResource final : public wl::Resource<PresentationResource> {
 public:
  PresentationResource(wl_client* client, std::uint32_t version, wl::NewId id, const OutputGlobals& outputs)
      : Resource(client, version, id), outputs_(outputs) {
    wp_presentation_send_clock_id(resource(), CLOCK_MONOTONIC);
  }
  static const wl_interface& interface() { return wp_presentation_interface; }
  static const void* implementation() { return &requests; }

 private:
  void feedback(SurfaceResource* surface, wl::NewId id) {
    auto sink = std::make_unique<FeedbackSink>(outputs_);
    sink->resource = new FeedbackResource(client(), version(), id);
    sink->resource->sink = sink.get();
    surface->surface().pending().feedback.push_back(std::move(sink));
  }

  static const struct wp_presentation_interface requests;
  const OutputGlobals& outputs_;
};

const struct wp_presentation_interface PresentationResource::requests = {
    .destroy = wl::destroy,
    .feedback = wl::thunk<&PresentationResource::feedback>,
};

} // namespace

PresentationGlobal::PresentationGlobal(wl::Display& display, OutputGlobals& outputs)
    : outputs_(outputs), global_(display, wp_presentation_interface, 2, wl::binds<PresentationResource>(outputs_)) {}

} // namespace fenceline
