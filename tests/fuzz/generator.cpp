#include "tests/fuzz/generator.h"

#include <algorithm>
#include <array>
#include <span>

namespace fenceline::fuzz {

namespace {

// What a batch may add after the server's reading has been thrown off: it must get something to misread.
constexpr std::uint32_t kStepsAfterFraming = 6;
// A life's length: all messages of the living connections are kept, to be replayed after a failure.
constexpr std::uint32_t kMessagesAtMost = 20'000;
// Objects that a connection may pile up; a server's limits lie beyond what a few such connections hold.
constexpr std::size_t kObjectsAtMost = 4000;

} // namespace

Generator::Character Generator::draw_character(Prng& prng) {
  Character character;
  const auto draw = prng.below(100);
  if (draw < 30)
    character.manners = {.spoiled_in_10k = 0, .odd_in_10k = 0};
  else if (draw < 70)
    character.manners = {.spoiled_in_10k = 10, .odd_in_10k = 20};
  else if (draw < 92)
    character.manners = {.spoiled_in_10k = 60, .odd_in_10k = 120};
  else
    character.manners = {.spoiled_in_10k = 800, .odd_in_10k = 1500};
  character.random_percent = prng.chance(1, 3) ? 0 : 1 + prng.below(prng.chance(1, 4) ? 80 : 12);
  character.takes_devices = prng.chance(2, 3);
  character.batches = 4 + prng.below(prng.chance(1, 4) ? 200 : 40);
  character.batch_size = 10 + prng.below(prng.chance(1, 4) ? 400 : 120);
  character.batches = std::min(character.batches, kMessagesAtMost / character.batch_size);
  return character;
}

Generator::Generator(const World& world, Prng prng)
    : world_(world), prng_(prng), character_(draw_character(prng_)),
      ending_(static_cast<Ending>(prng_.below(static_cast<std::uint32_t>(Ending::kCount)))),
      maker_(world, character_.manners, prng_.fork(0)), buffers_(maker_), sync_(maker_, buffers_, evidence_),
      windows_(maker_, buffers_, sync_), seats_(maker_, windows_, buffers_, evidence_),
      extras_(maker_, windows_, sync_) {}

void Generator::bind_something() {
  auto& prng = maker_.prng();
  if (world_.globals.empty())
    return;
  const auto& global = prng.pick(world_.globals);
  if (global.reserved && prng.chance(49, 50))
    return;
  const auto version = prng.chance(2, 3) ? global.version : 1 + prng.below(global.version);
  // The version is one too many, none at all or wild when the manners allow it.
  const bool odd = prng.chance(character_.manners.odd_in_10k, 10'000);
  (void)maker_.bind(global, odd ? (prng.chance(1, 2) ? global.version + 1 : odd_number(prng)) : version);
}

void Generator::random_step() {
  auto& prng = maker_.prng();
  const auto& objects = maker_.objects();
  if (prng.chance(1, 10)) {
    bind_something();
    return;
  }
  // Interfaces first, then one of its objects: else the many surfaces and buffers would crowd out the rest.
  const auto living = objects.living();
  std::vector<const InterfaceSpec*> interfaces;
  for (const auto id : living) {
    const auto* interface = objects.find(id)->interface;
    if (world_.wants(interface) && !interface->requests.empty() &&
        std::ranges::find(interfaces, interface) == interfaces.end())
      interfaces.push_back(interface);
  }
  if (interfaces.empty() || living.size() > kObjectsAtMost)
    return;
  const auto* interface = prng.pick(interfaces);
  // Almost any random request to these is an error; the windows and buffers use them as they are meant.
  constexpr std::array<std::string_view, 5> kTouchy = {"wl_shm_pool", "xdg_wm_base", "xdg_surface", "xdg_positioner",
                                                       "wl_subcompositor"};
  if (std::ranges::find(kTouchy, interface->name) != kTouchy.end() && prng.chance(4, 5))
    return;
  const auto ids = objects.living(interface);
  const auto id = prng.pick(ids);
  const auto times = prng.chance(1, 20) ? 1 + prng.below(30) : 1;
  for (std::uint32_t i = 0; i < times && objects.alive(id); ++i)
    maker_.random_request(id);
}

void Generator::step() {
  // Each step draws from a sequence of its own.
  maker_.use(prng_.fork(++steps_));
  sync_.signal_some();
  const auto draw = maker_.prng().below(100);
  if (draw < character_.random_percent)
    random_step();
  else if (const auto kind = maker_.prng().below(100); kind < 60)
    windows_.step();
  else if (kind < 72)
    buffers_.step();
  else if (kind < 84)
    seats_.step();
  else if (kind < 98)
    extras_.step();
  else
    maker_.request(maker_.global("xdg_wm_base"), "pong", {Value::serial(maker_.global("xdg_wm_base"))});
}

void Generator::flood() {
  maker_.add({.verb = Verb::Deaf});
  const auto count = 200 + maker_.prng().below(4000);
  for (std::uint32_t i = 0; i < count; ++i)
    maker_.request(1, i % 8 == 0 ? "get_registry" : "sync");
}

void Generator::close_down() {
  finished_ = true;
  callback_ = 0;
  maker_.use(prng_.fork(++steps_));
  auto& prng = maker_.prng();
  switch (ending_) {
  case Ending::Orderly:
  case Ending::Abrupt:
  case Ending::kCount:
    break;
  case Ending::Deaf:
    flood();
    return; // closed a turn later, when the server has had its time
  case Ending::HalfClosed:
    maker_.add({.verb = prng.chance(1, 2) ? Verb::ShutRead : Verb::ShutWrite});
    for (std::uint32_t i = 0; i < 20; ++i)
      step();
    return;
  case Ending::MidMessage: {
    step();
    auto actions = maker_.take();
    if (!actions.empty() && actions.back().verb == Verb::Send) {
      actions.back().verb = Verb::SendPart;
      actions.back().size = 1 + prng.below(static_cast<std::uint32_t>(actions.back().bytes.size() - 1));
    }
    for (auto& action : actions)
      maker_.add(std::move(action));
    break;
  }
  }
  maker_.add({.verb = Verb::Close});
}

std::vector<Action> Generator::next_batch() {
  if (batches_++ >= character_.batches && ending_ == Ending::Orderly) {
    close_down();
    return maker_.take();
  }
  maker_.use(prng_.fork(++steps_));
  if (batches_ == 1) {
    maker_.add({.verb = Verb::Connect});
    // A client binds what it knows of; the rest is for the random steps.
    const auto all = maker_.prng().chance(1, 4);
    for (const auto& global : world_.globals)
      if (!global.reserved && (all || maker_.prng().chance(1, 8)))
        (void)maker_.global(global.interface->name);
    if (character_.takes_devices)
      seats_.take_devices();
  }
  windows_.go_on();
  std::uint32_t after_framing = 0;
  for (std::uint32_t tries = 0; maker_.pending() < character_.batch_size && tries < 4 * character_.batch_size;
       ++tries) {
    step();
    if (maker_.framing_lost() && ++after_framing > kStepsAfterFraming)
      break;
  }
  if (maker_.framing_lost()) {
    finished_ = true;
    callback_ = 0;
  } else if (batches_ >= character_.batches && ending_ != Ending::Orderly) {
    close_down();
  } else {
    Awaited waits{.objects = windows_.waiting()};
    if (const auto feedback = seats_.awaited(); feedback != 0) {
      waits.objects.push_back(feedback);
      waits.grace = Awaited::for_presented;
    }
    callback_ = maker_.barrier(std::move(waits));
  }
  return maker_.take();
}

void Generator::answered() {
  maker_.barrier_passed(callback_);
  callback_ = 0;
}

void Generator::take_event(std::span<const std::uint8_t> event) {
  const auto header = header_of(event);
  const auto* object = maker_.objects().find(header.object);
  if (object == nullptr || header.opcode >= object->interface->events.size())
    return;
  const auto& spec = object->interface->events[header.opcode];
  if (object->interface->name == "wl_pointer" && (spec.name == "enter" || spec.name == "leave"))
    seats_.pointer_is_here(spec.name == "enter");
  evidence_.take_event(*object, event);
  const auto* created = spec.new_id();
  if (created == nullptr || created->interface == nullptr)
    return;
  Decoder decoder(event.subspan(kHeaderSize));
  for (const auto& arg : spec.args) {
    if (&arg == created)
      break;
    if (arg.type == ArgType::String || arg.type == ArgType::Array)
      (void)decoder.take_array();
    else if (arg.type != ArgType::Fd)
      (void)decoder.take_uint();
  }
  if (const auto id = decoder.take_uint(); id >= kServerIds)
    maker_.objects().add_server_object(id, *created->interface, object->version);
}

} // namespace fenceline::fuzz
