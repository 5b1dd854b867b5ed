#include "protocols/output_global.h"

#include <algorithm>
#include <cmath>

#include "compositor/wl/thunk.h"

namespace fenceline {

namespace {

const char* known(const std::string& text) {
  return text.empty() ? "Unknown" : text.c_str();
}

} // namespace

std::string text_of(const OutputInfo& info) {
  return fmt::format("{} {} ({})", known(info.make), known(info.model), info.name);
}

std::int32_t whole_scale(double scale) {
  return std::max(1, static_cast<std::int32_t>(std::ceil(scale)));
}

const struct wl_output_interface OutputResource::requests = {.release = wl::destroy};

OutputResource::OutputResource(wl_client* client, std::uint32_t version, wl::NewId id, OutputGlobals& outputs,
                               OutputId output)
    : Resource(client, version, id), outputs_(outputs), output_(output) {
  outputs_.entries_.at(output).resources.push_back(this);
}

OutputResource::~OutputResource() {
  for (OutputFollower* follower : followers_)
    follower->output_gone();
  const auto entry = outputs_.entries_.find(output_);
  if (entry != outputs_.entries_.end())
    std::erase(entry->second.resources, this);
}

void OutputResource::send(const OutputDescription& description, const OutputDescription* before) const {
  const OutputInfo& info = description.info;
  wl_output_send_geometry(resource(), description.position.x, description.position.y, info.physical_mm.width,
                          info.physical_mm.height, WL_OUTPUT_SUBPIXEL_UNKNOWN, known(info.make), known(info.model),
                          static_cast<std::int32_t>(description.transform));
  const std::int64_t refresh = info.mode.refresh.count();
  const std::uint32_t flags =
      WL_OUTPUT_MODE_CURRENT | (info.mode.preferred ? static_cast<std::uint32_t>(WL_OUTPUT_MODE_PREFERRED) : 0U);
  // The wire's refresh is in mHz.
  wl_output_send_mode(resource(), flags, info.mode.size.width, info.mode.size.height,
                      refresh > 0 ? static_cast<std::int32_t>((1'000'000'000'000 + refresh / 2) / refresh) : 0);
  if (version() >= WL_OUTPUT_SCALE_SINCE_VERSION)
    wl_output_send_scale(resource(), whole_scale(description.scale));
  // The name comes once an object, the description when it changes (wl_output in wayland.xml).
  if (version() >= WL_OUTPUT_NAME_SINCE_VERSION && before == nullptr)
    wl_output_send_name(resource(), info.name.c_str());
  if (version() >= WL_OUTPUT_DESCRIPTION_SINCE_VERSION && (before == nullptr || text_of(before->info) != text_of(info)))
    wl_output_send_description(resource(), text_of(info).c_str());
  for (OutputFollower* follower : followers_)
    follower->describe(description, before);
  if (version() >= WL_OUTPUT_DONE_SINCE_VERSION)
    wl_output_send_done(resource());
}

void OutputResource::tell(OutputFollower& follower) const {
  const OutputDescription* description = outputs_.find(output_);
  if (description == nullptr)
    return;
  follower.describe(*description, nullptr);
  if (follower.wants_done() && version() >= WL_OUTPUT_DONE_SINCE_VERSION)
    wl_output_send_done(resource());
}

OutputGlobals::~OutputGlobals() {
  // The end of the session: who asked to be told may be gone already.
  removed_.clear();
  updated_.clear();
  while (!entries_.empty())
    remove(entries_.begin()->first);
}

void OutputGlobals::add(OutputDescription description) {
  const OutputId id = description.info.id;
  Entry& entry = entries_[id];
  entry.description = std::move(description);
  entry.global = std::make_unique<wl::Global>(display_, wl_output_interface, 4,
                                              [this, id](wl_client* client, std::uint32_t version, wl::NewId new_id) {
                                                auto* resource = new OutputResource(client, version, new_id, *this, id);
                                                resource->send(entries_.at(id).description, nullptr);
                                                for (const auto& hook : bound_)
                                                  hook(*resource);
                                              });
}

void OutputGlobals::update(OutputDescription description) {
  const auto it = entries_.find(description.info.id);
  if (it == entries_.end())
    return;
  const OutputDescription before = std::exchange(it->second.description, std::move(description));
  for (const OutputResource* resource : it->second.resources)
    resource->send(it->second.description, &before);
  for (const auto& hook : updated_)
    hook(it->first);
}

void OutputGlobals::remove(OutputId output) {
  if (!entries_.contains(output))
    return;
  for (const auto& hook : removed_)
    hook(output);
  auto node = entries_.extract(output);
  for (OutputResource* resource : std::exchange(node.mapped().resources, {}))
    resource->make_inert();
  display_.retire(std::move(node.mapped().global), [](wl_client* client, std::uint32_t version, wl::NewId id) {
    wl::create_inert<OutputResource>(client, version, id);
  });
}

const OutputDescription* OutputGlobals::find(OutputId output) const {
  const auto it = entries_.find(output);
  return it == entries_.end() ? nullptr : &it->second.description;
}

std::optional<double> OutputGlobals::common_scale() const {
  if (entries_.empty())
    return std::nullopt;
  const double scale = entries_.begin()->second.description.scale;
  const bool common = std::all_of(entries_.begin(), entries_.end(),
                                  [scale](const auto& entry) { return entry.second.description.scale == scale; });
  return common ? std::optional(scale) : std::nullopt;
}

std::vector<wl_resource*> OutputGlobals::resources(OutputId output, wl_client* client) const {
  std::vector<wl_resource*> found;
  const auto it = entries_.find(output);
  if (it != entries_.end())
    for (const OutputResource* resource : it->second.resources)
      if (resource->client() == client)
        found.push_back(resource->resource());
  return found;
}

} // namespace fenceline
