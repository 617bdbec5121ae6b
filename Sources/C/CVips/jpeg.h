#ifndef CVIPS_JPEG_H
#define CVIPS_JPEG_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>

// What libjpeg does on an error: it goes back to `escape`.
struct failure {
  struct jpeg_error_mgr manager;
  jmp_buf escape;
};

static inline void escape(j_common_ptr common) { longjmp(((struct failure *) common->err)->escape, 1); }

// Rows without gaps, 8 bits a channel.
struct pixels {
  void *bytes;  // free with g_free()
  int width, height, bands;
  bool is_cmyk;
};

// The whole picture, `shrink` times smaller: 1, 2, 4 or 8, and less than its sides. False where it is damaged so that
// libjpeg gives up, or cut short; cvips_error() then says why.
bool cvips_read_jpeg(const void *bytes, size_t length, int shrink, struct pixels *pixels);

#endif
