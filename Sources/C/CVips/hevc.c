#include <libde265/de265.h>
#include <stdlib.h>

#include "coded.h"

static void release(struct cvips_coded *picture) {
  de265_free_decoder(picture->decoder);
  free(picture);
}

// Returns true if libde265 noted something that changes pixels.
static bool is_damaged(de265_decoder_context *decoder) {
  for (;;) {
    de265_error warning = de265_get_warning(decoder);
    if (warning == DE265_OK) return false;
    if (warning != DE265_WARNING_NO_WPP_CANNOT_USE_MULTITHREADING) return true;
  }
}

static bool push(de265_decoder_context *decoder, const uint8_t *units, size_t length) {
  for (size_t at = 0; at < length;) {
    if (length - at < 4) return false;
    size_t size = (size_t) units[at] << 24 | (size_t) units[at + 1] << 16 | (size_t) units[at + 2] << 8 | units[at + 3];
    at += 4;
    if (size > length - at || size > INT32_MAX) return false;
    if (de265_push_NAL(decoder, units + at, (int) size, 0, NULL) != DE265_OK) return false;
    at += size;
  }
  return de265_flush_data(decoder) == DE265_OK;
}

static const struct de265_image *decode(de265_decoder_context *decoder) {
  for (int more = 1; more != 0;) {
    de265_error error = de265_decode(decoder, &more);
    const struct de265_image *image = de265_get_next_picture(decoder);
    if (image != NULL) return is_damaged(decoder) ? NULL : image;
    if (error != DE265_OK) return NULL;
  }
  return NULL;
}

static bool describe(struct cvips_coded *picture, const struct de265_image *image) {
  enum de265_chroma chroma = de265_get_chroma_format(image);
  struct cvips_coded_facts *facts = &picture->facts;
  facts->width = de265_get_image_width(image, 0);
  facts->height = de265_get_image_height(image, 0);
  facts->depth = de265_get_bits_per_pixel(image, 0);
  facts->bands = chroma == de265_chroma_mono ? 1 : 3;
  facts->primaries = de265_get_image_colour_primaries(image);
  facts->transfer = de265_get_image_transfer_characteristics(image);
  facts->matrix = de265_get_image_matrix_coefficients(image);
  facts->is_full = de265_get_image_full_range_flag(image) != 0;
  picture->across = chroma == de265_chroma_420 || chroma == de265_chroma_422;
  picture->down = chroma == de265_chroma_420;
  if (facts->width <= 0 || facts->height <= 0 || facts->depth < 8 || facts->depth > 16) return false;
  for (int plane = 0; plane < facts->bands; plane++) {
    int stride = 0;
    picture->planes[plane] = de265_get_image_plane(image, plane, &stride);
    picture->strides[plane] = stride;
    int across = plane == 0 ? 0 : picture->across, down = plane == 0 ? 0 : picture->down;
    if (picture->planes[plane] == NULL || de265_get_bits_per_pixel(image, plane) != facts->depth ||
        de265_get_image_width(image, plane) < (facts->width + across) >> across ||
        de265_get_image_height(image, plane) < (facts->height + down) >> down) {
      return false;
    }
  }
  return true;
}

// Called before memory for a picture is used; `user` is the greatest number of pixels.
static int get_buffer(de265_decoder_context *decoder, struct de265_image_spec *spec, struct de265_image *image,
                      void *user) {
  if (spec->width <= 0 || spec->height <= 0) return 0;
  if ((size_t) spec->width * (size_t) spec->height > *(size_t *) user) return 0;
  const struct de265_image_allocation *usual = de265_get_default_image_allocation_functions();
  return usual->get_buffer(decoder, spec, image, user);
}

static void release_buffer(de265_decoder_context *decoder, struct de265_image *image, void *user) {
  de265_get_default_image_allocation_functions()->release_buffer(decoder, image, user);
}

cvips_coded *cvips_decode_hevc(const uint8_t *units, size_t length, size_t most_pixels) {
  de265_decoder_context *decoder = de265_new_decoder();
  if (decoder == NULL) return NULL;
  struct de265_image_allocation allocation = {get_buffer, release_buffer};
  de265_set_image_allocation_functions(decoder, &allocation, &most_pixels);
  de265_set_parameter_bool(decoder, DE265_DECODER_PARAM_SUPPRESS_FAULTY_PICTURES, 1);
  const struct de265_image *image = push(decoder, units, length) ? decode(decoder) : NULL;
  struct cvips_coded *picture = image == NULL ? NULL : calloc(1, sizeof *picture);
  if (picture == NULL || !describe(picture, image)) {
    free(picture);
    de265_free_decoder(decoder);
    return NULL;
  }
  picture->decoder = decoder;
  picture->release = release;
  return picture;
}
