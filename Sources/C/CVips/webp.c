// Finds with libwebp's incremental decoder how many bytes of a WebP file its picture needs.
//
// Source: https://developers.google.com/speed/webp/docs/api (incremental decoding)

#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>

#include "CVips.h"

// Encoders write at most this number of bytes after the last byte that is needed.
#define FLUSH 8

// A decoder of the last rows only; libwebp must still decode the rows before them.
struct rows {
  WebPDecoderConfig config;
};

static bool begin(struct rows *rows, int width, int height, bool is_lossless) {
  if (!WebPInitDecoderConfig(&rows->config)) return false;
  WebPDecoderOptions *options = &rows->config.options;
  options->bypass_filtering = 1;
  options->no_fancy_upsampling = 1;
  options->use_cropping = 1;
  options->crop_top = (height - 1) & ~1;
  options->crop_width = width;
  options->crop_height = height - options->crop_top;
  rows->config.output.colorspace = is_lossless ? MODE_RGBA : MODE_YUV;
  return true;
}

// Returns the first of the lengths `from`, `from + step` … `to` at which the picture is complete; 0 if none is.
static size_t first_whole(struct rows *rows, const uint8_t *file, size_t from, size_t step, size_t to) {
  WebPIDecoder *decoder = WebPIDecode(NULL, 0, &rows->config);
  if (decoder == NULL) return 0;
  size_t length = from;
  VP8StatusCode status;
  while ((status = WebPIUpdate(decoder, file, length)) == VP8_STATUS_SUSPENDED && length < to) {
    length = to - length < step ? to : length + step;
  }
  WebPIDelete(decoder);
  return status == VP8_STATUS_OK ? length : 0;
}

static size_t find(struct rows *rows, const uint8_t *file, size_t length) {
  size_t before = length > FLUSH ? length - FLUSH : 1;
  size_t found = first_whole(rows, file, before, 1, length);
  WebPFreeDecBuffer(&rows->config.output);
  if (found == 0 || found > before) return found;
  size_t low = 1;
  for (size_t step = 4096; step > 0; step /= 64) {
    found = first_whole(rows, file, low, step, before);
    WebPFreeDecBuffer(&rows->config.output);
    if (found == 0) return 0;
    low = found > step ? found - step : 1;
  }
  return found;
}

// Returns the pixels of the last rows; NULL if they cannot be decoded. Free with free().
static uint8_t *last_rows(const uint8_t *file, size_t length, int width, int height, size_t *size) {
  struct rows rows;
  if (!begin(&rows, width, height, true)) return NULL;
  uint8_t *copy = NULL;
  if (first_whole(&rows, file, length, 1, length) == length) {
    const WebPRGBABuffer *pixels = &rows.config.output.u.RGBA;
    *size = pixels->size;
    copy = malloc(pixels->size);
    if (copy != NULL) memcpy(copy, pixels->rgba, pixels->size);
  }
  WebPFreeDecBuffer(&rows.config.output);
  return copy;
}

// Increases `found` until the last rows equal those of the whole file: the decoder treats missing bits at the very end
// as zeros.
static size_t confirmed(const uint8_t *file, size_t found, size_t length, int width, int height) {
  size_t size = 0;
  uint8_t *wanted = last_rows(file, length, width, height, &size);
  while (wanted != NULL && found < length) {
    size_t other_size = 0;
    uint8_t *other = last_rows(file, found, width, height, &other_size);
    bool is_same = other != NULL && other_size == size && memcmp(other, wanted, size) == 0;
    free(other);
    if (is_same) break;
    found++;
  }
  free(wanted);
  return found;
}

size_t cvips_webp_needed(const void *file, size_t length, int width, int height, bool is_lossless) {
  struct rows rows;
  if (!begin(&rows, width, height, is_lossless)) return 0;
  size_t found = find(&rows, file, length);
  return is_lossless && found > 0 && found < length ? confirmed(file, found, length, width, height) : found;
}
