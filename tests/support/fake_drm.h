#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compositor/backends/drm/drm_api.h"
#include "compositor/frame/output_state.h"
#include "tests/support/virtual_loop.h"

namespace fenceline::test {

/// A display card with the kernel's rules for atomic commits, in virtual time. It outlives the FakeDrm on it, as a card
/// outlives an open file.
///
/// Any descriptor of a regular file stands for a dma-buf (its inode is its identity), and any pollable descriptor for a
/// sync file (readable: signalled). Blanks of a CRTC come every 16 ms exactly.
class FakeCard {
 public:
  struct PlaneSpec {
    PlaneType type = PlaneType::Primary;
    std::uint32_t possible_crtcs = 1;
    std::vector<FormatModifier> formats;
    bool in_formats = true;            ///< Whether the driver has the IN_FORMATS property.
    bool fences = true;                ///< IN_FENCE_FD
    std::optional<PlaneDepths> depths; ///< zpos
    bool extras = false;               ///< rotation, alpha, YCbCr encoding and blend mode, all set to something odd.
  };
  struct ConnectorSpec {
    std::string name;
    bool connected = true;
    std::uint32_t possible_crtcs = 1;
    std::vector<drmModeModeInfo> modes;
    std::vector<std::byte> edid;
    bool non_desktop = false;
    bool link_status = false;  ///< Whether it has the property.
    bool content_type = false; ///< The same.
    bool vrr_capable = false;
  };

  explicit FakeCard(VirtualLoop& loop);
  FakeCard(const FakeCard&) = delete;
  FakeCard& operator=(const FakeCard&) = delete;
  ~FakeCard();

  // The card's making; the answers are object ids.
  std::uint32_t add_crtc(bool gamma = false, bool background = false, bool vrr = false);
  std::uint32_t add_connector(ConnectorSpec spec);
  std::uint32_t add_plane(const PlaneSpec& spec);

  // What somebody else does, or did before us.
  std::uint32_t foreign_framebuffer(Size size, FormatModifier format);
  std::uint32_t foreign_blob(std::vector<std::byte> content);
  void set(std::uint32_t object, std::string_view property, std::uint64_t value);
  void plug(std::uint32_t connector, bool connected) { connector_specs_.at(connector).connected = connected; }
  void remove_foreign_framebuffer(std::uint32_t framebuffer) { framebuffers_.erase(framebuffer); }

  // The state on the screen.
  [[nodiscard]] std::uint64_t value(std::uint32_t object, std::string_view property) const;
  [[nodiscard]] std::optional<std::vector<std::byte>> blob(std::uint64_t id) const;
  [[nodiscard]] std::size_t framebuffer_count() const { return framebuffers_.size(); }
  [[nodiscard]] FormatModifier format_of(std::uint64_t framebuffer) const {
    return framebuffers_.at(static_cast<std::uint32_t>(framebuffer)).format;
  }
  [[nodiscard]] std::size_t open_handle_count() const { return handles_.size() + dumb_.size(); }
  [[nodiscard]] std::size_t user_blob_count() const { return user_blobs_.size(); }
  [[nodiscard]] std::size_t held_fence_count() const;

  /// A commit or test commit that was asked for.
  struct Asked {
    std::map<std::uint32_t, std::map<std::string, std::uint64_t>> set; ///< By object and property.
    std::uint32_t flags = 0;
    int error = 0;
  };
  std::vector<Asked> asked;

  // Faults and kinds of driver.
  bool atomic = true;
  bool master = true;
  bool monotonic = true;
  bool zero_timestamps = false;
  bool modifiers = true;
  bool can_close_framebuffers = true;
  bool sync_objects = true;
  bool scales = false;
  std::optional<dev_t> render_node;
  std::optional<Size> cursor_size = Size{64, 64};
  bool async_flips = false; ///< Both capabilities; else the kernel refuses such commits.
  /// errno for a state that changes the content type or the variable refresh without a modeset: some drivers need one.
  int live_switch_error = 0;
  bool flips_lost = false; ///< What is committed is shown, and no event tells of it.
  /// errno for a call by its name (resources, connector, properties, commit, ...), or 0.
  std::function<int(std::string_view)> fault;
  int next_commit_error = 0; ///< The next real commit fails with it.
  int late_blanks = 0;       ///< Blanks that a flip comes late, each.
  std::uint32_t sequence_offset = 0;
  int property_reads = 0;
  int commits_that_hang = 0; ///< Blocking commits behind a flip that waits: the kernel would wait, with no limit.

 private:
  friend class FakeDrm;
  struct Property {
    std::string name;
    std::uint32_t flags = 0;
    std::vector<DrmEnumValue> enums;
    std::uint64_t least = 0, most = 0;
  };
  struct Object {
    std::uint32_t type = 0;
    std::vector<std::uint32_t> properties;
  };
  struct Framebuffer {
    Size size;
    FormatModifier format;
    bool closed = false; ///< Lives on only as long as a plane shows it.
  };
  struct Pending {
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> values;
    std::vector<std::uint32_t> crtcs;
    std::vector<UniqueFd> fences;
    UniqueFd out_fence;
    bool event = false;
    bool async = false; ///< It does not wait for the blank, and its event tells of the one before.
    std::uint64_t cookie = 0;
    int late = 0;
    std::unique_ptr<Timer> timer;
  };
  using Values = std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t>;

  std::uint32_t add_object(std::uint32_t type);
  std::uint32_t property_id(Property property);
  void attach(std::uint32_t object, Property property, std::uint64_t value);
  void attach(std::uint32_t object, const std::string& name, std::uint64_t value, std::uint32_t flags = 0,
              std::vector<DrmEnumValue> enums = {});
  [[nodiscard]] std::uint64_t value_in(const Values& values, std::uint32_t object, std::string_view property) const;
  [[nodiscard]] std::optional<std::uint32_t> find_property(std::uint32_t object, std::string_view name) const;
  [[nodiscard]] int fails(std::string_view call) const { return fault ? fault(call) : 0; }

  int run_commit(const AtomicRequest& request, std::uint32_t flags, std::uint64_t cookie = 0);
  int check(const AtomicRequest& request, std::uint32_t flags, Values& next, std::vector<std::uint32_t>& crtcs,
            std::vector<UniqueFd>& fences);
  [[nodiscard]] bool may_be_async(const AtomicRequest& request) const;
  [[nodiscard]] int check_plane(const Values& next, std::uint32_t plane) const;
  [[nodiscard]] int check_crtc(const Values& next, std::uint32_t crtc) const;
  void arm(Pending& pending);
  void blank(Pending* pending);
  void drop_unused();
  void wake_reader();

  VirtualLoop& loop_;
  UniqueFd event_fd_;
  std::uint32_t last_id_ = 30;
  std::vector<std::uint32_t> crtcs_, connectors_, planes_;
  std::map<std::uint32_t, ConnectorSpec> connector_specs_;
  std::map<std::uint32_t, PlaneSpec> plane_specs_;
  std::map<std::uint32_t, Property> properties_;
  std::map<std::uint32_t, Object> objects_;
  Values values_;
  std::map<std::uint64_t, std::vector<std::byte>> blobs_;
  std::set<std::uint32_t> user_blobs_;
  std::map<std::uint32_t, Framebuffer> framebuffers_;
  std::map<std::uint64_t, std::uint32_t> handles_; ///< Inode to handle.
  std::map<std::uint32_t, std::vector<std::byte>> dumb_;
  std::vector<std::unique_ptr<Pending>> pending_;
  std::deque<PageFlip> events_;
  bool atomic_enabled_ = false;
};

/// An open file on a FakeCard.
class FakeDrm : public DrmApi {
 public:
  explicit FakeDrm(FakeCard& card) : card_(card) {}

  [[nodiscard]] int fd() const override { return card_.event_fd_.get(); }
  [[nodiscard]] bool is_master() const override { return card_.master; }
  [[nodiscard]] std::string driver() const override { return "fake"; }
  [[nodiscard]] Result<CardNodes> nodes() const override;
  [[nodiscard]] Result<void> set_client_cap(std::uint64_t capability, std::uint64_t value) override;
  [[nodiscard]] Result<std::uint64_t> cap(std::uint64_t capability) const override;
  [[nodiscard]] bool timeline_eventfd_works() const override { return card_.sync_objects; }
  [[nodiscard]] Result<DrmResources> resources() const override;
  [[nodiscard]] Result<std::vector<std::uint32_t>> planes() const override;
  [[nodiscard]] Result<DrmConnector> connector(std::uint32_t id) const override;
  [[nodiscard]] Result<DrmPlane> plane(std::uint32_t id) const override;
  [[nodiscard]] Result<std::vector<DrmProperty>> properties(std::uint32_t object, std::uint32_t type) const override;
  [[nodiscard]] Result<std::vector<std::byte>> blob(std::uint32_t id) const override;
  [[nodiscard]] Result<std::uint32_t> create_blob(std::span<const std::byte> content) override;
  void destroy_blob(std::uint32_t id) override;
  [[nodiscard]] Result<std::uint32_t> import_handle(int dmabuf) override;
  void close_handle(std::uint32_t handle) override;
  [[nodiscard]] Result<std::uint32_t> add_framebuffer(const DrmFramebuffer& request) override;
  [[nodiscard]] bool close_framebuffer(std::uint32_t framebuffer) override;
  void remove_framebuffer(std::uint32_t framebuffer) override;
  [[nodiscard]] Result<DumbBuffer> create_dumb(Size size, std::uint32_t bits_per_pixel) override;
  [[nodiscard]] Result<std::span<std::byte>> map_dumb(const DumbBuffer& buffer) override;
  void destroy_dumb(const DumbBuffer& buffer, std::span<std::byte> mapping) override;
  [[nodiscard]] Result<void> commit(const AtomicRequest& request, std::uint32_t flags, std::uint64_t cookie) override;
  [[nodiscard]] Result<void> test(const AtomicRequest& request, std::uint32_t flags) const override;
  [[nodiscard]] Result<void> read_events(std::vector<PageFlip>& flips) override;
  [[nodiscard]] bool wait_for_events(int timeout_ms) override;

 private:
  FakeCard& card_;
};

/// Somebody has left a card's background green.
constexpr std::uint64_t fake_background = 0xffff'0000'ffff'0000;
/// A mode like those of drm_modes.c; hertz is exact with these totals.
[[nodiscard]] drmModeModeInfo fake_mode(std::uint16_t width, std::uint16_t height, std::uint32_t hertz,
                                        bool preferred = false);
/// The content of an IN_FORMATS property that says `formats`.
[[nodiscard]] std::vector<std::byte> in_formats_blob(std::span<const FormatModifier> formats);
/// An EDID 1.4 base block. `make`: three letters. `least_hz`: of its range limits, up to 144; 0: it has none.
[[nodiscard]] std::vector<std::byte> fake_edid(std::string_view make, std::string_view model, std::string_view serial,
                                               unsigned char least_hz = 0);

} // namespace fenceline::test
