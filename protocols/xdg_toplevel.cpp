#include "protocols/xdg_toplevel.h"

#include <algorithm>
#include <array>
#include <optional>

#include "compositor/wl/thunk.h"
#include "protocols/output_global.h"
#include "xdg-decoration-unstable-v1-server-protocol.h"
#include "xdg-shell-server-protocol.h"

namespace fenceline {
namespace {

/// A wl_array over memory that is not its own, for sending.
template <std::size_t N>
class StateArray {
 public:
  void add(std::uint32_t state) { values_[count_++] = state; }
  [[nodiscard]] wl_array* get() {
    array_ = {.size = count_ * sizeof(std::uint32_t), .alloc = sizeof values_, .data = values_.data()};
    return &array_;
  }

 private:
  std::array<std::uint32_t, N> values_{};
  std::size_t count_ = 0;
  wl_array array_{};
};

} // namespace

const wl_interface& XdgToplevel::interface() {
  return xdg_toplevel_interface;
}

const void* XdgToplevel::implementation() {
  static constexpr struct xdg_toplevel_interface requests {
    .destroy = wl::destructor<&XdgToplevel::destroy>, .set_parent = wl::thunk<&XdgToplevel::set_parent>,
    .set_title = wl::thunk<&XdgToplevel::set_title>, .set_app_id = wl::thunk<&XdgToplevel::set_app_id>,
    .show_window_menu = wl::thunk<&XdgToplevel::show_window_menu>, .move = wl::thunk<&XdgToplevel::move>,
    .resize = wl::thunk<&XdgToplevel::resize>, .set_max_size = wl::thunk<&XdgToplevel::set_max_size>,
    .set_min_size = wl::thunk<&XdgToplevel::set_min_size>, .set_maximized = wl::thunk<&XdgToplevel::set_maximized>,
    .unset_maximized = wl::thunk<&XdgToplevel::unset_maximized>,
    .set_fullscreen = wl::thunk<&XdgToplevel::set_fullscreen>,
    .unset_fullscreen = wl::thunk<&XdgToplevel::unset_fullscreen>,
    .set_minimized = wl::thunk<&XdgToplevel::set_minimized>,
  };
  return &requests;
}

XdgToplevel::XdgToplevel(wl_client* client, std::uint32_t version, wl::NewId id, XdgSurface& base)
    : Resource(client, version, id), base_(&base),
      window_(base.context().desktop.add_window(base.surface_id(), *this)) {}

void XdgToplevel::destroy() {
  if (decoration_)
    return decoration_->post_error(ZXDG_TOPLEVEL_DECORATION_V1_ERROR_ORPHANED,
                                   "the toplevel is destroyed before its decoration object");
  destroy_resource();
}

void XdgToplevel::set_decoration(XdgToplevelDecoration* decoration) {
  decoration_ = decoration;
  wish_frame(decoration_ ? FrameWish::Any : FrameWish::Unasked);
}

void XdgToplevel::wish_frame(FrameWish wish) {
  if (!base_)
    return;
  base_->context().desktop.set_frame_wish(window_, wish);
  answer();
}

XdgToplevel::~XdgToplevel() {
  if (decoration_)
    decoration_->toplevel_gone();
  leave_family();
  if (!base_)
    return;
  Desktop& desktop = base_->context().desktop;
  base_->drop_role();
  desktop.remove_window(window_);
}

void XdgToplevel::base_gone() {
  base_->context().desktop.remove_window(window_);
  base_ = nullptr;
}

bool XdgToplevel::initial_commit() {
  if (version() >= XDG_TOPLEVEL_WM_CAPABILITIES_SINCE_VERSION) {
    // There is no window menu.
    StateArray<3> capabilities;
    capabilities.add(XDG_TOPLEVEL_WM_CAPABILITIES_MAXIMIZE);
    capabilities.add(XDG_TOPLEVEL_WM_CAPABILITIES_FULLSCREEN);
    capabilities.add(XDG_TOPLEVEL_WM_CAPABILITIES_MINIMIZE);
    xdg_toplevel_send_wm_capabilities(resource(), capabilities.get());
  }
  configured_ = true;
  base_->context().desktop.configure_initial(window_);
  return true;
}

void XdgToplevel::mapped() {
  base_->context().desktop.map(window_);
}

void XdgToplevel::unmapped() {
  configured_ = false;
  min_ = max_ = {};
  asked_.clear();
  leave_family();
  base_->context().desktop.reset(window_);
}

void XdgToplevel::updated() {
  base_->context().desktop.committed(window_);
}

// The states take effect with the client's answer, and with the content that comes with it.
void XdgToplevel::answered(std::uint32_t serial) {
  const auto it = std::find_if(asked_.begin(), asked_.end(), [serial](const auto& one) { return one.first == serial; });
  if (it == asked_.end())
    return;
  const WindowConfigure configure = it->second;
  asked_.erase(asked_.begin(), std::next(it));
  base_->context().desktop.answered(window_, configure);
}

void XdgToplevel::configure(const WindowConfigure& wanted) {
  if (!base_ || !configured_ || !resource())
    return;
  if (version() >= XDG_TOPLEVEL_CONFIGURE_BOUNDS_SINCE_VERSION && !wanted.bounds.empty())
    xdg_toplevel_send_configure_bounds(resource(), wanted.bounds.width, wanted.bounds.height);
  if (decoration_)
    decoration_->send_configure(wanted.decorated);
  StateArray<4> states;
  if (wanted.maximized)
    states.add(XDG_TOPLEVEL_STATE_MAXIMIZED);
  if (wanted.fullscreen)
    states.add(XDG_TOPLEVEL_STATE_FULLSCREEN);
  if (wanted.resizing)
    states.add(XDG_TOPLEVEL_STATE_RESIZING);
  if (wanted.activated)
    states.add(XDG_TOPLEVEL_STATE_ACTIVATED);
  xdg_toplevel_send_configure(resource(), wanted.size.width, wanted.size.height, states.get());
  if (asked_.size() >= XdgSurface::max_unacked)
    asked_.pop_front();
  asked_.emplace_back(base_->send_configure(), wanted);
}

void XdgToplevel::close() {
  if (resource())
    xdg_toplevel_send_close(resource());
}

void XdgToplevel::set_parent(XdgToplevel* parent) {
  for (const XdgToplevel* p = parent; p; p = p->parent_)
    if (p == this)
      return post_error(XDG_TOPLEVEL_ERROR_INVALID_PARENT, "a window can't be its own parent");
  adopt_by(parent && parent->base_ && parent->base_->has_content() ? parent : nullptr);
}

void XdgToplevel::adopt_by(XdgToplevel* parent) {
  if (parent_)
    std::erase(parent_->children_, this);
  parent_ = parent;
  if (parent_)
    parent_->children_.push_back(this);
  if (base_)
    base_->context().desktop.set_parent(window_, parent_ ? std::optional(parent_->window_) : std::nullopt);
}

void XdgToplevel::leave_family() {
  for (XdgToplevel* child : std::vector(children_))
    child->adopt_by(parent_);
  adopt_by(nullptr);
}

void XdgToplevel::set_title(std::string_view title) {
  if (base_)
    base_->context().desktop.set_title(window_, std::string(title));
}

void XdgToplevel::set_app_id(std::string_view app_id) {
  if (base_)
    base_->context().desktop.set_app_id(window_, std::string(app_id));
}

// There is none: the capabilities say so.
void XdgToplevel::show_window_menu(SeatResource*, std::uint32_t, std::int32_t, std::int32_t) {}

void XdgToplevel::want_grab(const SeatResource* seat, std::uint32_t serial, WindowEdges edges) {
  if (const std::optional<PressGrab> held = seat && base_ ? seat->grab_of(serial) : std::nullopt)
    base_->context().desktop.want_grab({.window = window_, .edges = edges, .contact = held->touch});
}

void XdgToplevel::move(SeatResource* seat, std::uint32_t serial) {
  want_grab(seat, serial, window_edge::none);
}

void XdgToplevel::resize(SeatResource* seat, std::uint32_t serial, std::uint32_t edges) {
  static_assert(window_edge::top == std::uint32_t{XDG_TOPLEVEL_RESIZE_EDGE_TOP} &&
                window_edge::bottom == std::uint32_t{XDG_TOPLEVEL_RESIZE_EDGE_BOTTOM} &&
                window_edge::left == std::uint32_t{XDG_TOPLEVEL_RESIZE_EDGE_LEFT} &&
                window_edge::right == std::uint32_t{XDG_TOPLEVEL_RESIZE_EDGE_RIGHT});
  constexpr std::uint32_t both = window_edge::top | window_edge::bottom;
  constexpr std::uint32_t sides = window_edge::left | window_edge::right;
  if (edges > (both | sides) || (edges & both) == both || (edges & sides) == sides)
    return post_error(XDG_TOPLEVEL_ERROR_INVALID_RESIZE_EDGE, "{} is no edge", edges);
  // No edge: nothing to drag.
  if (edges != window_edge::none)
    want_grab(seat, serial, edges);
}

bool XdgToplevel::bad_size(std::int32_t width, std::int32_t height) const {
  if (width >= 0 && height >= 0)
    return false;
  post_error(XDG_TOPLEVEL_ERROR_INVALID_SIZE, "a limit of {}x{} is negative", width, height);
  return true;
}

void XdgToplevel::set_max_size(std::int32_t width, std::int32_t height) {
  if (!bad_size(width, height))
    max_ = {width, height};
}

void XdgToplevel::set_min_size(std::int32_t width, std::int32_t height) {
  if (!bad_size(width, height))
    min_ = {width, height};
}

bool XdgToplevel::before_commit() {
  if ((max_.width != 0 && min_.width > max_.width) || (max_.height != 0 && min_.height > max_.height)) {
    post_error(XDG_TOPLEVEL_ERROR_INVALID_SIZE, "the smallest size {}x{} is above the largest {}x{}", min_.width,
               min_.height, max_.width, max_.height);
    return false;
  }
  base_->context().desktop.set_size_limits(window_, min_, max_);
  return true;
}

void XdgToplevel::answer() {
  if (base_ && configured_)
    base_->context().desktop.reconfigure(window_);
}

// Each request for a state is answered by a configure, also when nothing changes.
void XdgToplevel::request_maximized(bool maximized) {
  if (!base_)
    return;
  base_->context().desktop.request_maximized(window_, maximized);
  answer();
}

void XdgToplevel::set_maximized() {
  request_maximized(true);
}

void XdgToplevel::unset_maximized() {
  request_maximized(false);
}

void XdgToplevel::set_fullscreen(OutputResource* output) {
  if (!base_)
    return;
  base_->context().desktop.request_fullscreen(window_, output ? std::optional(output->output()) : std::nullopt);
  answer();
}

void XdgToplevel::unset_fullscreen() {
  if (!base_)
    return;
  base_->context().desktop.leave_fullscreen(window_);
  answer();
}

// The client is not told: it can't know when it is shown again either.
void XdgToplevel::set_minimized() {
  if (base_)
    base_->context().desktop.set_minimized(window_, true);
}

} // namespace fenceline
