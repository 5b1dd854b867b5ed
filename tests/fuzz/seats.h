#pragma once
#include "tests/fuzz/message_maker.h"
#include "tests/fuzz/windows.h"

#include <cstdint>

namespace fenceline::fuzz {

/// Seats and what hangs on them: input devices, cursors, selections, drags.
class Seats {
 public:
  Seats(MessageMaker& maker, Windows& windows) : maker_(maker), windows_(windows) {}
  void step();

 private:
  void make_device();
  void set_cursor();
  void make_source();
  void offer_answer(std::uint32_t offer);

  MessageMaker& maker_;
  Windows& windows_;
};

} // namespace fenceline::fuzz
