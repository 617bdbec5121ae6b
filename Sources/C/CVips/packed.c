// zlib streams: finds the end of a stream, and blocks in it that produce no output.
//
// Source: https://www.zlib.net/manual.html, https://www.rfc-editor.org/rfc/rfc1951

#include <stdlib.h>

#include <zlib.h>

#include "CVips.h"

// An empty block longer than this is neither an end nor a flush of a usual encoder.
#define EMPTY_BLOCK_BYTES 6
// Encoders start a new block to change the codes, which pays off after some thousand bytes.
#define BLOCK_BYTES 4096

struct cvips_inflater {
  z_stream stream;
  size_t blocks;
  uLong block_in;
  uLong block_out;
  bool odd;
};

cvips_inflater *cvips_inflate_begin(void) {
  cvips_inflater *inflater = calloc(1, sizeof *inflater);
  if (inflater == NULL) return NULL;
  if (inflateInit(&inflater->stream) == Z_OK) return inflater;
  free(inflater);
  return NULL;
}

static void end_block(cvips_inflater *inflater) {
  z_stream *stream = &inflater->stream;
  bool is_last = stream->data_type & 64;
  uLong in = stream->total_in - inflater->block_in;
  if (stream->total_out == inflater->block_out) {
    // The first stop is after the two header bytes of the stream, before any block.
    if (stream->total_in > 2 && (!is_last || in > EMPTY_BLOCK_BYTES)) inflater->odd = true;
  } else {
    inflater->blocks++;
  }
  inflater->block_in = stream->total_in;
  inflater->block_out = stream->total_out;
}

enum cvips_inflation cvips_inflate(cvips_inflater *inflater, const void *bytes, size_t length, size_t *used,
                                   void *room, size_t size, size_t *made) {
  z_stream *stream = &inflater->stream;
  stream->next_in = (Bytef *) bytes;
  stream->avail_in = (uInt) length;
  stream->next_out = room;
  stream->avail_out = (uInt) size;
  int answer = Z_OK;
  while (answer == Z_OK && stream->avail_in > 0 && stream->avail_out > 0) {
    answer = inflate(stream, Z_BLOCK);
    if (answer >= Z_OK && stream->data_type & 128) end_block(inflater);
  }
  *used = length - stream->avail_in;
  *made = size - stream->avail_out;
  if (answer == Z_STREAM_END) return CVIPS_INFLATE_END;
  return answer == Z_OK || answer == Z_BUF_ERROR ? CVIPS_INFLATE_MORE : CVIPS_INFLATE_DAMAGED;
}

bool cvips_inflate_is_odd(const cvips_inflater *inflater) {
  return inflater->odd || inflater->blocks > 1 + inflater->stream.total_out / BLOCK_BYTES;
}

void cvips_inflate_end(cvips_inflater *inflater) {
  inflateEnd(&inflater->stream);
  free(inflater);
}

struct cvips_deflater {
  z_stream stream;
};

cvips_deflater *cvips_deflate_begin(int level) {
  cvips_deflater *deflater = calloc(1, sizeof *deflater);
  if (deflater == NULL) return NULL;
  if (deflateInit(&deflater->stream, level) == Z_OK) return deflater;
  free(deflater);
  return NULL;
}

bool cvips_deflate(cvips_deflater *deflater, const void *bytes, size_t length, bool is_last, size_t *used, void *room,
                   size_t size, size_t *made) {
  z_stream *stream = &deflater->stream;
  stream->next_in = (Bytef *) bytes;
  stream->avail_in = (uInt) length;
  stream->next_out = room;
  stream->avail_out = (uInt) size;
  int answer = deflate(stream, is_last ? Z_FINISH : Z_NO_FLUSH);
  *used = length - stream->avail_in;
  *made = size - stream->avail_out;
  return answer == Z_STREAM_END || (!is_last && stream->avail_in == 0);
}

void cvips_deflate_end(cvips_deflater *deflater) {
  deflateEnd(&deflater->stream);
  free(deflater);
}

uint32_t cvips_crc32(const void *bytes, size_t length) { return (uint32_t) crc32_z(0, bytes, length); }
