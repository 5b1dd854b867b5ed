#include "tests/fuzz/action.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace fenceline::fuzz {

namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Verb::kCount)> kVerbs = {
    "connect", "send", "part", "barrier", "resize", "signal", "input", "deaf", "shut-read", "shut-write", "close"};

std::string_view verb_name(Verb verb) {
  return kVerbs[static_cast<std::size_t>(verb)];
}

template <class Number>
bool parse_number(std::string_view text, Number& out) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
  return failure == std::errc{} && end == text.data() + text.size();
}

/// Calls `use` with each part of a list; false when one of the calls is.
template <class Use>
bool each_part(std::string_view list, char separator, Use use) {
  while (!list.empty()) {
    const auto end = std::min(list.find(separator), list.size());
    if (!use(list.substr(0, end)))
      return false;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return true;
}

bool parse_field(std::string_view field, Action& action) {
  const auto equals = field.find('=');
  if (equals == std::string_view::npos)
    return false;
  const auto name = field.substr(0, equals);
  const auto value = field.substr(equals + 1);
  if (name == "hex") {
    auto bytes = from_hex(value);
    if (bytes)
      action.bytes = std::move(*bytes);
    return bytes.has_value();
  }
  if (name == "fds")
    return each_part(value, ',', [&](std::string_view part) {
      const auto spec = FdSpec::parse(part);
      if (spec)
        action.fds.push_back(*spec);
      return spec.has_value();
    });
  if (name == "serials")
    return each_part(value, ',', [&](std::string_view part) {
      SerialPatch patch;
      if (part.ends_with('!')) {
        patch.answer = true;
        part.remove_suffix(1);
      }
      const auto at = part.find('@');
      if (at == std::string_view::npos)
        return false;
      if (const auto dot = part.find('.', at); dot != std::string_view::npos) {
        if (!parse_number(part.substr(dot + 1), patch.event))
          return false;
        part = part.substr(0, dot);
      }
      action.patches.push_back(patch);
      return parse_number(part.substr(0, at), action.patches.back().offset) &&
             parse_number(part.substr(at + 1), action.patches.back().source);
    });
  if (name == "input") {
    const auto step = InputStep::parse(value);
    if (step)
      action.input = *step;
    return step.has_value();
  }
  if (name == "needs")
    return parse_number(value, action.needs);
  if (name == "waits")
    return each_part(value, ',',
                     [&](std::string_view part) { return parse_number(part, action.waits.objects.emplace_back()); });
  if (name == "grace") {
    std::uint32_t ms = 0;
    const bool good = parse_number(value, ms);
    action.waits.grace = std::chrono::milliseconds(ms);
    return good;
  }
  if (name == "key")
    return parse_number(value, action.key);
  return name == "size" && parse_number(value, action.size);
}

} // namespace

std::string describe(const Action& action) {
  std::string out;
  switch (action.verb) {
  case Verb::Send:
  case Verb::Barrier:
    out = describe(action.interface, action.bytes, false);
    break;
  case Verb::SendPart:
    out = fmt::format("the first {} bytes of {}", action.size, describe(action.interface, action.bytes, false));
    break;
  case Verb::Resize:
    out = fmt::format("file {} becomes {} bytes", action.key, action.size);
    break;
  case Verb::Signal:
    out = fmt::format("point {} of timeline {} signals", action.size, action.key);
    break;
  case Verb::Input:
    out = "input " + action.input.text();
    break;
  default:
    out = verb_name(action.verb);
    break;
  }
  for (const auto& fd : action.fds)
    out += " fd " + fd.text();
  if (action.mutation != nullptr)
    out += fmt::format(" [{}]", action.mutation);
  if (action.verb == Verb::Barrier)
    out += " and wait";
  return out;
}

std::string log_line(std::uint32_t connection, const Action& action) {
  std::string out = fmt::format("{} {}", connection, verb_name(action.verb));
  if (!action.bytes.empty())
    out += " hex=" + to_hex(action.bytes);
  const auto list = [&out](std::string_view name, const auto& items, auto text) {
    for (std::size_t i = 0; i < items.size(); ++i)
      out += (i == 0 ? fmt::format(" {}=", name) : ",") + text(items[i]);
  };
  list("fds", action.fds, [](const FdSpec& fd) { return fd.text(); });
  list("serials", action.patches, [](const SerialPatch& p) {
    return fmt::format("{}@{}{}{}", p.offset, p.source, p.event >= 0 ? fmt::format(".{}", p.event) : "",
                       p.answer ? "!" : "");
  });
  list("waits", action.waits.objects, [](std::uint32_t id) { return fmt::format("{}", id); });
  if (action.waits.grace != Awaited::for_configure)
    out += fmt::format(" grace={}", action.waits.grace.count());
  if (action.key != 0)
    out += fmt::format(" key={}", action.key);
  if (action.verb == Verb::Input)
    out += " input=" + action.input.text();
  if (action.needs != 0)
    out += fmt::format(" needs={}", action.needs);
  if (action.verb == Verb::Resize || action.verb == Verb::Signal || action.verb == Verb::SendPart)
    out += fmt::format(" size={}", action.size);
  if (!action.bytes.empty())
    out += " # " + describe(action);
  return out;
}

Result<LoggedAction> parse_log_line(std::string_view line) {
  const Error bad{"not a line of a wire-fuzz log: " + std::string(line.substr(0, 100)), 0};
  LoggedAction logged;
  std::size_t column = 0;
  const bool good = each_part(line.substr(0, line.find(" #")), ' ', [&](std::string_view part) {
    ++column;
    if (column == 1)
      return parse_number(part, logged.connection);
    if (column > 2)
      return parse_field(part, logged.action);
    const auto* verb = std::ranges::find(kVerbs, part);
    logged.action.verb = static_cast<Verb>(verb - kVerbs.begin());
    return verb != kVerbs.end();
  });
  if (!good || column < 2)
    return bad;
  if (const auto comment = line.find(" # "); comment != std::string_view::npos) {
    const auto text = line.substr(comment + 3);
    if (const auto at = text.find('@'); at != std::string_view::npos)
      logged.interface = text.substr(0, at);
  }
  return logged;
}

} // namespace fenceline::fuzz
