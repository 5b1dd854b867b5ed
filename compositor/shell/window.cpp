#include "compositor/shell/window.h"

#include "compositor/shell/decoration.h"

namespace fenceline {

Window::Window() = default;
Window::~Window() = default;
Window::Window(Window&&) noexcept = default;
Window& Window::operator=(Window&&) noexcept = default;

} // namespace fenceline
