#pragma once
#include <wayland-server-core.h>

#include <concepts>
#include <cstdint>
#include <new>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "compositor/base/fd.h"
#include "compositor/wl/resource.h"

namespace fenceline::wl {

// How the arguments of a request arrive and what a method takes instead.
template <class T>
struct WireArgument;
template <>
struct WireArgument<std::int32_t> {
  using Type = std::int32_t;
  static std::int32_t take(Type value) { return value; }
};
template <>
struct WireArgument<std::uint32_t> {
  using Type = std::uint32_t;
  static std::uint32_t take(Type value) { return value; }
};
template <>
struct WireArgument<NewId> {
  using Type = std::uint32_t;
  static NewId take(Type value) { return NewId{value}; }
};
/// A descriptor: it is the method's from the first moment on.
template <>
struct WireArgument<UniqueFd> {
  using Type = std::int32_t;
  static UniqueFd take(Type value) { return UniqueFd(value); }
};
/// A fixed-point number (24.8).
template <>
struct WireArgument<double> {
  using Type = wl_fixed_t;
  static double take(Type value) { return wl_fixed_to_double(value); }
};
/// A string; null becomes an empty one. Take const char* where the two differ.
template <>
struct WireArgument<std::string_view> {
  using Type = const char*;
  static std::string_view take(Type value) { return value ? std::string_view(value) : std::string_view(); }
};
template <>
struct WireArgument<const char*> {
  using Type = const char*;
  static const char* take(Type value) { return value; }
};
template <>
struct WireArgument<wl_array*> {
  using Type = wl_array*;
  static wl_array* take(Type value) { return value; }
};
template <>
struct WireArgument<wl_resource*> {
  using Type = wl_resource*;
  static wl_resource* take(Type value) { return value; }
};
/// The object behind an object argument: null when there is none, or when it is inert. Take wl_resource* where the two
/// differ.
template <std::derived_from<ResourceBase> T>
struct WireArgument<T*> {
  using Type = wl_resource*;
  static T* take(Type value) { return T::from(value); }
};

namespace detail {

/// Runs `work`; out of memory is the client's end, not the session's. Nothing may be thrown through libwayland's C.
template <class Work>
void guarded(wl_client* client, Work&& work) noexcept {
  try {
    std::forward<Work>(work)();
  } catch (const std::bad_alloc&) {
    wl_client_post_no_memory(client);
  }
}

template <auto Method>
struct Thunk;

template <class T, class... Arguments, void (T::*Method)(Arguments...)>
struct Thunk<Method> {
  static void call(wl_client* client, wl_resource* resource,
                   typename WireArgument<std::decay_t<Arguments>>::Type... wire) {
    guarded(client, [&] {
      // Descriptors get their owners before anything can return.
      std::tuple<std::decay_t<Arguments>...> arguments{WireArgument<std::decay_t<Arguments>>::take(wire)...};
      auto* base = static_cast<ResourceBase*>(wl_resource_get_user_data(resource));
      if (!base)
        return;
      std::apply([&](auto&... each) { (static_cast<T*>(base)->*Method)(std::move(each)...); }, arguments);
    });
  }
  static void call_or_destroy(wl_client* client, wl_resource* resource) {
    static_assert(sizeof...(Arguments) == 0, "a destructor request has no arguments");
    if (wl_resource_get_user_data(resource))
      call(client, resource);
    else
      wl_resource_destroy(resource);
  }
};

} // namespace detail

/// A slot of a request table that calls a member function: `.attach = wl::thunk<&SurfaceResource::attach>`. On an inert
/// object it does nothing (but for closing the descriptors that came with it).
template <auto Method>
inline constexpr auto thunk = &detail::Thunk<Method>::call;

/// The slot of a destructor request that has something to check first: the member calls destroy_resource itself. An
/// inert object's resource is destroyed at once.
template <auto Method>
inline constexpr auto destructor = &detail::Thunk<Method>::call_or_destroy;

/// The slot of a destructor request that only destroys.
inline void destroy(wl_client*, wl_resource* resource) {
  wl_resource_destroy(resource);
}

} // namespace fenceline::wl
