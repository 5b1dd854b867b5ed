#include "compositor/app/control_commands.h"

#include <drm_fourcc.h>
#include <fmt/format.h>
#include <xf86drm.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "compositor/app/picture_parts.h"
#include "compositor/app/session_stats.h"
#include "compositor/app/version.h"
#include "compositor/frame/output_settings.h"
#include "compositor/frame/plan_advice.h"

namespace fenceline {
namespace {

using Json = nlohmann::ordered_json;

double hz(Nanoseconds refresh) {
  return refresh.count() > 0 ? 1e9 / static_cast<double>(refresh.count()) : 0.0;
}

Json done() {
  return nullptr;
}

std::uint64_t millihertz(Nanoseconds refresh) {
  return refresh.count() > 0 ? static_cast<std::uint64_t>(std::llround(1e12 / static_cast<double>(refresh.count())))
                             : 0;
}

/// With a format's letters, and its modifier in words: "XR24 linear".
std::string format_text(const FormatModifier& format) {
  std::string text;
  for (unsigned shift = 0; shift < 32; shift += 8)
    text += static_cast<char>(std::clamp<std::uint32_t>(format.fourcc >> shift & 0xffU, 0x20, 0x7e));
  if (format.modifier == DRM_FORMAT_MOD_LINEAR)
    return text + " linear";
  if (format.modifier == DRM_FORMAT_MOD_INVALID)
    return text + " of the driver's own layout";
  const std::unique_ptr<char, decltype(&std::free)> name(drmGetFormatModifierName(format.modifier), &std::free);
  return name ? fmt::format("{} {}", text, name.get()) : fmt::format("{} modifier {:#x}", text, format.modifier);
}

/// What a buffer is made of, and its size in pixels.
std::string buffer_text(const BufferAttachment& buffer, PictureKind kind) {
  if (kind == PictureKind::Colour)
    return "colour";
  const std::string_view made_of = buffer.kind == BufferKind::Shm    ? "wl_shm"
                                   : kind == PictureKind::ShmInPlace ? "wl_shm in place"
                                                                     : "dma-buf";
  return fmt::format("{} {}x{}", made_of, buffer.size.width, buffer.size.height);
}

/// Each as the configuration takes it, and what tells those apart that it writes alike.
Json modes_of(const OutputInfo& info) {
  Json list = Json::array();
  for (const Mode& mode : info.modes)
    list.push_back({{"mode", mode_text(mode)},
                    {"width", mode.size.width},
                    {"height", mode.size.height},
                    {"refresh-mhz", millihertz(mode.refresh)},
                    {"preferred", mode.preferred},
                    {"current", same_mode(mode, info.mode)}});
  return list;
}

} // namespace

ControlCommands::ControlCommands(ControlContext context) : context_(std::move(context)) {
  const auto tell = [](Json (ControlCommands::*of)() const, ControlCommands* self) {
    return [of, self](const Arguments&, const ControlAnswer& answer) { answer((self->*of)()); };
  };
  add("outputs", {.usage = "", .run = tell(&ControlCommands::outputs, this)});
  add("windows", {.usage = "", .run = tell(&ControlCommands::windows, this)});
  add("clients", {.usage = "", .run = tell(&ControlCommands::clients, this)});
  add("scheduling", {.usage = "", .run = tell(&ControlCommands::scheduling, this)});
  add("memory", {.usage = "", .run = tell(&ControlCommands::memory, this)});
  add("planes", {.usage = "", .run = tell(&ControlCommands::planes, this)});
  add("stats", {.usage = "", .run = tell(&ControlCommands::stats, this)});
  add("output",
      {.usage = "NAME on|off", .least = 2, .most = 2, .run = [this](const auto& arguments, const auto& answer) {
         power(arguments, answer);
       }});
  add("config",
      {.usage = "path|reload", .least = 1, .most = 1, .run = [this](const auto& arguments, const auto& answer) {
         config(arguments, answer);
       }});
  add("screenshot",
      {.usage = "FILE [OUTPUT]", .least = 1, .most = 2, .run = [this](const auto& arguments, const auto& answer) {
         screenshot(arguments, answer);
       }});
  add("trace", {.usage = "on FILE|off|save FILE",
                .least = 1,
                .most = 2,
                .run = [this](const auto& arguments, const auto& answer) { trace(arguments, answer); }});
  add("version", {.usage = "", .run = [](const auto&, const auto& answer) { answer(Json{{"version", version}}); }});
  add("quit", {.usage = "", .run = [this](const auto&, const auto& answer) {
                 answer(done());
                 context_.quit();
               }});
}

void ControlCommands::add(const std::string& name, Command command) {
  commands_.emplace(name, std::move(command));
}

void ControlCommands::run(const ControlRequest& request, const ControlAnswer& answer) {
  const auto found = commands_.find(request.front());
  if (found == commands_.end()) {
    std::string known;
    for (const auto& [name, command] : commands_)
      known += (known.empty() ? "" : ", ") + name;
    return answer(Error{fmt::format("there is no command {}; there are {}", request.front(), known), 0});
  }
  const auto& [name, command] = *found;
  const Arguments arguments(request.begin() + 1, request.end());
  if (arguments.size() < command.least || arguments.size() > command.most)
    return answer(Error{command.most == 0 ? fmt::format("{} takes nothing more", name)
                                          : fmt::format("it is {} {}", name, command.usage),
                        0});
  command.run(arguments, answer);
}

Json ControlCommands::outputs() const {
  Json list = Json::array();
  for (const PlacedOutput& output : context_.layout.outputs()) {
    const OutputLoop* loop = context_.outputs.find(output.info.id);
    const Mode& mode = output.info.mode;
    list.push_back({{"name", output.info.name},
                    {"match", output.info.name},
                    {"or-match", identity_of(output.info)},
                    {"make", output.info.make},
                    {"model", output.info.model},
                    {"serial", output.info.serial},
                    {"on", loop && loop->powered()},
                    {"mode", fmt::format("{}x{}@{:.3f}", mode.size.width, mode.size.height, hz(mode.refresh))},
                    {"scale", output.scale},
                    {"transform", name(output.transform)},
                    {"position", {output.area.x, output.area.y}},
                    {"size", {output.area.width, output.area.height}},
                    {"planes", output.info.planes.size()},
                    {"can-tear", output.info.async_flips},
                    {"can-vary-refresh", output.info.variable.has_value()},
                    {"refresh-varies", loop && loop->refresh_varies()},
                    {"frames-failed", loop ? loop->failures() : 0},
                    {"modes", modes_of(output.info)}});
  }
  return list;
}

Json ControlCommands::windows() const {
  Json list = Json::array();
  std::unordered_map<std::uint32_t, pid_t> processes;
  for (const wl::ClientInfo& client : context_.globals.clients())
    processes.emplace(client.number, client.pid);
  const auto& all = context_.desktop.windows().all();
  for (auto it = all.rbegin(); it != all.rend(); ++it) {
    const Window& window = **it;
    const std::optional<Point> at = context_.desktop.origin_of(window.surface);
    const Surface* surface = context_.scene.find(window.surface);
    const Size size = surface ? surface->current().size() : Size{};
    list.push_back({{"window", static_cast<unsigned>(window.id)},
                    {"title", window.title},
                    {"app-id", window.app_id},
                    {"client", static_cast<unsigned>(window.owner)},
                    {"pid", processes[static_cast<std::uint32_t>(window.owner)]},
                    {"mapped", window.mapped},
                    {"focused", context_.desktop.keyboard_focus() == window.surface},
                    {"fullscreen", window.wants_fullscreen}});
    if (at)
      list.back()["position"] = {at->x, at->y};
    list.back()["size"] = {size.width, size.height};
  }
  return list;
}

Json ControlCommands::clients() const {
  Json list = Json::array();
  for (const wl::ClientInfo& client : context_.globals.clients()) {
    std::size_t windows = 0;
    for (const auto& window : context_.desktop.windows().all())
      windows += window->owner == static_cast<ClientId>(client.number) ? 1 : 0;
    list.push_back({{"client", client.number},
                    {"name", client.name},
                    {"pid", client.pid},
                    {"windows", windows},
                    {"surfaces", context_.scene.surfaces_of(static_cast<ClientId>(client.number))}});
  }
  return list;
}

Json ControlCommands::planes() const {
  Json list = Json::array();
  std::unordered_map<std::uint32_t, wl::ClientInfo> programs;
  for (const wl::ClientInfo& client : context_.globals.clients())
    programs.emplace(client.number, client);
  for (const PlacedOutput& output : context_.layout.outputs()) {
    const OutputLoop* loop = context_.outputs.find(output.info.id);
    if (!loop)
      continue;
    Json planes = Json::array();
    for (const PlaneInfo& plane : output.info.planes)
      planes.push_back({{"plane", static_cast<unsigned>(plane.id)},
                        {"type", plane.type == PlaneType::Primary   ? "primary"
                                 : plane.type == PlaneType::Overlay ? "overlay"
                                                                    : "cursor"}});
    Json layers = Json::array();
    const FramePlan& plan = loop->last_plan();
    for (auto layer = plan.layers.rbegin(); layer != plan.layers.rend(); ++layer) {
      Json entry{{"surface", static_cast<unsigned>(layer->surface)}};
      PictureKind kind = PictureKind::Unknown;
      if (const Surface* surface = context_.scene.find(layer->surface)) {
        const auto client = static_cast<std::uint32_t>(surface->client());
        entry["client"] = client;
        if (const auto program = programs.find(client); program != programs.end()) {
          entry["program"] = program->second.name;
          entry["pid"] = program->second.pid;
        }
        const Size size = surface->current().size();
        entry["size"] = {size.width, size.height};
        if (const auto& buffer = surface->current().buffer) {
          kind = picture_kind(*buffer);
          entry["buffer"] = buffer_text(*buffer, kind);
          // A colour has none.
          if (buffer->kind != BufferKind::Solid)
            entry["format"] = format_text(buffer->format);
        }
      }
      entry["on"] = layer->plane        ? fmt::format("plane {}", static_cast<unsigned>(*layer->plane))
                    : layer->hidden     ? std::string("nothing: hidden")
                    : layer->background ? std::string("background")
                                        : std::string("composition");
      if (!layer->plane && !layer->hidden && !layer->background) {
        entry["because"] = name(layer->refusal);
        entry["would-help"] = what_would_help(layer->refusal, kind);
      }
      layers.push_back(std::move(entry));
    }
    list.push_back({{"output", output.info.name},
                    {"composes", plan.composes},
                    {"planes", std::move(planes)},
                    {"layers", std::move(layers)}});
  }
  return list;
}

PictureKind ControlCommands::picture_kind(const BufferAttachment& buffer) const {
  switch (buffer.kind) {
  case BufferKind::Solid:
    return PictureKind::Colour;
  case BufferKind::Shm:
    return context_.shm.sharing && context_.shm.on_planes ? PictureKind::ShmCopied : PictureKind::Shm;
  case BufferKind::Dmabuf:
    break;
  }
  const bool in_place = context_.shm.sharing && context_.shm.sharing->shares(buffer.id);
  return in_place ? PictureKind::ShmInPlace : PictureKind::Dmabuf;
}

Json ControlCommands::memory() const {
  const ShmSharing* sharing = context_.shm.sharing.get();
  return {{"wl_shm", context_.shm.finding},
          {"in-place", sharing ? sharing->count() : 0},
          {"pinned-bytes", sharing ? sharing->bytes() : 0}};
}

Json ControlCommands::scheduling() const {
  const Promptness& made = context_.promptness;
  const PageFaults faults = page_faults();
  Json told{{"scheduling", made.scheduling}};
  if (!made.no_better.empty())
    told["no-better"] = made.no_better;
  told["memory-stays"] = made.memory_stays;
  if (!made.memory_goes.empty())
    told["memory-goes"] = made.memory_goes;
  told["page-faults"] = Json{{"waited", faults.waited}, {"quick", faults.quick}};
  return told;
}

Json ControlCommands::stats() const {
  return session_stats({.clock = context_.clock,
                        .counters = context_.counters,
                        .outputs = context_.outputs,
                        .layout = context_.layout,
                        .scene = context_.scene,
                        .desktop = context_.desktop,
                        .globals = context_.globals});
}

void ControlCommands::power(const Arguments& arguments, const ControlAnswer& answer) {
  const PlacedOutput* output = context_.layout.find(arguments[0]);
  const bool on = arguments[1] == "on";
  if (!output)
    answer(Error{fmt::format("there is no output {}", arguments[0]), 0});
  else if (!on && arguments[1] != "off")
    answer(Error{fmt::format("an output is switched on or off, not {}", arguments[1]), 0});
  else if (!context_.outputs.set_power(output->info.id, on))
    answer(Error{fmt::format("{} cannot be switched", arguments[0]), 0});
  else
    answer(done());
}

void ControlCommands::config(const Arguments& arguments, const ControlAnswer& answer) {
  if (arguments.front() == "path") {
    const auto place = context_.config.place();
    return place ? answer(Json{{"path", place->path}, {"exists", place->there}}) : answer(place.error());
  }
  if (arguments.front() != "reload")
    return answer(Error{fmt::format("it is config path or config reload, not {}", arguments.front()), 0});
  const auto remarks = context_.config.reload();
  if (!remarks)
    return answer(remarks.error());
  if (remarks->empty())
    return answer(done());
  answer(Json{{"warnings", *remarks}});
}

void ControlCommands::screenshot(const Arguments& arguments, const ControlAnswer& answer) {
  const Result<PictureParts> parts =
      picture_parts(context_.layout, context_.outputs, arguments.size() > 1 ? arguments[1] : std::string());
  if (!parts)
    return answer(parts.error());
  Json told{{"file", arguments.front()}, {"outputs", parts->names}};
  if (!parts->left_out.empty()) {
    told["left-out"] = parts->left_out;
    told["because"] = "switched off";
    context_.log.info("the screenshot is without {}: switched off", fmt::join(parts->left_out, ", "));
  }
  context_.screenshots.take(
      parts->parts, arguments.front(), Screenshots::WhenBusy::Refuse, [] {},
      [answer, told = std::move(told)](const Result<void>& written) {
        if (written)
          answer(told);
        else
          answer(written.error());
      });
}

void ControlCommands::trace(const Arguments& arguments, const ControlAnswer& answer) {
  const std::string& what = arguments.front();
  const bool named = arguments.size() == 2;
  if (what != "off" && what != "on" && what != "save")
    return answer(Error{fmt::format("it is trace on FILE, trace off or trace save FILE, not {}", what), 0});
  if (named != (what != "off"))
    return answer(Error{named ? "trace off takes no file" : fmt::format("trace {} needs a file", what), 0});
  // The file's disk is not waited for here.
  const auto result = std::make_shared<Result<void>>();
  const auto work = [this, arguments, result] {
    *result = arguments[0] == "off"  ? context_.tracer.end_file()
              : arguments[0] == "on" ? context_.tracer.begin_file(arguments[1])
                                     : context_.tracer.write_snapshot(arguments[1]);
  };
  const auto tell = [result, answer] {
    if (*result)
      answer(done());
    else
      answer(result->error());
  };
  if (const Result<void> posted = context_.snapshots.post(work, tell); !posted)
    answer(posted.error());
}

} // namespace fenceline
