#pragma once
#include "tests/fuzz/link.h"
#include "tests/fuzz/world.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fenceline::fuzz {

/// A request of the protocol's.
struct Request {
  const InterfaceSpec* interface = nullptr;
  std::uint16_t opcode = 0;
};

/// What a run has done to the server, counted.
class Statistics {
 public:
  /// The request that the action sends well formed, if it does.
  std::optional<Request> sent(const Action& action);
  /// The connection lived beyond these: none was an error.
  void answered(std::span<const Request> requests);
  void received(const InterfaceSpec& interface, std::uint16_t opcode);
  /// An event has shown that the server did what was asked for: an element of accepted::all.
  void accepted(std::string_view request) { ++accepted_[std::string(request)]; }
  void connection_ended(const Link& link, const InterfaceSpec* error_interface);
  void connection_opened() { ++connections_; }
  void barrier_timed_out() { ++barriers_timed_out_; }

  [[nodiscard]] std::uint64_t messages() const { return messages_; }
  [[nodiscard]] std::uint64_t connections() const { return connections_; }
  /// For a person, several lines.
  [[nodiscard]] std::string summary(double seconds) const;
  [[nodiscard]] std::uint64_t times_accepted(std::string_view request) const;
  /// Of each request that the server offers, how many were sent well formed and how many of them answered; of each
  /// event, how many came; and what was seen to be accepted. Lines of at most 120 columns or so.
  [[nodiscard]] std::string coverage(const World& world) const;

 private:
  std::uint64_t messages_ = 0;
  std::uint64_t spoiled_ = 0;
  std::uint64_t descriptors_ = 0;
  std::uint64_t connections_ = 0;
  std::uint64_t barriers_timed_out_ = 0;
  std::uint64_t stuck_ = 0;
  std::map<std::string, std::uint64_t> errors_; ///< by interface and code
  struct Counts {
    std::vector<std::uint64_t> sent, answered, received; ///< by opcode
  };
  [[nodiscard]] Counts& counts(const InterfaceSpec& interface);
  [[nodiscard]] std::string table(const World& world, bool events) const;
  std::unordered_map<const InterfaceSpec*, Counts> counts_;
  std::map<std::string, std::uint64_t> accepted_;
};

} // namespace fenceline::fuzz
