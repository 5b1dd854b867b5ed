#pragma once
#include "compositor/base/result.h"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fenceline::fuzz {

enum class ArgType { Int, Uint, Fixed, String, Object, NewId, Array, Fd };

struct EnumEntry {
  std::string name{};
  std::uint32_t value = 0;
  std::uint32_t since = 1;
};

struct EnumSpec {
  std::string name{};
  bool bitfield = false;
  std::vector<EnumEntry> entries{};
};

struct InterfaceSpec;

struct ArgSpec {
  std::string name{};
  ArgType type = ArgType::Int;
  bool allow_null = false;
  std::string interface_name{}; ///< of an object or new_id; empty where any interface may stand
  std::string enum_name{};      ///< as the XML writes it, "transform" or "wl_output.transform"
  const InterfaceSpec* interface = nullptr;
  const EnumSpec* enumeration = nullptr;
};

struct MessageSpec {
  std::string name{};
  std::uint16_t opcode = 0;
  std::uint32_t since = 1;
  bool destructor = false;
  std::vector<ArgSpec> args{};

  /// The new_id argument, or null.
  [[nodiscard]] const ArgSpec* new_id() const;
  /// How many descriptors it carries.
  [[nodiscard]] std::size_t fd_count() const;
};

struct InterfaceSpec {
  std::string name{};
  std::uint32_t version = 1;
  std::vector<MessageSpec> requests{};
  std::vector<MessageSpec> events{};
  std::vector<EnumSpec> enums{};

  [[nodiscard]] const MessageSpec* request(std::string_view name) const;
  [[nodiscard]] const MessageSpec* event(std::string_view name) const;
  [[nodiscard]] const EnumSpec* enumeration(std::string_view name) const;
  /// The name of an error code of this interface, or the number when its enum "error" has no such entry.
  [[nodiscard]] std::string error_name(std::uint32_t code) const;
};

/// The interfaces of a set of protocol XML files. Pointers into it stay good as long as it lives.
class ProtocolModel {
 public:
  ProtocolModel() = default;
  ProtocolModel(const ProtocolModel&) = delete;
  ProtocolModel& operator=(const ProtocolModel&) = delete;
  ~ProtocolModel() = default;

  /// Adds one document. An interface that is known already keeps its first definition: unstable protocols reuse the
  /// names of the stable ones that followed them.
  Result<void> add_text(std::string_view xml, const std::string& origin);
  Result<void> add_file(const std::filesystem::path& file);
  /// Adds a file, or all .xml files below a folder: stable ones first, then staging, then the others.
  Result<void> add_path(const std::filesystem::path& path);
  /// Ties names of interfaces and enums to what they name; call it after the last add.
  void resolve();

  [[nodiscard]] const InterfaceSpec* find(std::string_view name) const;
  [[nodiscard]] const std::deque<InterfaceSpec>& interfaces() const { return interfaces_; }

 private:
  std::deque<InterfaceSpec> interfaces_;
  std::unordered_map<std::string, const InterfaceSpec*> by_name_;
};

} // namespace fenceline::fuzz
