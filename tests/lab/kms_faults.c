/* Makes KMS calls of the process that it is preloaded into fail at random: LD_PRELOAD, for the lab only.
 *
 * While the file KMS_FAULTS_SWITCH exists, one call in eight of those that a driver may refuse answers EBUSY, EINVAL or ENOMEM
 * without reaching the kernel, and the file KMS_FAULTS_BOOK grows by a byte. KMS_FAULTS_SEED makes a run repeatable, as far as the
 * calls come in the same order. Calls that give something back (closing framebuffers, handles) cannot fail, and do not here. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libdrm/drm.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t state;

static uint32_t next_random(void) {
  if (state == 0) {
    const char* seed = getenv("KMS_FAULTS_SEED");
    state = (seed ? strtoull(seed, NULL, 10) : 1) * 0x9e3779b97f4a7c15ULL + 1;
  }
  /* xorshift64 (Marsaglia 2003) */
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t)(state >> 32);
}

static int may_fail(unsigned long request) {
  switch (request) {
  case DRM_IOCTL_MODE_ATOMIC:
  case DRM_IOCTL_MODE_ADDFB2:
  case DRM_IOCTL_MODE_CREATEPROPBLOB:
  case DRM_IOCTL_MODE_GETRESOURCES:
  case DRM_IOCTL_MODE_GETCONNECTOR:
  case DRM_IOCTL_MODE_GETPLANERESOURCES:
  case DRM_IOCTL_MODE_GETPLANE:
  case DRM_IOCTL_MODE_OBJ_GETPROPERTIES:
  case DRM_IOCTL_MODE_GETPROPBLOB:
  case DRM_IOCTL_MODE_CREATE_DUMB:
  case DRM_IOCTL_PRIME_FD_TO_HANDLE:
    return 1;
  default:
    return 0;
  }
}

int ioctl(int fd, unsigned long request, ...) {
  static int (*real)(int, unsigned long, ...);
  va_list arguments;
  va_start(arguments, request);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  if (!real) {
    /* ISO C knows no way from an object pointer to a function pointer. */
    void* found = dlsym(RTLD_NEXT, "ioctl");
    memcpy(&real, &found, sizeof real);
  }
  const char* path = getenv("KMS_FAULTS_SWITCH");
  if (path && may_fail(request) && access(path, F_OK) == 0 && next_random() % 8 == 0) {
    static const int errors[] = {EBUSY, EINVAL, ENOMEM};
    const char* book = getenv("KMS_FAULTS_BOOK");
    const int file = book ? open(book, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (file >= 0) {
      const ssize_t written = write(file, "x", 1);
      (void)written;
      close(file);
    }
    errno = errors[next_random() % 3];
    return -1;
  }
  return real(fd, request, argument);
}
