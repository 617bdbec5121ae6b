// Calls that Swift's Glibc module does not export: GNU extensions, and ioprio_set, a system call without a function.
#define _GNU_SOURCE
#include "CDisk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

int disk_is_cached(int descriptor, int64_t offset) {
  char byte;
  struct iovec place = {&byte, 1};
  return preadv2(descriptor, &place, 1, offset, RWF_NOWAIT) == 1;
}

static int set_priority(int priority) {
  return syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, priority) == 0 ? 0 : errno;
}

int disk_set_idle_priority(void) { return set_priority(IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0)); }

int disk_set_lowest_priority(void) { return set_priority(IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 7)); }

int disk_reserve(int descriptor, int64_t length) { return fallocate(descriptor, 0, 0, length); }

int disk_rename_to_new(int folder, const char *from, const char *to) {
  return renameat2(folder, from, folder, to, RENAME_NOREPLACE);
}

void disk_flush(int descriptor) { syncfs(descriptor); }
