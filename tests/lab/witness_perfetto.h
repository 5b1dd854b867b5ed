#pragma once
// A trace file read from its bytes: protobuf's wire format and Perfetto's field numbers, with nothing of Fenceline's
// encoder, reader or .proto in between.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace fenceline::lab {

struct WireEvent {
  enum class Type : std::uint64_t { Unspecified, SliceBegin, SliceEnd, Instant, Counter };
  std::uint64_t time = 0; ///< ns; the clock is `clock`.
  std::uint64_t clock = 0;
  std::uint64_t sequence = 0;
  Type type = Type::Unspecified;
  std::uint64_t track = 0;
  std::string name;
  std::map<std::string, std::variant<std::uint64_t, std::string>> notes; ///< Debug annotations; bools are 0 and 1.
  std::vector<std::uint64_t> flows, ending_flows;

  /// A number among the notes.
  [[nodiscard]] std::optional<std::uint64_t> number(const std::string& key) const;
  /// The same, 0 where it is left out.
  [[nodiscard]] std::uint64_t number_or_0(const std::string& key) const { return number(key).value_or(0); }
  [[nodiscard]] std::string text(const std::string& key) const;
};

struct WireTrace {
  std::vector<WireEvent> events; ///< In the order of the file.
  std::map<std::uint64_t, std::string> tracks;
  std::uint64_t packets = 0, clock_snapshots = 0, dropped = 0;

  [[nodiscard]] std::vector<const WireEvent*> named(const std::string& name) const;
};

/// Throws on bytes that are no trace.
[[nodiscard]] WireTrace read_wire_trace(const std::string& bytes);

} // namespace fenceline::lab
