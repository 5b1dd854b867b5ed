#pragma once

namespace fenceline {

/// Whether the composer that the outputs have can draw: one that is loaded on demand cannot at first, and one whose
/// device was lost cannot until it is made anew. Main thread.
class ComposerGate {
 public:
  enum class State {
    Closed, ///< Nothing can be composed now. What planes take alone is shown.
    Open,
    Broken, ///< There will be none: all is as without a composer.
  };
  virtual ~ComposerGate() = default;
  [[nodiscard]] virtual State state() const = 0;
  /// Something is to be composed: the composer is made ready, and nobody waits for it. When the state has changed,
  /// OutputSet::composer_changed() is called, never from within this.
  virtual void want() = 0;
};

} // namespace fenceline
