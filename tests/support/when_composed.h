#pragma once
#include <memory>
#include <utility>

#include "compositor/output/composer.h"

namespace fenceline::test {

/// A sink that makes one call.
template <class Call>
[[nodiscard]] std::shared_ptr<ComposeSink> when_composed(Call call) {
  struct Calls final : ComposeSink {
    explicit Calls(Call c) : call(std::move(c)) {}
    void composed(Result<Composed> result) override { call(std::move(result)); }
    Call call;
  };
  return std::make_shared<Calls>(std::move(call));
}

} // namespace fenceline::test
