#pragma once
#include "tests/fuzz/protocol_model.h"

#include <wayland-util.h>

#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

namespace fenceline::fuzz {

/// libwayland's tables for all interfaces of a model, made at run time instead of by wayland-scanner.
class ScannerTables {
 public:
  /// `model` must outlive the tables.
  explicit ScannerTables(const ProtocolModel& model);
  ScannerTables(const ScannerTables&) = delete;
  ScannerTables& operator=(const ScannerTables&) = delete;
  ~ScannerTables() = default;

  [[nodiscard]] const wl_interface* table(const InterfaceSpec* interface) const;

 private:
  [[nodiscard]] std::vector<wl_message>& messages(const std::vector<MessageSpec>& specs);

  std::unordered_map<const InterfaceSpec*, wl_interface> tables_;
  std::deque<std::vector<wl_message>> messages_;
  std::deque<std::vector<const wl_interface*>> types_;
  std::deque<std::string> signatures_;
};

} // namespace fenceline::fuzz
