#pragma once
#include "tests/fuzz/input_step.h"
#include "tests/fuzz/prng.h"

#include <cstdint>
#include <vector>

namespace fenceline::fuzz {

/// Who sits before the screen: moves, clicks, drags, types, pulls plugs. What is held is let go some time later.
class User {
 public:
  explicit User(Prng prng) : prng_(prng) {}

  /// What happens next: some steps that belong together.
  [[nodiscard]] std::vector<InputStep> act();

 private:
  [[nodiscard]] InputStep somewhere();
  void press(std::vector<InputStep>& steps, InputKind kind, std::int32_t code);
  void release_one(std::vector<InputStep>& steps);

  Prng prng_;
  std::vector<InputStep> held_; ///< as they were pressed
  std::vector<std::int32_t> unplugged_;
};

} // namespace fenceline::fuzz
