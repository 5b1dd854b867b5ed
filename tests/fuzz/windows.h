#pragma once
#include "tests/fuzz/buffers.h"
#include "tests/fuzz/explicit_sync.h"
#include "tests/fuzz/message_maker.h"

#include <cstdint>
#include <vector>

namespace fenceline::fuzz {

/// A connection's windows, popups and subsurfaces, brought up as xdg-shell wants it: role, commit, configure, ack,
/// buffer.
class Windows {
 public:
  Windows(MessageMaker& maker, Buffers& buffers, ExplicitSync& sync) : maker_(maker), buffers_(buffers), sync_(sync) {}

  /// The barrier has been answered: windows that waited for their configure get their first buffer.
  void go_on();
  /// One step in the life of windows: make, repaint, change, unmap, destroy.
  void step();
  /// New content for a surface, and a commit.
  void paint(std::uint32_t surface);
  /// The xdg_surfaces that must have been configured before go_on().
  [[nodiscard]] std::vector<std::uint32_t> waiting() const;
  /// A living surface that has a role or a parent, or 0.
  [[nodiscard]] std::uint32_t any_surface();
  /// A mapped window's xdg_surface, or 0.
  [[nodiscard]] bool any_mapped() const;

 private:
  enum class Stage { Waiting, Mapped, Unmapped };
  struct Window {
    std::uint32_t surface = 0;
    std::uint32_t xdg_surface = 0;
    std::uint32_t role = 0;   ///< xdg_toplevel or xdg_popup
    std::uint32_t parent = 0; ///< a popup's parent's xdg_surface
    Stage stage = Stage::Waiting;
    bool fullscreen = false;
  };
  struct Subsurface {
    std::uint32_t surface = 0;
    std::uint32_t role = 0;
    std::uint32_t parent = 0; ///< wl_surface
  };

  void make_toplevel();
  void make_popup(const Window& parent);
  void make_subsurface();
  void change_surface(std::uint32_t surface);
  void change_toplevel(const Window& window);
  void change_popup(const Window& window);
  void change_subsurface();
  void remap(Window& window);
  void destroy(Window& window);
  void forget_the_dead();
  [[nodiscard]] std::uint32_t make_positioner();
  [[nodiscard]] std::uint32_t make_region();
  [[nodiscard]] Window* pick(bool mapped);

  MessageMaker& maker_;
  Buffers& buffers_;
  ExplicitSync& sync_;
  std::vector<Window> windows_;
  std::vector<Subsurface> subsurfaces_;
};

} // namespace fenceline::fuzz
