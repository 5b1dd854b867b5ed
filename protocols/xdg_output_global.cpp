#include "protocols/xdg_output_global.h"

#include "compositor/wl/thunk.h"
#include "protocols/output_global.h"
#include "xdg-output-unstable-v1-server-protocol.h"

namespace fenceline {

namespace {

/// From this version on wl_output.done ends what is told of an xdg_output.
constexpr std::uint32_t done_by_wl_output = 3;

/// zxdg_output_v1. Of an output that is gone it tells nothing.
class XdgOutputResource final : public wl::Resource<XdgOutputResource>, public OutputFollower {
 public:
  XdgOutputResource(wl_client* client, std::uint32_t version, wl::NewId id, OutputResource& output)
      : Resource(client, version, id), output_(&output) {
    output.add_follower(*this);
    output.tell(*this);
  }
  ~XdgOutputResource() override {
    if (output_)
      output_->remove_follower(*this);
  }
  static const wl_interface& interface() { return zxdg_output_v1_interface; }
  static const void* implementation() { return &requests; }

  void describe(const OutputDescription& now, const OutputDescription* before) override {
    const bool moved = before == nullptr || before->position != now.position;
    const bool resized = before == nullptr || before->logical_size != now.logical_size;
    if (moved)
      zxdg_output_v1_send_logical_position(resource(), now.position.x, now.position.y);
    if (resized)
      zxdg_output_v1_send_logical_size(resource(), now.logical_size.width, now.logical_size.height);
    if (version() >= ZXDG_OUTPUT_V1_NAME_SINCE_VERSION && before == nullptr)
      zxdg_output_v1_send_name(resource(), now.info.name.c_str());
    // Up to version 2 it is told once; see wl_output for later changes.
    const bool retells = version() >= done_by_wl_output && before && text_of(before->info) != text_of(now.info);
    if (version() >= ZXDG_OUTPUT_V1_DESCRIPTION_SINCE_VERSION && (before == nullptr || retells))
      zxdg_output_v1_send_description(resource(), text_of(now.info).c_str());
    if (version() < done_by_wl_output && (moved || resized))
      zxdg_output_v1_send_done(resource());
  }
  [[nodiscard]] bool wants_done() const override { return version() >= done_by_wl_output; }
  void output_gone() override { output_ = nullptr; }

 private:
  static const struct zxdg_output_v1_interface requests;
  OutputResource* output_;
};

const struct zxdg_output_v1_interface XdgOutputResource::requests = {.destroy = wl::destroy};

class XdgOutputManagerResource final : public wl::Resource<XdgOutputManagerResource> {
 public:
  XdgOutputManagerResource(wl_client* client, std::uint32_t version, wl::NewId id) : Resource(client, version, id) {}
  static const wl_interface& interface() { return zxdg_output_manager_v1_interface; }
  static const void* implementation() { return &requests; }

 private:
  void get_xdg_output(wl::NewId id, OutputResource* output) {
    if (output)
      new XdgOutputResource(client(), version(), id, *output);
    else
      wl::create_inert<XdgOutputResource>(client(), version(), id);
  }
  static const struct zxdg_output_manager_v1_interface requests;
};

const struct zxdg_output_manager_v1_interface XdgOutputManagerResource::requests = {
    .destroy = wl::destroy,
    .get_xdg_output = wl::thunk<&XdgOutputManagerResource::get_xdg_output>,
};

} // namespace

XdgOutputGlobal::XdgOutputGlobal(wl::Display& display)
    : global_(display, zxdg_output_manager_v1_interface, 3, wl::binds<XdgOutputManagerResource>()) {}

} // namespace fenceline
