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

// Decodes a whole picture, scaled down by `shrink`: 1, 2, 4 or 8, and less than the sides of the picture. Returns false
// if the file is truncated or so damaged that libjpeg fails; cvips_error() then returns the reason.
bool cvips_read_jpeg(const void *bytes, size_t length, int shrink, struct pixels *pixels);

#endif
