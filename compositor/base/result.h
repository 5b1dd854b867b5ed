#pragma once
#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace fenceline {

/// Why something failed: what was tried and on what, and the errno (0 where the failure is not the kernel's).
struct Error {
  std::string what;
  int code = 0;

  /// One line for a person: the text, and the errno's name and meaning when there is one.
  [[nodiscard]] std::string text() const;
  /// An error with the present errno. Call it before anything else can change errno.
  [[nodiscard]] static Error from_errno(std::string what);
};

/// A value or the reason why there is none. Nobody can ignore it: use it, or return its error.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] explicit operator bool() const noexcept { return state_.index() == 0; }
  [[nodiscard]] T& operator*() & { return value(); }
  [[nodiscard]] const T& operator*() const& { return value(); }
  [[nodiscard]] T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  [[nodiscard]] T& value() {
    assert(state_.index() == 0);
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] const T& value() const {
    assert(state_.index() == 0);
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] const Error& error() const {
    assert(state_.index() == 1);
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

/// Success, or the reason of a failure.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), failed_(true) {}
  [[nodiscard]] explicit operator bool() const noexcept { return !failed_; }
  [[nodiscard]] const Error& error() const {
    assert(failed_);
    return error_;
  }

 private:
  Error error_;
  bool failed_ = false;
};

} // namespace fenceline
