#pragma once
#include "tests/fuzz/buffers.h"
#include "tests/fuzz/evidence.h"
#include "tests/fuzz/message_maker.h"
#include "tests/fuzz/windows.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace fenceline::fuzz {

/// Seats and what hangs on them: input devices, cursors, selections, drags.
class Seats {
 public:
  Seats(MessageMaker& maker, Windows& windows, Buffers& buffers, Evidence& evidence)
      : maker_(maker), windows_(windows), buffers_(buffers), evidence_(evidence) {}
  /// What a client does at its start: takes the devices that there are.
  void take_devices();
  void step();
  /// The pointer has come to one of this client's surfaces, or left it.
  void pointer_is_here(bool here) { pointer_here_ = here; }
  /// The feedback of a cursor's picture that the client waits to see presented; 0 for none. Told once.
  [[nodiscard]] std::uint32_t awaited() { return std::exchange(awaited_, 0); }

 private:
  void make_device();
  void set_cursor();
  void change_cursor();
  /// Gives the feedback of what it commits, or 0.
  std::uint32_t paint_cursor(std::uint32_t surface);
  void make_source();
  void offer_answer(std::uint32_t offer);
  [[nodiscard]] std::uint32_t data_device();
  [[nodiscard]] std::uint32_t cursor();

  MessageMaker& maker_;
  Windows& windows_;
  Buffers& buffers_;
  Evidence& evidence_;
  struct Cursor {
    std::uint32_t surface = 0;
    std::uint64_t birth = 0;
  };
  std::vector<Cursor> cursors_;
  std::uint32_t awaited_ = 0;
  bool pointer_here_ = false;
};

} // namespace fenceline::fuzz
