#pragma once
#include <cstdint>
#include <functional>
#include <unordered_map>

#include "compositor/frame/ids.h"
#include "compositor/wl/display.h"

namespace fenceline {

/// zwp_idle_inhibit_manager_v1: the surfaces whose clients do not want the displays to be switched off.
class IdleInhibitGlobal {
 public:
  explicit IdleInhibitGlobal(wl::Display& display);
  IdleInhibitGlobal(const IdleInhibitGlobal&) = delete;
  IdleInhibitGlobal& operator=(const IdleInhibitGlobal&) = delete;

  /// Whether one of the surfaces that have an inhibitor answers true: is visible, that is.
  [[nodiscard]] bool any(const std::function<bool(SurfaceId)>& visible) const;
  /// Called when there is one more inhibitor.
  void on_added(std::function<void()> callback) { added_ = std::move(callback); }
  [[nodiscard]] bool empty() const { return surfaces_.empty(); }

 private:
  friend class IdleInhibitor;
  std::function<void()> added_;
  std::unordered_map<SurfaceId, std::uint32_t> surfaces_; ///< With the number of their inhibitors.
  wl::Global global_;
};

} // namespace fenceline
