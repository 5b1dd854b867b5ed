#include "tests/fuzz/message_maker.h"

#include "tests/fuzz/spoiler.h"

#include <algorithm>

namespace fenceline::fuzz {

/// A message on its way.
struct MessageMaker::Draft {
  Action action;
  std::uint32_t created = 0;
  bool odd = false;
};

MessageMaker::MessageMaker(const World& world, Manners manners, Prng prng)
    : world_(world), manners_(manners), prng_(prng), objects_(*world.model->find("wl_display")),
      values_(world, objects_) {}

std::vector<Action> MessageMaker::take() {
  std::vector<Action> out;
  out.swap(actions_);
  actions_.reserve(out.size());
  return out;
}

void MessageMaker::encode(Draft& draft, Encoder& encoder, const ArgSpec& arg, const Value& value) {
  switch (value.kind) {
  case Value::Kind::Text:
    encoder.put_string(value.text);
    break;
  case Value::Kind::NullText:
    encoder.put_string(std::nullopt);
    break;
  case Value::Kind::RawText:
    encoder.put_raw_string(value.number, value.text);
    break;
  case Value::Kind::Data:
    encoder.put_array({reinterpret_cast<const std::uint8_t*>(value.text.data()), value.text.size()});
    break;
  case Value::Kind::Fd: {
    FdSpec spec = value.fd;
    if (spec.key == 0 && (spec.kind <= FdKind::RegularFile || spec.kind == FdKind::SyncTimeline))
      spec.key = new_file_key();
    draft.action.fds.push_back(spec);
    break;
  }
  case Value::Kind::Serial:
  case Value::Kind::Answer:
    draft.action.patches.push_back({.offset = static_cast<std::uint32_t>(encoder.size()),
                                    .source = value.number,
                                    .answer = value.kind == Value::Kind::Answer,
                                    .event = value.event});
    encoder.put_uint(0);
    break;
  case Value::Kind::Number:
    if (arg.type == ArgType::Object && value.number >= kServerIds && objects_.alive(value.number))
      draft.action.needs = value.number;
    encoder.put_uint(value.number);
    break;
  case Value::Kind::Any:
    encode(draft, encoder, arg, values_.believable(arg, prng_));
    break;
  }
}

std::uint32_t MessageMaker::send(const TrackedObject& object, const MessageSpec& spec, std::span<const Value> values) {
  const std::uint32_t id = object.id;
  const std::uint32_t version = object.version;
  const auto* interface = object.interface;
  const bool wild = world_.wants(interface);
  Draft draft;
  draft.action.interface = interface;
  draft.action.needs = id >= kServerIds ? id : 0;
  Encoder encoder(id, spec.opcode);
  std::size_t next = 0;
  for (const auto& arg : spec.args) {
    const bool odd = wild && prng_.chance(manners_.odd_in_10k, 10'000);
    draft.odd = draft.odd || odd;
    if (arg.type == ArgType::NewId && arg.interface != nullptr) {
      draft.created = objects_.create(*arg.interface, version);
      encoder.put_uint(odd ? values_.odd(arg, prng_).number : draft.created);
      continue;
    }
    const Value value = next < values.size() ? values[next] : Value::any();
    ++next;
    if (odd)
      encode(draft, encoder, arg, values_.odd(arg, prng_));
    else
      encode(draft, encoder, arg, value);
  }
  draft.action.bytes = std::move(encoder).finish();
  if (draft.odd)
    draft.action.mutation = "odd value";
  if (spec.destructor)
    objects_.destroy(id);
  if (wild && prng_.chance(manners_.spoiled_in_10k, 10'000))
    framing_lost_ = spoil(draft.action, objects_, prng_) == Damage::Framing || framing_lost_;
  actions_.push_back(std::move(draft.action));
  return draft.created != 0 ? draft.created : id;
}

bool MessageMaker::lacks_object(const MessageSpec& spec, std::span<const Value> values) const {
  std::size_t next = 0;
  for (const auto& arg : spec.args) {
    if (arg.type == ArgType::NewId && arg.interface != nullptr)
      continue;
    const auto* value = next < values.size() ? &values[next] : nullptr;
    ++next;
    if (arg.type != ArgType::Object || arg.allow_null)
      continue;
    if (value == nullptr || value->kind == Value::Kind::Any) {
      if (objects_.living(arg.interface).empty())
        return true;
    } else if (value->number == 0) {
      return true;
    }
  }
  return false;
}

std::uint32_t MessageMaker::request(std::uint32_t object, std::string_view name, std::span<const Value> values) {
  const auto* tracked = objects_.find(object);
  if (tracked == nullptr || !tracked->alive)
    return 0;
  const auto* spec = tracked->interface->request(name);
  if (spec == nullptr || spec->since > tracked->version)
    return 0;
  const TrackedObject copy = *tracked;
  if (lacks_object(*spec, values))
    return 0;
  return send(copy, *spec, values);
}

std::uint32_t MessageMaker::fresh_surface() {
  return request(global("wl_compositor"), "create_surface");
}

void MessageMaker::random_request(std::uint32_t object) {
  const auto* tracked = objects_.find(object);
  if (tracked == nullptr || tracked->interface->requests.empty())
    return;
  // A global's name, interface and version go together: three random ones would only end the connection.
  if (tracked->interface->name == "wl_registry" && !world_.globals.empty()) {
    const auto& offered = prng_.pick(world_.globals);
    if (offered.reserved && prng_.chance(49, 50))
      return;
    (void)bind(offered, 1 + prng_.below(offered.version));
    return;
  }
  const TrackedObject copy = *tracked;
  const auto& requests = copy.interface->requests;
  const auto* spec = &prng_.pick(requests);
  // Destructors end most stories: take another request three times of four.
  if (spec->destructor && prng_.chance(3, 4))
    spec = &prng_.pick(requests);
  if (spec->since > copy.version && prng_.chance(99, 100))
    return;
  // Asking for a device that the seat never had is an error.
  if (copy.interface->name == "wl_seat" && spec->new_id() != nullptr && spec->opcode < 3 &&
      (world_.seat_capabilities & (1u << spec->opcode)) == 0 && prng_.chance(49, 50))
    return;
  const bool creates = spec->new_id() != nullptr;
  std::vector<Value> values;
  for (const auto& arg : spec->args) {
    if (arg.type == ArgType::NewId && arg.interface != nullptr)
      continue;
    if (spec->name == "attach" && arg.type == ArgType::Int && prng_.chance(9, 10)) {
      values.push_back(Value::of(0)); // anything else is an error since version 5
      continue;
    }
    // What makes something of a surface wants one that is nothing yet.
    if (creates && arg.interface_name == "wl_surface" && arg.type == ArgType::Object && prng_.chance(3, 5)) {
      values.push_back(Value::of(fresh_surface()));
      continue;
    }
    // An object that must be there and is not: odd values are for that.
    values.push_back(values_.believable(arg, prng_));
    if (arg.type == ArgType::Object && !arg.allow_null && values.back().number == 0)
      return;
  }
  if (objects_.alive(copy.id))
    send(copy, *spec, values);
}

std::uint32_t MessageMaker::barrier(Awaited waits) {
  const auto* display = interface("wl_display");
  const auto* sync = display->request("sync");
  const auto callback = objects_.create(*interface("wl_callback"), 1);
  Encoder encoder(1, sync->opcode);
  encoder.put_uint(callback);
  Action action;
  action.verb = Verb::Barrier;
  action.interface = display;
  action.bytes = std::move(encoder).finish();
  action.waits = std::move(waits);
  actions_.push_back(std::move(action));
  return callback;
}

void MessageMaker::barrier_passed(std::uint32_t callback) {
  objects_.destroy(callback);
  objects_.barrier_passed();
}

std::uint32_t MessageMaker::bind(const Global& global, std::uint32_t version) {
  if (registry_ == 0)
    registry_ = request(1, "get_registry");
  const auto* registry = objects_.find(registry_);
  if (registry == nullptr || !registry->alive)
    return 0;
  const auto* spec = registry->interface->request("bind");
  const auto id = objects_.create(*global.interface, version);
  const std::vector<Value> values = {Value::of(global.name), Value::string(global.interface->name), Value::of(version),
                                     Value::of(id)};
  const TrackedObject copy = *registry;
  send(copy, *spec, values);
  return id;
}

std::uint32_t MessageMaker::global(std::string_view name) {
  const auto* offered = world_.global(name);
  if (offered == nullptr)
    return 0;
  auto& id = bound_[offered->interface];
  if (!objects_.alive_as(id, offered->interface))
    id = bind(*offered, offered->version);
  return id;
}

} // namespace fenceline::fuzz
