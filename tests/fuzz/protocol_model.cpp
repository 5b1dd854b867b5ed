#include "tests/fuzz/protocol_model.h"

#include <expat.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <tuple>

namespace fenceline::fuzz {

namespace {

template <class Items>
auto find_named(const Items& items, std::string_view name) -> decltype(&items.front()) {
  const auto found = std::ranges::find(items, name, [](const auto& item) { return std::string_view(item.name); });
  return found == items.end() ? nullptr : &*found;
}

std::string attribute(const char** attributes, std::string_view name) {
  for (; *attributes != nullptr; attributes += 2)
    if (name == attributes[0])
      return attributes[1];
  return {};
}

// Numbers in protocol files are decimal or begin with 0x.
std::uint32_t number(const std::string& text, std::uint32_t fallback) {
  return text.empty() ? fallback : static_cast<std::uint32_t>(std::strtoul(text.c_str(), nullptr, 0));
}

std::optional<ArgType> arg_type(std::string_view name) {
  struct Name {
    std::string_view text;
    ArgType type;
  };
  constexpr Name kNames[] = {{"int", ArgType::Int},       {"uint", ArgType::Uint},     {"fixed", ArgType::Fixed},
                             {"string", ArgType::String}, {"object", ArgType::Object}, {"new_id", ArgType::NewId},
                             {"array", ArgType::Array},   {"fd", ArgType::Fd}};
  const auto* found = std::ranges::find(kNames, name, &Name::text);
  return found == std::end(kNames) ? std::nullopt : std::optional(found->type);
}

/// What is being read while expat calls back.
struct Reader {
  std::vector<InterfaceSpec> interfaces;
  std::vector<MessageSpec>* messages = nullptr; // the list that the open <request> or <event> went into
  bool in_enum = false;
  std::string complaint;
};

void start_message(Reader& reader, std::vector<MessageSpec>& list, const char** attributes) {
  MessageSpec message;
  message.name = attribute(attributes, "name");
  message.opcode = static_cast<std::uint16_t>(list.size());
  message.since = number(attribute(attributes, "since"), 1);
  message.destructor = attribute(attributes, "type") == "destructor";
  list.push_back(std::move(message));
  reader.messages = &list;
}

void start_arg(Reader& reader, const char** attributes) {
  ArgSpec arg;
  arg.name = attribute(attributes, "name");
  const auto type = arg_type(attribute(attributes, "type"));
  if (!type) {
    reader.complaint = "argument " + arg.name + " has an unknown type";
    return;
  }
  arg.type = *type;
  arg.allow_null = attribute(attributes, "allow-null") == "true";
  arg.interface_name = attribute(attributes, "interface");
  arg.enum_name = attribute(attributes, "enum");
  auto& args = reader.messages->back().args;
  // A new_id without an interface travels as three values: the interface's name, its version and the id.
  if (arg.type == ArgType::NewId && arg.interface_name.empty()) {
    args.push_back({.name = "interface", .type = ArgType::String});
    args.push_back({.name = "version", .type = ArgType::Uint});
  }
  args.push_back(std::move(arg));
}

void start_element(void* data, const char* element, const char** attributes) {
  auto& reader = *static_cast<Reader*>(data);
  const std::string_view name = element;
  if (name == "interface") {
    InterfaceSpec interface;
    interface.name = attribute(attributes, "name");
    interface.version = number(attribute(attributes, "version"), 1);
    reader.interfaces.push_back(std::move(interface));
    return;
  }
  if (reader.interfaces.empty())
    return;
  auto& interface = reader.interfaces.back();
  if (name == "request") {
    start_message(reader, interface.requests, attributes);
  } else if (name == "event") {
    start_message(reader, interface.events, attributes);
  } else if (name == "arg" && reader.messages != nullptr) {
    start_arg(reader, attributes);
  } else if (name == "enum") {
    EnumSpec enumeration;
    enumeration.name = attribute(attributes, "name");
    enumeration.bitfield = attribute(attributes, "bitfield") == "true";
    interface.enums.push_back(std::move(enumeration));
    reader.in_enum = true;
  } else if (name == "entry" && reader.in_enum) {
    interface.enums.back().entries.push_back({.name = attribute(attributes, "name"),
                                              .value = number(attribute(attributes, "value"), 0),
                                              .since = number(attribute(attributes, "since"), 1)});
  }
}

void end_element(void* data, const char* element) {
  auto& reader = *static_cast<Reader*>(data);
  const std::string_view name = element;
  if (name == "request" || name == "event")
    reader.messages = nullptr;
  else if (name == "enum")
    reader.in_enum = false;
}

int maturity(const std::filesystem::path& path) {
  const std::string text = path.string();
  if (text.find("/stable/") != std::string::npos)
    return 0;
  return text.find("/staging/") != std::string::npos ? 1 : 2;
}

} // namespace

const ArgSpec* MessageSpec::new_id() const {
  const auto found = std::ranges::find(args, ArgType::NewId, &ArgSpec::type);
  return found == args.end() ? nullptr : &*found;
}

std::size_t MessageSpec::fd_count() const {
  return static_cast<std::size_t>(std::ranges::count(args, ArgType::Fd, &ArgSpec::type));
}

const MessageSpec* InterfaceSpec::request(std::string_view request_name) const {
  return find_named(requests, request_name);
}

const MessageSpec* InterfaceSpec::event(std::string_view event_name) const {
  return find_named(events, event_name);
}

const EnumSpec* InterfaceSpec::enumeration(std::string_view enum_name) const {
  return find_named(enums, enum_name);
}

std::string InterfaceSpec::error_name(std::uint32_t code) const {
  if (const auto* errors = enumeration("error"))
    for (const auto& entry : errors->entries)
      if (entry.value == code)
        return entry.name;
  return std::to_string(code);
}

Result<void> ProtocolModel::add_text(std::string_view xml, const std::string& origin) {
  Reader reader;
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(XML_ParserCreate(nullptr), XML_ParserFree);
  XML_SetUserData(parser.get(), &reader);
  XML_SetElementHandler(parser.get(), start_element, end_element);
  if (XML_Parse(parser.get(), xml.data(), static_cast<int>(xml.size()), 1) != XML_STATUS_OK)
    return Error{origin + ": line " + std::to_string(XML_GetCurrentLineNumber(parser.get())) + ": " +
                 XML_ErrorString(XML_GetErrorCode(parser.get()))};
  if (!reader.complaint.empty())
    return Error{origin + ": " + reader.complaint};
  for (auto& interface : reader.interfaces) {
    if (by_name_.contains(interface.name))
      continue;
    interfaces_.push_back(std::move(interface));
    by_name_.emplace(interfaces_.back().name, &interfaces_.back());
  }
  return {};
}

Result<void> ProtocolModel::add_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream)
    return Error::from_errno("read the protocol file " + file.string());
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  return add_text(text, file.string());
}

Result<void> ProtocolModel::add_path(const std::filesystem::path& path) {
  std::error_code failure;
  if (!std::filesystem::is_directory(path, failure))
    return add_file(path);
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path, failure))
    if (entry.path().extension() == ".xml")
      files.push_back(entry.path());
  if (failure)
    return Error{"list the protocol folder " + path.string(), failure.value()};
  // Newer unstable files first among their like: v2 before v1 is alphabetical order turned round.
  std::ranges::sort(files, [](const auto& a, const auto& b) {
    const int rank_a = maturity(a);
    const int rank_b = maturity(b);
    return rank_a != rank_b ? rank_a < rank_b : a > b;
  });
  for (const auto& file : files)
    if (auto added = add_file(file); !added)
      return added;
  return {};
}

void ProtocolModel::resolve() {
  for (auto& interface : interfaces_) {
    for (auto* list : {&interface.requests, &interface.events}) {
      for (auto& message : *list) {
        for (auto& arg : message.args) {
          arg.interface = find(arg.interface_name);
          const auto dot = arg.enum_name.find('.');
          const auto* owner = dot == std::string::npos ? &interface : find(arg.enum_name.substr(0, dot));
          const auto name = dot == std::string::npos ? arg.enum_name : arg.enum_name.substr(dot + 1);
          arg.enumeration = owner == nullptr || name.empty() ? nullptr : owner->enumeration(name);
        }
      }
    }
  }
}

const InterfaceSpec* ProtocolModel::find(std::string_view name) const {
  const auto found = by_name_.find(std::string(name));
  return found == by_name_.end() ? nullptr : found->second;
}

} // namespace fenceline::fuzz
