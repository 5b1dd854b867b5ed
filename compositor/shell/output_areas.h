#pragma once
#include <optional>
#include <vector>

#include "compositor/base/geometry.h"
#include "compositor/frame/ids.h"

namespace fenceline {

/// Where the outputs lie, in global coordinates (px). The first is where windows go that nobody has put elsewhere.
class OutputAreas {
 public:
  struct Output {
    OutputId id{};
    Rect area;
  };

  void set(OutputId output, Rect area);
  void remove(OutputId output);
  [[nodiscard]] bool empty() const { return outputs_.empty(); }
  [[nodiscard]] const std::vector<Output>& all() const { return outputs_; }
  [[nodiscard]] std::optional<Rect> area(OutputId output) const;
  /// The first one's; empty when there is none.
  [[nodiscard]] Rect first_area() const { return outputs_.empty() ? Rect{} : outputs_.front().area; }
  /// Null: on none.
  [[nodiscard]] const Output* at(Point point) const;
  /// The nearest one whose middle is further to the right, or to the left. Null: there is none.
  [[nodiscard]] const Output* neighbour(OutputId of, bool to_the_right) const;
  /// Whether any of it can be seen.
  [[nodiscard]] bool shows(Rect rect) const;

 private:
  std::vector<Output> outputs_;
};

} // namespace fenceline
