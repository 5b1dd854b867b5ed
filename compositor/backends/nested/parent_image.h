#pragma once
#include <functional>
#include <utility>

#include "compositor/backends/nested/parent_ptr.h"
#include "compositor/base/geometry.h"

namespace fenceline {

/// A wl_buffer of the parent's.
class ParentImage {
 public:
  explicit ParentImage(Size size) : size_(size) {}
  virtual ~ParentImage() = default;
  ParentImage(const ParentImage&) = delete;
  ParentImage& operator=(const ParentImage&) = delete;

  [[nodiscard]] Size size() const { return size_; }
  /// The parent has it and can be given it. One that can't be had will never be.
  [[nodiscard]] bool ready() const { return buffer_ != nullptr; }
  [[nodiscard]] virtual bool refused() const { return false; }
  /// To attach it, after which the parent reads it until it says otherwise. ready() only.
  [[nodiscard]] wl_buffer* lend() {
    lent_ = true;
    return buffer_.get();
  }
  [[nodiscard]] bool lent() const { return lent_; }
  void on_released(std::function<void()> callback) { on_released_ = std::move(callback); }

 protected:
  void take(wl_buffer* buffer) {
    static constexpr wl_buffer_listener listener = {.release = EventThunk<&ParentImage::release>::call};
    buffer_.reset(buffer);
    wl_buffer_add_listener(buffer, &listener, this);
  }
  /// wl_buffer.release
  virtual void release() { give_back(); }
  /// Nobody reads it any more. The callback may destroy the image, when it returns.
  void give_back() {
    lent_ = false;
    if (on_released_)
      on_released_();
  }

 private:
  Size size_;
  ParentPtr<wl_buffer> buffer_;
  bool lent_ = false;
  std::function<void()> on_released_;
};

} // namespace fenceline
