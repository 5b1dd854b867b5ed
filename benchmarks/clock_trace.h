#pragma once
#include "tests/support/clock_recording.h"
#include "tools/report/trace_reader.h"

namespace fenceline::clock_bench {

/// The frames of the output that flipped the most of them, without leads. Frames whose blank was not known, or that
/// the trace has only a part of, are left out: the model learns nothing from them.
///
/// Two things a trace does not tell as the session knew them: the fence of a composed image is taken from the GPU's own
/// time stamps, and a client's cursor on its plane counts as a layer on a plane.
[[nodiscard]] Result<test::ClockRecording> recording_of(const report::Trace& trace);

} // namespace fenceline::clock_bench
