#pragma once
#include "tests/fuzz/link.h"
#include "tests/fuzz/world.h"

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace fenceline::fuzz {

/// What a run has done to the server, counted.
class Statistics {
 public:
  void sent(const Action& action);
  void connection_ended(const Link& link, const InterfaceSpec* error_interface);
  void connection_opened() { ++connections_; }
  void barrier_timed_out() { ++barriers_timed_out_; }

  [[nodiscard]] std::uint64_t messages() const { return messages_; }
  [[nodiscard]] std::uint64_t connections() const { return connections_; }
  /// For a person, several lines.
  [[nodiscard]] std::string summary(double seconds) const;
  /// How many of the requests that the server offers were sent well formed; with `names`, also which were not.
  [[nodiscard]] std::string coverage(const World& world, bool names) const;

 private:
  std::uint64_t messages_ = 0;
  std::uint64_t spoiled_ = 0;
  std::uint64_t descriptors_ = 0;
  std::uint64_t connections_ = 0;
  std::uint64_t barriers_timed_out_ = 0;
  std::uint64_t stuck_ = 0;
  std::map<std::string, std::uint64_t> errors_; ///< by interface and code
  std::unordered_map<const InterfaceSpec*, std::vector<std::uint64_t>> requests_;
};

} // namespace fenceline::fuzz
