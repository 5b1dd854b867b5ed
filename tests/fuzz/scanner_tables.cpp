#include "tests/fuzz/scanner_tables.h"

namespace fenceline::fuzz {

namespace {

char letter(ArgType type) {
  switch (type) {
  case ArgType::Int:
    return 'i';
  case ArgType::Uint:
    return 'u';
  case ArgType::Fixed:
    return 'f';
  case ArgType::String:
    return 's';
  case ArgType::Object:
    return 'o';
  case ArgType::NewId:
    return 'n';
  case ArgType::Array:
    return 'a';
  case ArgType::Fd:
    return 'h';
  }
  return '?';
}

std::string signature(const MessageSpec& spec) {
  std::string out = spec.since > 1 ? std::to_string(spec.since) : "";
  for (const auto& arg : spec.args) {
    if (arg.allow_null)
      out += '?';
    out += letter(arg.type);
  }
  return out;
}

} // namespace

ScannerTables::ScannerTables(const ProtocolModel& model) {
  // Two passes: messages point at interfaces that may come later.
  for (const auto& interface : model.interfaces())
    tables_[&interface] = {};
  for (const auto& interface : model.interfaces()) {
    auto& requests = messages(interface.requests);
    auto& events = messages(interface.events);
    tables_[&interface] = {.name = interface.name.c_str(),
                           .version = static_cast<int>(interface.version),
                           .method_count = static_cast<int>(requests.size()),
                           .methods = requests.data(),
                           .event_count = static_cast<int>(events.size()),
                           .events = events.data()};
  }
}

std::vector<wl_message>& ScannerTables::messages(const std::vector<MessageSpec>& specs) {
  auto& out = messages_.emplace_back();
  for (const auto& spec : specs) {
    auto& types = types_.emplace_back();
    for (const auto& arg : spec.args)
      types.push_back(table(arg.interface));
    types.push_back(nullptr); // never empty
    out.push_back({.name = spec.name.c_str(),
                   .signature = signatures_.emplace_back(signature(spec)).c_str(),
                   .types = types.data()});
  }
  return out;
}

const wl_interface* ScannerTables::table(const InterfaceSpec* interface) const {
  const auto found = tables_.find(interface);
  return found == tables_.end() ? nullptr : &found->second;
}

} // namespace fenceline::fuzz
