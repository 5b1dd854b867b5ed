#pragma once
#include <wayland-server-protocol.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "compositor/frame/output_state.h"
#include "compositor/wl/display.h"

namespace fenceline {

/// An output as clients see it.
struct OutputDescription {
  OutputInfo info;
  Point position;      ///< Global coordinates, px.
  double scale = 1.0;  ///< Pixels a logical pixel.
  Size logical_size{}; ///< Of its area in global coordinates, px.
  Transform transform = Transform::Normal;
};

/// The whole scale for clients that know no other: they draw too large rather than too coarse.
[[nodiscard]] std::int32_t whole_scale(double scale);

class OutputGlobals;

/// "make model (name)", for people.
[[nodiscard]] std::string text_of(const OutputInfo& info);

/// Another object of the client that tells of the same output: what it says comes before the wl_output's done.
class OutputFollower {
 public:
  virtual ~OutputFollower() = default;
  /// `before`: as it was told last; null: it is new.
  virtual void describe(const OutputDescription& now, const OutputDescription* before) = 0;
  /// Whether a new one ends with the wl_output's done.
  [[nodiscard]] virtual bool wants_done() const = 0;
  /// The client has destroyed its wl_output.
  virtual void output_gone() = 0;
};

/// wl_output, as one client has bound it.
class OutputResource final : public wl::Resource<OutputResource> {
 public:
  OutputResource(wl_client* client, std::uint32_t version, wl::NewId id, OutputGlobals& outputs, OutputId output);
  ~OutputResource() override;
  static const wl_interface& interface() { return wl_output_interface; }
  static const void* implementation() { return &requests; }

  [[nodiscard]] OutputId output() const { return output_; }
  /// The output as it is, to the `done`. `before`: as the object was told last; null: it is new.
  void send(const OutputDescription& description, const OutputDescription* before) const;
  void add_follower(OutputFollower& follower) { followers_.push_back(&follower); }
  void remove_follower(OutputFollower& follower) { std::erase(followers_, &follower); }
  /// Tells a new follower how things are; nothing when the output is gone.
  void tell(OutputFollower& follower) const;

 private:
  static const struct wl_output_interface requests;
  OutputGlobals& outputs_;
  OutputId output_;
  std::vector<OutputFollower*> followers_;
};

/// The wl_output of each output. A global that is removed stays bindable for a while; what is bound then is inert.
class OutputGlobals {
 public:
  explicit OutputGlobals(wl::Display& display) : display_(display) {}
  ~OutputGlobals();
  OutputGlobals(const OutputGlobals&) = delete;
  OutputGlobals& operator=(const OutputGlobals&) = delete;

  void add(OutputDescription description);
  /// Sends what has changed, a mode or a place.
  void update(OutputDescription description);
  void remove(OutputId output);
  [[nodiscard]] const OutputDescription* find(OutputId output) const;
  /// The one scale of all outputs; none when there are several, or no output.
  [[nodiscard]] std::optional<double> common_scale() const;
  /// Every wl_output of that output that the client has bound.
  [[nodiscard]] std::vector<wl_resource*> resources(OutputId output, wl_client* client) const;

  /// Called when a client has bound an output.
  void on_bound(std::function<void(OutputResource&)> hook) { bound_.push_back(std::move(hook)); }
  /// Called when what is said of an output has changed.
  void on_updated(std::function<void(OutputId)> hook) { updated_.push_back(std::move(hook)); }
  /// Called before an output goes, while its resources are still there.
  void on_removed(std::function<void(OutputId)> hook) { removed_.push_back(std::move(hook)); }

 private:
  friend class OutputResource;
  struct Entry {
    OutputDescription description;
    std::unique_ptr<wl::Global> global;
    std::vector<OutputResource*> resources;
  };
  wl::Display& display_;
  std::unordered_map<OutputId, Entry> entries_;
  std::vector<std::function<void(OutputResource&)>> bound_;
  std::vector<std::function<void(OutputId)>> updated_, removed_;
};

} // namespace fenceline
