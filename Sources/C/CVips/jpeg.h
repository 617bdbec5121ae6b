#ifndef CVIPS_JPEG_H
#define CVIPS_JPEG_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>

// The error handler for libjpeg: an error jumps to `escape`.
struct failure {
  struct jpeg_error_mgr manager;
  jmp_buf escape;
};

static inline void escape(j_common_ptr common) { longjmp(((struct failure *) common->err)->escape, 1); }

// Pixels in rows without padding, 8 bits per channel.
struct pixels {
  void *bytes;  // free with g_free()
  int width, height, bands;
  bool is_cmyk;
};

// Decodes a whole picture in `eighths` of its size, 1 to 8, which must leave at least one pixel. Returns false if the
// file is truncated or so damaged that libjpeg fails; cvips_error() then returns the reason.
bool cvips_read_jpeg(const void *bytes, size_t length, int eighths, struct pixels *pixels);

#endif
