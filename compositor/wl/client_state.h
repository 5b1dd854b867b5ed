#pragma once
#include <wayland-server-core.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "compositor/base/clock.h"
#include "compositor/wl/epoll_entry.h"
#include "compositor/wl/request_budget.h"

namespace fenceline::wl {

/// How many objects a client has at once. What is bounded, and why: docs/limits.md.
class ObjectCount {
 public:
  static constexpr std::uint32_t most = 65536;

  /// False: that is one too many.
  [[nodiscard]] bool add() { return ++all_ <= most; }
  void remove() { --all_; }
  /// Of a kind that has a bound of its own.
  [[nodiscard]] bool add(const wl_interface& kind, std::uint32_t most_of_kind) { return ++of(kind) <= most_of_kind; }
  void remove(const wl_interface& kind) { --of(kind); }

 private:
  [[nodiscard]] std::uint32_t& of(const wl_interface& kind) {
    for (auto& [known, count] : kinds_)
      if (known == &kind)
        return count;
    return kinds_.emplace_back(&kind, 0).second;
  }
  std::uint32_t all_ = 0;
  std::vector<std::pair<const wl_interface*, std::uint32_t>> kinds_;
};

/// What is kept open and in memory for a client, by descriptors: together, whatever it is.
struct Holdings {
  std::uint32_t descriptors = 0; ///< Of dma-bufs,
  std::uint64_t bytes = 0;       ///< and how large these are.
  std::uint32_t pools = 0;       ///< Files of wl_shm pools: a buffer's outlives its wl_shm_pool.
};

/// A part of them, for as long as it lives. That may be longer than the client: what it shows is given back later.
class Held {
 public:
  Held() = default;
  Held(std::shared_ptr<Holdings> holdings, Holdings part) : all_(std::move(holdings)), part_(part) {
    all_->descriptors += part_.descriptors;
    all_->bytes += part_.bytes;
    all_->pools += part_.pools;
  }
  Held(Held&& other) noexcept = default;
  Held& operator=(Held&&) = delete;
  ~Held() {
    if (!all_)
      return;
    all_->descriptors -= part_.descriptors;
    all_->bytes -= part_.bytes;
    all_->pools -= part_.pools;
  }

 private:
  std::shared_ptr<Holdings> all_;
  Holdings part_;
};

/// What goes between a client and the session, as `Traffic` keeps it.
struct ClientFlow {
  RequestBudget budget;
  std::optional<EpollEntry> entry;      ///< Where it was asked for.
  std::optional<TimePoint> rests_until; ///< It is not read until then.
  TimePoint rested_enough;              ///< It could have been read from then on, but for a frame that was due.
  unsigned events = 0;                  ///< Sent since its socket was looked at.
  bool spent = false;                   ///< Something was charged in this dispatch.
  Nanoseconds rested{};                 ///< Without a pause of a second,
  bool told = false;                    ///< which was for so long once that it was told of.
  bool wide = false;                    ///< It has larger buffers,
  bool stuck = false;                   ///< for a message that did not fit,
  std::optional<TimePoint> stuck_last;  ///< and had one the last time then,
  bool reads_again = false;             ///< and can do without them.
  bool writes = false; ///< There was something to read of it before this dispatch: where that is looked for.
};

/// libwayland's user data of a client: from its connection until all its resources are gone.
struct ClientState {
  explicit ClientState(wl_client* connected) : client(connected) { wl_client_set_user_data(client, this, nullptr); }
  ClientState(const ClientState&) = delete;
  ClientState& operator=(const ClientState&) = delete;
  /// Null for a client of a display that is not ours.
  [[nodiscard]] static ClientState* of(wl_client* client) {
    return static_cast<ClientState*>(wl_client_get_user_data(client));
  }
  wl_client* client;
  ObjectCount objects;
  std::shared_ptr<Holdings> holdings = std::make_shared<Holdings>();
  ClientFlow flow;
};

} // namespace fenceline::wl
