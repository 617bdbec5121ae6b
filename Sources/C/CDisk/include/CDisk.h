#pragma once

#include <stdint.h>

// Returns 1 if the byte at `offset` is in the page cache, and 0 if a read has to wait for the disk or if the file system
// cannot tell.
int disk_is_cached(int descriptor, int64_t offset);

// Sets the input/output priority of the calling thread; returns 0 or an error number.
int disk_set_idle_priority(void);
int disk_set_lowest_priority(void);
