#pragma once
#include "compositor/frame/output_state.h"

namespace fenceline {

/// Is told of modes that a display lists and then does not take. Main thread.
class ModeListener {
 public:
  virtual ~ModeListener() = default;
  /// It refused the mode several times in a row and has never shown a picture in it. The output's mode may be changed
  /// within the call; where it is not, the display goes on being asked, less and less often.
  virtual void mode_refused(OutputId output, const Mode& mode) = 0;
};

} // namespace fenceline
