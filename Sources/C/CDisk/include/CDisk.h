#pragma once

#include <stdint.h>

// Returns 1 if the byte at `offset` is in the page cache, and 0 if a read has to wait for the disk or if the file system
// cannot tell.
int disk_is_cached(int descriptor, int64_t offset);

// Sets the input/output priority of the calling thread; returns 0 or an error number.
int disk_set_idle_priority(void);
int disk_set_lowest_priority(void);

// Reserves room for `length` bytes at the start of an open file; returns 0, or -1 with errno.
int disk_reserve(int descriptor, int64_t length);

// Gives a file of `folder` another name unless the folder has an entry of that name; returns 0, or -1 with errno.
int disk_rename_to_new(int folder, const char *from, const char *to);

// Waits until everything that was written to the file system of an open file is on the disk.
void disk_flush(int descriptor);
