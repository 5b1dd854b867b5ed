#pragma once
#include "compositor/backends/drm/session.h"

namespace fenceline {

/// Session without a seat: opens the devices itself, for one who may (root, or a member of the right groups, with no
/// other display server on the card). Always active, and knows no terminals.
class DirectSession final : public Session {
 public:
  [[nodiscard]] Result<std::unique_ptr<SessionDevice>> open_device(const std::string& path) override;
  [[nodiscard]] bool active() const override { return true; }
  [[nodiscard]] std::string seat() const override { return "seat0"; }
  [[nodiscard]] Result<void> switch_vt(int vt) override;
};

} // namespace fenceline
