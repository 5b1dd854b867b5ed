#include "tests/fuzz/fuzz_session.h"

#include "tests/fuzz/replay.h"
#include "tests/fuzz/scout.h"

#include <fmt/format.h>

#include <cstdlib>
#include <thread>

namespace fenceline::fuzz {

namespace {

constexpr std::size_t kLastMessages = 50;
constexpr std::size_t kOutputLines = 60;
constexpr auto kDyingTime = std::chrono::seconds(3);
constexpr int kPatience = 5;

Nanoseconds nanoseconds(double seconds) {
  return Nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

double seconds(Nanoseconds time) {
  return static_cast<double>(time.count()) / 1e9;
}

double milliseconds(Nanoseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

} // namespace

FuzzSession::FuzzSession(Options options, std::uint64_t seed)
    : options_(std::move(options)), seed_(seed), limit_(nanoseconds(options_.limit)) {}

Result<void> FuzzSession::load_protocols() {
  for (const auto& path : options_.protocols)
    if (auto added = model_.add_path(path); !added)
      return added;
  model_.resolve();
  for (const char* needed : {"wl_display", "wl_registry", "wl_callback"})
    if (model_.find(needed) == nullptr)
      return Error{fmt::format("no protocol file defines {}; name wayland.xml with --protocols", needed), 0};
  return {};
}

Result<void> FuzzSession::reach_server() {
  if (options_.input) {
    auto devices = InputDevices::create();
    if (!devices)
      return devices.error();
    input_ = std::move(*devices);
  }
  if (!options_.command.empty()) {
    if (auto started = server_.start(options_.command, options_.server_log); !started)
      return started;
    auto path = server_.wait_ready(nanoseconds(options_.start_limit));
    if (!path)
      return path.error();
    socket_path_ = *path;
  } else {
    auto name = options_.socket.empty() ? environment("WAYLAND_DISPLAY") : options_.socket;
    if (name.empty())
      return Error{"no server: give --socket, or WAYLAND_DISPLAY, or '-- COMMAND' to start one", 0};
    socket_path_ = name.find('/') == std::string::npos ? environment("XDG_RUNTIME_DIR") + "/" + name : name;
  }
  return look_around();
}

Result<void> FuzzSession::look_around() {
  constexpr std::uint32_t kPointerAndKeyboard = 3;
  DescriptorShop shop(socket_path_);
  const auto end = clock_.now() + nanoseconds(options_.start_limit);
  for (;;) {
    auto world = scout(socket_path_, model_, shop, limit_);
    if (!world)
      return world.error();
    if (!input_ || (world->seat_capabilities & kPointerAndKeyboard) == kPointerAndKeyboard) {
      world_ = std::move(*world);
      return {};
    }
    if (clock_.now() > end)
      return Error{"the server's seat has not taken the mouse and the keyboard", 0};
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

Result<void> FuzzSession::find_only() {
  for (const auto& name : options_.only) {
    const auto* interface = model_.find(name);
    if (interface == nullptr)
      return Error{"--only: no protocol file defines " + name, 0};
    world_.only.push_back(interface);
  }
  return {};
}

std::optional<std::string> FuzzSession::trouble() {
  if (!options_.command.empty())
    if (auto how = server_.ended())
      return "the server " + *how;
  if (auto complaint = innocent_->complaint())
    return "the innocent client suffered: " + *complaint;
  return std::nullopt;
}

void FuzzSession::hold_rate(TimePoint begin) const {
  if (options_.rate == 0)
    return;
  const auto due = nanoseconds(static_cast<double>(statistics_.messages()) / static_cast<double>(options_.rate));
  const auto spent = clock_.now() - begin;
  if (due > spent)
    std::this_thread::sleep_for(due - spent);
}

void FuzzSession::use_devices(User& user) {
  if (!input_)
    return;
  for (const auto& step : user.act()) {
    Action action{.verb = Verb::Input};
    action.input = step;
    input_->perform(step);
    history_.record(0, std::move(action));
  }
}

Result<void> FuzzSession::fuzz(RunContext& context) {
  // Connections begin with number 1.
  Prng at_desk = context.prng.fork(0);
  User user(at_desk.fork(0));
  std::vector<std::unique_ptr<Slot>> slots;
  for (std::uint32_t i = 0; i < options_.connections; ++i)
    slots.push_back(std::make_unique<Slot>(context));
  const auto begin = clock_.now();
  const auto end = begin + nanoseconds(options_.seconds);
  // A machine under load shows few frames, and of those depends what can be seen to be accepted: it gets its time.
  const auto last = begin + nanoseconds(options_.seconds) * kPatience;
  const auto goes_on = [&] {
    const auto now = clock_.now();
    return (now < end || (now < last && !reached())) &&
           (options_.messages == 0 || context.generated < options_.messages);
  };
  while (goes_on()) {
    for (auto& slot : slots) {
      if (auto turned = slot->turn(); !turned)
        return turned;
      if (auto what = trouble())
        return Error{*what, 0};
      if (at_desk.chance(1, 8))
        use_devices(user);
      hold_rate(begin);
    }
  }
  for (auto& slot : slots)
    slot->close();
  return {};
}

Result<void> FuzzSession::send_everything(RunContext& context) {
  if (options_.replay.empty())
    return fuzz(context);
  auto actions = read_log(options_.replay);
  if (!actions)
    return actions.error();
  return Replay(context, std::move(*actions)).run([this] { return !trouble(); });
}

Result<void> FuzzSession::still_alive() {
  DescriptorShop shop(socket_path_);
  auto again = scout(socket_path_, model_, shop, limit_);
  if (!again)
    return Error{"a new client at the end: " + again.error().text(), 0};
  return {};
}

Result<void> FuzzSession::verdict(Result<void> sending) {
  innocent_->stop();
  // The server's own end says more than what a client saw of it, but may come after it: a core takes time to dump.
  const auto patience = clock_.now() + kDyingTime;
  while (!options_.command.empty() && (!sending || innocent_->complaint()) && !server_.ended() &&
         clock_.now() < patience)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  if (auto what = trouble())
    return Error{*what, 0};
  if (!sending)
    return sending;
  if (auto alive = still_alive(); !alive)
    return alive;
  if (statistics_.messages() == 0)
    return Error{"no message was sent", 0};
  if (innocent_->report().roundtrips == 0)
    return Error{"the innocent client was never answered", 0};
  if (!options_.command.empty())
    if (auto stopped = server_.stop(nanoseconds(options_.start_limit)); !stopped)
      return stopped;
  return reached();
}

Result<void> FuzzSession::reached() const {
  std::string missing;
  for (const auto& request : options_.accepted)
    if (statistics_.times_accepted(request) == 0)
      missing += (missing.empty() ? "" : ", ") + request;
  return missing.empty() ? Result<void>() : Error{"the server was never seen to accept " + missing, 0};
}

void FuzzSession::print_failure(const Error& failure) const {
  fmt::print("\nFAILED: {}\nseed {}; the last {} messages:\n{}", failure.text(), seed_, kLastMessages,
             history_.last(kLastMessages));
  if (auto saved = history_.save(options_.save); saved)
    fmt::print("what the open and the last closed connections did: {} (send it again with --replay)\n", options_.save);
  else
    fmt::print("{}\n", saved.error().text());
  if (!options_.command.empty())
    fmt::print("the end of the server's output:\n{}", server_.output_tail(kOutputLines));
}

int FuzzSession::run() {
  Result<void> ready = load_protocols();
  if (ready)
    ready = reach_server();
  if (ready)
    ready = find_only();
  if (ready && !options_.log.empty())
    ready = history_.log_to(options_.log);
  if (!ready) {
    fmt::print(stderr, "wire_fuzz: {}\n{}", ready.error().text(),
               options_.command.empty() ? "" : server_.output_tail(kOutputLines));
    return 2;
  }
  fmt::print("seed {}, {} connections, {} globals, seat capabilities {}, {} dma-buf formats", seed_,
             options_.connections, world_.globals.size(), world_.seat_capabilities, world_.dmabuf_formats.size());
  for (const auto& global : world_.globals)
    if (global.reserved)
      fmt::print("; not for us: {}", global.interface->name);
  for (const auto& name : world_.unknown)
    fmt::print("; no XML for {}", name);
  fmt::print("\n");
  std::fflush(stdout);

  DescriptorShop shop(socket_path_);
  RunContext context{.world = world_,
                     .socket_path = socket_path_,
                     .prng = Prng(seed_),
                     .stall_limit = limit_,
                     .shop = shop,
                     .history = history_,
                     .statistics = statistics_,
                     .input = input_ ? &*input_ : nullptr};
  innocent_ = std::make_unique<InnocentClient>(socket_path_, limit_);
  // What is done to it must be done to it from the first message on.
  while (innocent_->report().roundtrips == 0 && !innocent_->complaint())
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const auto begin = clock_.now();
  auto sending = send_everything(context);
  const auto took = seconds(clock_.now() - begin);
  const auto outcome = verdict(std::move(sending));
  history_.flush();
  const auto report = innocent_->report();
  fmt::print("{:.1f} s\n{}{}innocent client: {} roundtrips, p50 {:.2f} ms, p99 {:.2f} ms, longest {:.2f} ms\n", took,
             statistics_.summary(took), statistics_.coverage(world_), report.roundtrips, milliseconds(report.p50),
             milliseconds(report.p99), milliseconds(report.longest));
  if (!outcome)
    print_failure(outcome.error());
  else
    fmt::print("the server lives\n");
  return outcome ? 0 : 1;
}

} // namespace fenceline::fuzz
