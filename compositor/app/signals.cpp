#include "compositor/app/signals.h"

#include <csignal>
#include <unistd.h>

namespace fenceline {

Result<std::unique_ptr<Signals>> Signals::create(EventLoop& loop, Callback callback) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD})
    sigaddset(&set, number);
  if (::pthread_sigmask(SIG_BLOCK, &set, nullptr) != 0)
    return Error::from_errno("cannot block signals");
  // A client that goes while it is written to is an error of that write, not the session's end.
  ::signal(SIGPIPE, SIG_IGN);
  std::unique_ptr<Signals> signals(new Signals);
  signals->fd_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals->fd_.valid())
    return Error::from_errno("cannot listen for signals");
  auto source = loop.watch(signals->fd_.get(), IoEvents::Readable,
                           [fd = signals->fd_.get(), run = std::move(callback)](IoEvents) {
                             signalfd_siginfo info{};
                             while (::read(fd, &info, sizeof info) == sizeof info)
                               run(info);
                           });
  if (!source)
    return source.error();
  signals->source_ = std::move(*source);
  return signals;
}

void Signals::restore_in_child() {
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
}

} // namespace fenceline
