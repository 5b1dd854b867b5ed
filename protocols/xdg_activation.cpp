#include "protocols/xdg_activation.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <optional>

#include "compositor/wl/thunk.h"
#include "protocols/seat_global.h"
#include "protocols/surface_resource.h"
#include "xdg-activation-v1-server-protocol.h"

namespace fenceline {
namespace {

/// xdg_activation_token_v1.
class TokenResource final : public wl::Resource<TokenResource> {
 public:
  TokenResource(wl_client* client, std::uint32_t version, wl::NewId id, XdgActivationGlobal& activation)
      : Resource(client, version, id), activation_(activation) {}
  static const wl_interface& interface() { return xdg_activation_token_v1_interface; }
  static const void* implementation() { return &requests; }

 private:
  /// Whether it may still be changed; an error is posted when not.
  [[nodiscard]] bool open() const {
    if (used_)
      post_error(XDG_ACTIVATION_TOKEN_V1_ERROR_ALREADY_USED, "the token has been committed");
    return !used_;
  }
  void set_serial(std::uint32_t serial, SeatResource* seat) {
    // What counts is what the user was doing when it was asked for.
    if (open())
      permitted_ = seat && seat->permits(serial);
  }
  // Who asks and for whom changes nothing: the serial says whose the user's deed was.
  void set_app_id(std::string_view) { (void)open(); }
  void set_surface(SurfaceResource*) { (void)open(); }
  void commit() {
    if (!open())
      return;
    used_ = true;
    xdg_activation_token_v1_send_done(resource(), activation_.issue(client(), permitted_).c_str());
  }

  static const struct xdg_activation_token_v1_interface requests;
  XdgActivationGlobal& activation_;
  bool permitted_ = false, used_ = false;
};

const struct xdg_activation_token_v1_interface TokenResource::requests = {
    .set_serial = wl::thunk<&TokenResource::set_serial>,
    .set_app_id = wl::thunk<&TokenResource::set_app_id>,
    .set_surface = wl::thunk<&TokenResource::set_surface>,
    .commit = wl::thunk<&TokenResource::commit>,
    .destroy = wl::destroy,
};

class ActivationResource final : public wl::Resource<ActivationResource> {
 public:
  ActivationResource(wl_client* client, std::uint32_t version, wl::NewId id, XdgActivationGlobal& activation)
      : Resource(client, version, id), activation_(activation) {}
  static const wl_interface& interface() { return xdg_activation_v1_interface; }
  static const void* implementation() { return &requests; }

 private:
  void get_activation_token(wl::NewId id) { new TokenResource(client(), version(), id, activation_); }
  void activate(std::string_view token, SurfaceResource* surface) {
    if (!activation_.redeem(token) || !surface)
      return;
    // A window that is yet to be mapped will be at the front by itself.
    if (const Window* window = activation_.desktop().find_by_surface(surface->surface_id()))
      activation_.desktop().activate(window->id);
  }
  static const struct xdg_activation_v1_interface requests;
  XdgActivationGlobal& activation_;
};

const struct xdg_activation_v1_interface ActivationResource::requests = {
    .destroy = wl::destroy,
    .get_activation_token = wl::thunk<&ActivationResource::get_activation_token>,
    .activate = wl::thunk<&ActivationResource::activate>,
};

/// 128 bits that nobody can guess; none when the kernel has none to give.
std::optional<std::string> random_name() {
  std::array<unsigned char, 16> bits{};
  if (::getrandom(bits.data(), bits.size(), GRND_NONBLOCK) != static_cast<ssize_t>(bits.size()))
    return std::nullopt;
  std::string name;
  for (const unsigned char byte : bits)
    name += fmt::format("{:02x}", byte);
  return name;
}

} // namespace

XdgActivationGlobal::XdgActivationGlobal(wl::Display& display, Desktop& desktop, const Clock& clock)
    : display_(display), desktop_(desktop), clock_(clock),
      global_(display, xdg_activation_v1_interface, 1, wl::binds<ActivationResource>(*this)) {}

void XdgActivationGlobal::forget_old() {
  const TimePoint now = clock_.now();
  while (!tokens_.empty() && tokens_.front().until < now)
    tokens_.pop_front();
}

std::string XdgActivationGlobal::issue(wl_client* client, bool counts) {
  forget_old();
  const std::optional<std::string> name = random_name();
  if (!name)
    return "none";
  if (!counts)
    return *name;
  const std::uint32_t number = display_.info(client).number;
  const auto own = [number](const Token& token) { return token.client == number; };
  if (static_cast<std::size_t>(std::count_if(tokens_.begin(), tokens_.end(), own)) >= max_per_client)
    tokens_.erase(std::find_if(tokens_.begin(), tokens_.end(), own));
  if (tokens_.size() >= max_tokens)
    tokens_.pop_front();
  tokens_.push_back({*name, number, clock_.now() + life});
  return *name;
}

bool XdgActivationGlobal::redeem(std::string_view name) {
  forget_old();
  const auto it =
      std::find_if(tokens_.begin(), tokens_.end(), [name](const Token& token) { return token.name == name; });
  if (it == tokens_.end())
    return false;
  tokens_.erase(it);
  return true;
}

} // namespace fenceline
