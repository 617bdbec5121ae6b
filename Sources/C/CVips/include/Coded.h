#ifndef CVIPS_CODED_H
#define CVIPS_CODED_H

#include "CVips.h"

// Pictures in HEVC and AV1, as HEIC and AVIF files contain them, decoded by libde265 and dav1d in the calling thread.

// A decoded picture, as planes of luma and chroma.
typedef struct cvips_coded cvips_coded;

struct cvips_coded_facts {
  int width, height;  // pixels
  int depth;          // bits per sample, 8 to 16
  int bands;          // 1 for a picture without colours, else 3
  // The colours that the coded picture states, by the numbers of ITU-T H.273; 2 if it states none.
  int primaries, transfer, matrix;
  bool is_full;       // samples use their full range
};

// Decodes one picture. Each NAL unit has its length before it, in four bytes. NULL if libde265 reports any damage, or
// if the picture has more than `most_pixels`. Free with cvips_coded_free().
cvips_coded *cvips_decode_hevc(const uint8_t *units, size_t length, size_t most_pixels);

// Decodes the first picture of a sequence of open bitstream units. NULL if it is damaged or has more than
// `most_pixels`. `bytes` must outlive the picture. Free with cvips_coded_free().
cvips_coded *cvips_decode_av1(const uint8_t *bytes, size_t length, size_t most_pixels);

struct cvips_coded_facts cvips_coded_describe(const cvips_coded *picture);

void cvips_coded_free(cvips_coded *picture);

// Pixels with 8 bits per channel, in which parts are put together. Channels: grey or RGB, then transparency if `bands`
// is 2 or 4.
struct cvips_canvas {
  uint8_t *pixels;
  int width, height, bands;
};

// Returns zeroed pixels, or NULL without memory. Free with free(), or hand them to cvips_from_canvas().
uint8_t *cvips_canvas_begin(int width, int height, int bands);

// Converts the picture's samples and puts them on the canvas with the upper left corner at (left, top); pixels outside
// of the canvas are cut. `matrix` is a number of ITU-T H.273. False if the conversion is unknown.
bool cvips_put_colours(const struct cvips_canvas *canvas, int left, int top, const cvips_coded *picture, int matrix,
                       bool is_full);

// The same for the luma of a picture that is the transparency of the canvas.
bool cvips_put_alpha(const struct cvips_canvas *canvas, int left, int top, const cvips_coded *picture);

// Divides the colours by the transparency that they were multiplied with.
void cvips_unmultiply(const struct cvips_canvas *canvas);

// Returns the canvas as an image, which frees the pixels with its last reference.
cvips_image *cvips_from_canvas(const struct cvips_canvas *canvas);

#endif
