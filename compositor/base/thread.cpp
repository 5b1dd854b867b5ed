#include "compositor/base/thread.h"

#include <pthread.h>

#include <cerrno>
#include <csignal>
#include <new>
#include <system_error>
#include <utility>

namespace fenceline {

Result<std::thread> start_thread(const char* name, std::function<void()> run) {
  // A thread inherits the mask of the one that makes it.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread;
  int code = 0;
  try {
    thread = std::thread(std::move(run));
  } catch (const std::system_error& e) {
    code = e.code().value();
  } catch (const std::bad_alloc&) {
    code = ENOMEM;
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (code != 0)
    return Error{std::string("cannot start the thread ") + name, code};
  (void)::pthread_setname_np(thread.native_handle(), name);
  return thread;
}

} // namespace fenceline
