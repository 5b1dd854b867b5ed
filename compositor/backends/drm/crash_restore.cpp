#include "compositor/backends/drm/crash_restore.h"

#include <drm.h>
#include <drm_mode.h>
#include <pthread.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>

namespace fenceline {
namespace {

constexpr std::array<int, 6> fatal{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP};
constexpr std::size_t stack_size = std::size_t{64} << 10; // bytes

std::uint64_t pointer_value(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

} // namespace

/// All that the handler touches, made before.
struct CrashRestore::Armed {
  int card = -1;
  std::vector<std::uint32_t> objects, counts, properties;
  std::vector<std::uint64_t> values;
  drm_mode_atomic atomic{};
  std::array<struct sigaction, fatal.size()> before{};
  // A stack that has run over is one of the faults.
  std::vector<std::byte> stack = std::vector<std::byte>(stack_size);
  stack_t stack_before{};
  static std::atomic<Armed*> present; ///< Null: none, or the handler has run.
};

std::atomic<CrashRestore::Armed*> CrashRestore::Armed::present = nullptr;

void CrashRestore::crashed(int signal) {
  // Once, whichever thread is the first; a fault in here takes its course too.
  if (Armed* armed = Armed::present.exchange(nullptr)) {
    for (std::size_t i = 0; i < fatal.size(); ++i)
      ::sigaction(fatal[i], &armed->before[i], nullptr);
    const int saved = errno;
    // It waits for the frame under way, for ten seconds at most (drm_atomic_helper: the stall check).
    int done = 0;
    do
      done = ::ioctl(armed->card, DRM_IOCTL_MODE_ATOMIC, &armed->atomic);
    while (done != 0 && errno == EINTR);
    errno = saved;
  }
  // Blocked until this returns; then what was before, a core dump say.
  ::raise(signal);
}

Result<std::unique_ptr<CrashRestore>> CrashRestore::arm(DrmApi& drm, DisplayHandover::AsFound found) {
  auto armed = std::make_unique<Armed>();
  armed->card = drm.fd();
  // The kernel wants the properties of an object together.
  std::vector<AtomicRequest::Item>& items = found.request.items;
  std::stable_sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.object < b.object; });
  for (const AtomicRequest::Item& item : items) {
    if (armed->objects.empty() || armed->objects.back() != item.object) {
      armed->objects.push_back(item.object);
      armed->counts.push_back(0);
    }
    ++armed->counts.back();
    armed->properties.push_back(item.property);
    armed->values.push_back(item.value);
  }
  armed->atomic.flags = DRM_MODE_ATOMIC_ALLOW_MODESET;
  armed->atomic.count_objs = static_cast<std::uint32_t>(armed->objects.size());
  armed->atomic.objs_ptr = pointer_value(armed->objects.data());
  armed->atomic.count_props_ptr = pointer_value(armed->counts.data());
  armed->atomic.props_ptr = pointer_value(armed->properties.data());
  armed->atomic.prop_values_ptr = pointer_value(armed->values.data());

  Armed* none = nullptr;
  if (!Armed::present.compare_exchange_strong(none, armed.get())) {
    for (const std::uint32_t blob : found.blobs)
      drm.destroy_blob(blob);
    return Error{"another display is to be given back after a crash already", EBUSY};
  }
  return std::unique_ptr<CrashRestore>(new CrashRestore(drm, std::move(found.blobs), std::move(armed)));
}

CrashRestore::CrashRestore(DrmApi& drm, std::vector<std::uint32_t> blobs, std::unique_ptr<Armed> armed)
    : drm_(drm), blobs_(std::move(blobs)), armed_(std::move(armed)) {
  const stack_t stack{.ss_sp = armed_->stack.data(), .ss_flags = 0, .ss_size = armed_->stack.size()};
  (void)::sigaltstack(&stack, &armed_->stack_before);
  struct sigaction action {};
  action.sa_handler = crashed;
  action.sa_flags = SA_ONSTACK;
  ::sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < fatal.size(); ++i)
    (void)::sigaction(fatal[i], &action, &armed_->before[i]);
}

CrashRestore::~CrashRestore() {
  if (Armed::present.exchange(nullptr) != nullptr)
    for (std::size_t i = 0; i < fatal.size(); ++i)
      (void)::sigaction(fatal[i], &armed_->before[i], nullptr);
  (void)::sigaltstack(&armed_->stack_before, nullptr);
  for (const std::uint32_t blob : blobs_)
    drm_.destroy_blob(blob);
}

} // namespace fenceline
