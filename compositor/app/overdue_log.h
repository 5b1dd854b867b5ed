#pragma once
#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "compositor/base/log.h"
#include "compositor/scene/scene.h"
#include "compositor/wl/display.h"

namespace fenceline {

/// Says once of each client that its fences do not signal; what comes after the first is in the trace.
class OverdueLog {
 public:
  OverdueLog(Log& log, std::function<std::vector<wl::ClientInfo>()> clients, Nanoseconds limit)
      : log_(log), clients_(std::move(clients)), limit_(limit) {}

  void operator()(const Scene::OverdueFence& late) {
    if (std::find(told_.begin(), told_.end(), late.client) != told_.end())
      return;
    const std::vector<wl::ClientInfo> clients = clients_();
    // Those that have gone meanwhile are forgotten.
    std::erase_if(told_, [&clients](ClientId id) { return of(clients, id) == nullptr; });
    told_.push_back(late.client);
    const wl::ClientInfo* client = of(clients, late.client);
    log_.warn("{}: a fence has not signalled for {} s; the window keeps its last picture until a newer one is ready",
              client != nullptr
                  ? fmt::format("{} (pid {})", client->name.empty() ? "a client" : client->name, client->pid)
                  : std::string("a client"),
              std::chrono::duration_cast<std::chrono::seconds>(limit_).count());
  }

 private:
  [[nodiscard]] static const wl::ClientInfo* of(const std::vector<wl::ClientInfo>& clients, ClientId id) {
    const auto found = std::find_if(clients.begin(), clients.end(), [id](const wl::ClientInfo& client) {
      return static_cast<ClientId>(client.number) == id;
    });
    return found == clients.end() ? nullptr : &*found;
  }
  Log& log_;
  std::function<std::vector<wl::ClientInfo>()> clients_;
  Nanoseconds limit_;
  std::vector<ClientId> told_;
};

} // namespace fenceline
