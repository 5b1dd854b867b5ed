#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "compositor/frame/frame_event.h"
#include "compositor/trace/event_schema.h"

namespace fenceline {

/// Running counts of a session's frames, for who looks while it runs: made of the same events as the trace, which go on
/// to `next`. record() allocates nothing: what has no name yet, or is gone, is not counted. Main thread.
class FrameCounters final : public FrameObserver {
 public:
  /// Bytes, by CopyKind.
  using Copied = std::array<std::uint64_t, static_cast<std::size_t>(last_copy_kind) + 1>;
  struct Output {
    std::uint64_t flips = 0;
    std::uint64_t presented = 0;                                                  ///< Content updates.
    std::uint64_t zero_copy = 0;                                                  ///< Of those.
    std::array<std::uint64_t, static_cast<std::size_t>(last_cause) + 1> missed{}; ///< Frames, by MissCause.
    std::uint64_t missed_blanks = 0;
    std::uint64_t submits_failed = 0;
    Copied copied{};

    /// From the commit's acceptance to the flip, of the last frames. A share (0 to 1) of them took no longer; 0 without
    /// frames.
    [[nodiscard]] Nanoseconds submit_to_flip(double share) const;
    /// How many those are.
    [[nodiscard]] std::size_t recent() const { return recent_; }

   private:
    friend class FrameCounters;
    std::array<Nanoseconds, 128> last_{};
    std::size_t recent_ = 0, next_ = 0;
    FrameId sent_{};
    TimePoint sent_at_;
  };
  struct Client {
    std::uint64_t commits = 0; ///< With a buffer.
    std::uint64_t presented = 0;
    std::uint64_t zero_copy = 0;
    std::uint64_t input_events = 0;
    Copied copied{};

   private:
    friend class FrameCounters;
    std::uint64_t flips_ = 0;    ///< When it was last heard of.
    std::uint32_t since_ = 0;    ///< Records since then that it alone has caused.
    std::uint64_t left_out_ = 0; ///< Of these, what was not handed on.
  };
  /// So much of one client is handed on between two flips of whichever display: what floods the session does not wash
  /// away what is recorded of others. The counts have all of it.
  static constexpr std::uint32_t most_between_flips = 512;

  explicit FrameCounters(FrameObserver& next);

  void record(const FrameEvent& event) override;
  void describe(ClientId client, std::string_view name, int pid) override;
  void describe(OutputId output, std::string_view name, Nanoseconds refresh) override;
  void describe(SurfaceId surface, ClientId client, std::string_view name) override;
  void gone(ClientId client) override;
  void gone(OutputId output) override;

  /// Null: there is none. Client 0 is the compositor itself: its cursor, captures.
  [[nodiscard]] const Output* find(OutputId id) const;
  [[nodiscard]] const Client* find(ClientId id) const;

 private:
  void count(const FrameEvent& event, Output* output, Client* client) const;
  [[nodiscard]] bool hands_on(const FrameEvent& event, Client& client);
  void tell_left_out(ClientId id, Client& client);

  FrameObserver& next_;
  std::unordered_map<OutputId, Output> outputs_;
  std::unordered_map<ClientId, Client> clients_;
  std::uint64_t flips_ = 0;
};

} // namespace fenceline
