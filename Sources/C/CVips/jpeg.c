// Decodes a JPEG with libjpeg directly. libvips' loader passes the file on in pieces of 4 kB, and libjpeg uses its fast
// Huffman decoder only if more bytes are available.

#include "jpeg.h"

#include <stdint.h>

#include <jerror.h>
#include <vips/vips.h>

// A picture with more warnings counts as damaged, because each warning costs time.
#define MOST_WARNINGS 100

// A premature end of the file is an error; libjpeg handles other irregularities.
static void bear_some(j_common_ptr common, int level) {
  if (level >= 0) return;
  if (common->err->msg_code == JWRN_JPEG_EOF || ++common->err->num_warnings >= MOST_WARNINGS) escape(common);
}

static void take_row(const struct pixels *pixels, const uint8_t *from, uint8_t *to) {
  size_t length = (size_t) pixels->width * (size_t) pixels->bands;
  // Adobe's programs write CMYK values inverted.
  uint8_t mask = pixels->is_cmyk ? 0xFF : 0;
  for (size_t index = 0; index < length; index++) to[index] = from[index] ^ mask;
}

static void read_rows(struct jpeg_decompress_struct *in, int eighths, struct pixels *pixels) {
  jpeg_read_header(in, TRUE);
  in->scale_num = (unsigned) eighths;
  in->scale_denom = 8;
  jpeg_start_decompress(in);
  // The last, partial column and row of the scaled picture are dropped.
  pixels->width = (int) ((size_t) in->image_width * (size_t) eighths / 8);
  pixels->height = (int) ((size_t) in->image_height * (size_t) eighths / 8);
  pixels->bands = in->output_components;
  pixels->is_cmyk = in->out_color_space == JCS_CMYK;
  size_t stride = (size_t) pixels->width * (size_t) pixels->bands;
  uint8_t *next = pixels->bytes = g_malloc(stride * (size_t) pixels->height);
  JDIMENSION room = in->output_width * (JDIMENSION) in->output_components;
  JSAMPARRAY row = in->mem->alloc_sarray((j_common_ptr) in, JPOOL_IMAGE, room, 1);
  for (; in->output_scanline < (JDIMENSION) pixels->height; next += stride) {
    jpeg_read_scanlines(in, row, 1);
    take_row(pixels, row[0], next);
  }
}

bool cvips_read_jpeg(const void *bytes, size_t length, int eighths, struct pixels *pixels) {
  struct jpeg_decompress_struct in = {0};
  struct failure failure;
  volatile bool is_read = false;  // after a longjmp
  pixels->bytes = NULL;
  in.err = jpeg_std_error(&failure.manager);
  failure.manager.error_exit = escape;
  failure.manager.emit_message = bear_some;
  if (setjmp(failure.escape) == 0) {
    jpeg_create_decompress(&in);
    jpeg_mem_src(&in, bytes, length);
    read_rows(&in, eighths, pixels);
    is_read = true;
  } else {
    char reason[JMSG_LENGTH_MAX];
    failure.manager.format_message((j_common_ptr) &in, reason);
    vips_error("libjpeg", "%s", reason);
    g_free(pixels->bytes);
  }
  jpeg_destroy_decompress(&in);
  return is_read;
}
