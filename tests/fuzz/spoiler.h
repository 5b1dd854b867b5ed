#pragma once
#include "tests/fuzz/action.h"
#include "tests/fuzz/object_tracker.h"
#include "tests/fuzz/prng.h"

namespace fenceline::fuzz {

enum class Damage {
  Message, ///< one message is wrong; the next ones are read as they were meant
  Framing, ///< the server may take the following bytes or descriptors for something else
};

/// Makes a well-formed message a nearly well-formed one: one thing about it is wrong. Sets the action's mutation.
Damage spoil(Action& action, const ObjectTracker& objects, Prng& prng);

} // namespace fenceline::fuzz
