#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "compositor/app/config_follower.h"
#include "compositor/app/globals.h"
#include "compositor/app/output_layout.h"
#include "compositor/app/promptness.h"
#include "compositor/app/screenshots.h"
#include "compositor/app/shm_in_place.h"
#include "compositor/app/snapshot_thread.h"
#include "compositor/base/log.h"
#include "compositor/control/control_socket.h"
#include "compositor/frame/plan_advice.h"
#include "compositor/output/output_set.h"
#include "compositor/scene/scene.h"
#include "compositor/shell/desktop.h"
#include "compositor/trace/frame_counters.h"
#include "compositor/trace/tracer.h"

namespace fenceline {

/// What the commands of the control socket ask and tell. All outlive them.
struct ControlContext {
  Log& log;
  OutputSet& outputs;
  OutputLayout& layout;
  Scene& scene;
  Desktop& desktop;
  Globals& globals;
  const ShmInPlace& shm;
  const Promptness& promptness;
  Tracer& tracer;
  const FrameCounters& counters;
  const Clock& clock;
  SnapshotThread& snapshots; ///< For what waits for the disk.
  Screenshots& screenshots;
  ConfigFollower& config;
  std::function<void()> quit;
};

/// The commands of the control socket: fenceline-msg(1) says what each does.
class ControlCommands {
 public:
  explicit ControlCommands(ControlContext context);
  ControlCommands(const ControlCommands&) = delete;
  ControlCommands& operator=(const ControlCommands&) = delete;

  void run(const ControlRequest& request, const ControlAnswer& answer);

 private:
  using Arguments = std::vector<std::string>;
  struct Command {
    std::string usage;               ///< What comes after its name.
    std::size_t least = 0, most = 0; ///< How many arguments.
    std::function<void(const Arguments& arguments, const ControlAnswer& answer)> run;
  };
  void add(const std::string& name, Command command);
  [[nodiscard]] nlohmann::ordered_json outputs() const;
  [[nodiscard]] nlohmann::ordered_json windows() const;
  [[nodiscard]] nlohmann::ordered_json clients() const;
  [[nodiscard]] nlohmann::ordered_json planes() const;
  [[nodiscard]] nlohmann::ordered_json memory() const;
  [[nodiscard]] nlohmann::ordered_json scheduling() const;
  [[nodiscard]] nlohmann::ordered_json stats() const;
  [[nodiscard]] PictureKind picture_kind(const BufferAttachment& buffer) const;
  void power(const Arguments& arguments, const ControlAnswer& answer);
  void screenshot(const Arguments& arguments, const ControlAnswer& answer);
  void config(const Arguments& arguments, const ControlAnswer& answer);
  void trace(const Arguments& arguments, const ControlAnswer& answer);

  ControlContext context_;
  std::map<std::string, Command> commands_;
};

} // namespace fenceline
