#include <dav1d/dav1d.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "coded.h"

static void release(struct cvips_coded *picture) {
  dav1d_picture_unref(picture->decoder);
  free(picture->decoder);
  free(picture);
}

// The caller owns the bytes.
static void keep(const uint8_t *bytes, void *cookie) { (void) bytes, (void) cookie; }

static bool decode(Dav1dContext *decoder, const uint8_t *bytes, size_t length, Dav1dPicture *picture) {
  Dav1dData data = {0};
  if (dav1d_data_wrap(&data, bytes, length, keep, NULL) != 0) return false;
  bool is_sent = false;
  for (;;) {
    int sent = data.sz > 0 ? dav1d_send_data(decoder, &data) : 0;
    if (sent < 0 && sent != DAV1D_ERR(EAGAIN)) break;
    int got = dav1d_get_picture(decoder, picture);
    if (got == 0) {
      dav1d_data_unref(&data);
      return true;
    }
    // The first call after the last byte may return nothing; the second one flushes.
    if (got != DAV1D_ERR(EAGAIN) || is_sent) break;
    is_sent = data.sz == 0;
  }
  dav1d_data_unref(&data);
  return false;
}

static bool describe(struct cvips_coded *picture, const Dav1dPicture *image) {
  const Dav1dSequenceHeader *sequence = image->seq_hdr;
  bool is_grey = image->p.layout == DAV1D_PIXEL_LAYOUT_I400;
  picture->facts = (struct cvips_coded_facts) {
      .width = image->p.w,
      .height = image->p.h,
      .depth = image->p.bpc,
      .bands = is_grey ? 1 : 3,
      .primaries = sequence->pri,
      .transfer = sequence->trc,
      .matrix = sequence->mtrx,
      .is_full = sequence->color_range != 0,
  };
  picture->across = image->p.layout == DAV1D_PIXEL_LAYOUT_I420 || image->p.layout == DAV1D_PIXEL_LAYOUT_I422;
  picture->down = image->p.layout == DAV1D_PIXEL_LAYOUT_I420;
  for (int plane = 0; plane < picture->facts.bands; plane++) {
    picture->planes[plane] = image->data[plane];
    picture->strides[plane] = image->stride[plane > 0];
    if (picture->planes[plane] == NULL) return false;
  }
  return image->p.w > 0 && image->p.h > 0 && image->p.bpc >= 8 && image->p.bpc <= 16;
}

cvips_coded *cvips_decode_av1(const uint8_t *bytes, size_t length, size_t most_pixels) {
  Dav1dSettings settings;
  dav1d_default_settings(&settings);
  settings.n_threads = 1;
  settings.max_frame_delay = 1;
  settings.all_layers = 0;
  settings.frame_size_limit = most_pixels > UINT32_MAX ? UINT32_MAX : (unsigned) most_pixels;
  settings.logger.callback = NULL;
  Dav1dContext *decoder = NULL;
  if (length == 0 || dav1d_open(&decoder, &settings) != 0) return NULL;
  struct cvips_coded *picture = calloc(1, sizeof *picture);
  Dav1dPicture *image = calloc(1, sizeof *image);
  bool is_decoded = picture != NULL && image != NULL && decode(decoder, bytes, length, image);
  dav1d_close(&decoder);
  if (is_decoded && describe(picture, image)) {
    picture->decoder = image;
    picture->release = release;
    return picture;
  }
  if (is_decoded) dav1d_picture_unref(image);
  free(image);
  free(picture);
  return NULL;
}
