#pragma once
#include <fmt/format.h>
#include <wayland-server-core.h>

#include <cstdint>
#include <string>
#include <utility>

namespace fenceline::wl {

/// The id that a client has chosen for an object that a request makes.
struct NewId {
  std::uint32_t value = 0;
};

/// The object behind a wl_resource. The resource owns it: when the resource is destroyed (by a destructor request, or
/// with its client), it is deleted. Deleting it earlier, by make_inert, leaves the resource without an object: requests
/// on it do nothing, and destroying it is all that a client can still do.
///
/// Derived classes have `static const wl_interface& interface()` and `static const void* implementation()`, and are
/// made with new. Where a client may have fewer of them than of objects at all (ObjectCount::most) they have
/// `static constexpr std::uint32_t most`. One object too many ends the client with wl_display.no_memory.
class ResourceBase {
 public:
  ResourceBase(const ResourceBase&) = delete;
  ResourceBase& operator=(const ResourceBase&) = delete;

  /// Null when the resource is being destroyed: events can't be sent from destructors.
  [[nodiscard]] wl_resource* resource() const { return resource_; }
  /// Valid also while the resource, or the client with all it has, is being destroyed.
  [[nodiscard]] wl_client* client() const { return client_; }
  [[nodiscard]] std::uint32_t version() const { return version_; }
  /// The protocol's number of the object, for log lines.
  [[nodiscard]] std::uint32_t object_id() const { return id_; }

  /// Ends the client with a protocol error. The client is gone only after the request at hand: return after it.
  template <class... Args>
  void post_error(std::uint32_t code, fmt::format_string<Args...> format, Args&&... args) const {
    post_error_text(code, fmt::format(format, std::forward<Args>(args)...));
  }
  void post_no_memory() const;

  /// Deletes the object and leaves its resource inert.
  void make_inert() { delete this; }
  /// Destroys the resource and so the object.
  void destroy_resource();

 protected:
  /// Makes the resource. std::bad_alloc when libwayland can't.
  /// `most`: 0 for no bound of its own.
  ResourceBase(wl_client* client, const wl_interface& interface, const void* implementation, std::uint32_t version,
               NewId id, std::uint32_t most);
  virtual ~ResourceBase();

 private:
  void post_error_text(std::uint32_t code, const std::string& text) const;
  static void destroyed(wl_resource* resource) noexcept;
  friend wl_resource* create_inert(wl_client* client, const wl_interface& interface, const void* implementation,
                                   std::uint32_t version, NewId id);

  wl_resource* resource_;
  wl_client* client_;
  const wl_interface* counted_ = nullptr; ///< Where the kind has a bound.
  std::uint32_t version_;
  std::uint32_t id_;
};

/// Derive from this one: `class RegionResource final : public wl::Resource<RegionResource>`.
template <class T>
class Resource : public ResourceBase {
 public:
  /// The object of a resource of this kind; null for null and for inert resources. The interface must be one that only
  /// T (or classes derived from it) implements: libwayland has checked the type of a request's argument.
  [[nodiscard]] static T* from(wl_resource* resource) {
    return resource ? static_cast<T*>(static_cast<ResourceBase*>(wl_resource_get_user_data(resource))) : nullptr;
  }

 protected:
  Resource(wl_client* client, std::uint32_t version, NewId id)
      : ResourceBase(client, T::interface(), T::implementation(), version, id, most_of_client()) {}

 private:
  static constexpr std::uint32_t most_of_client() {
    if constexpr (requires { T::most; })
      return T::most;
    else
      return 0;
  }
};

/// A resource without an object: for requests that make an object which could do nothing, and binds to globals that are
/// gone. std::bad_alloc when libwayland can't.
wl_resource* create_inert(wl_client* client, const wl_interface& interface, const void* implementation,
                          std::uint32_t version, NewId id);
template <class T>
wl_resource* create_inert(wl_client* client, std::uint32_t version, NewId id) {
  return create_inert(client, T::interface(), T::implementation(), version, id);
}

} // namespace fenceline::wl
