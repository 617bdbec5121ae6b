#ifndef CVIPS_H
#define CVIPS_H

#include <stdbool.h>
#include <stddef.h>

// What Imaging needs of libvips, without its headers and its variadic calls. Every function that returns a pointer
// returns NULL on failure, and cvips_error() then says why; the caller owns what it gets.

typedef struct cvips_image cvips_image;

enum cvips_format { CVIPS_JPEG, CVIPS_PNG, CVIPS_WEBP, CVIPS_GIF };

struct cvips_facts {
  int width;
  int height;
  int frames;
};

// One thread, no cache, and no loader but the four of `cvips_format`.
bool cvips_start(const char *program);

// The first frame, read once from top to bottom as it is asked for; refuses what is damaged. `bytes` must outlive
// the image. `shrink` is 1, 2, 4 or 8, and 1 for a PNG or a GIF.
cvips_image *cvips_load(enum cvips_format format, const void *bytes, size_t length, int shrink);

struct cvips_facts cvips_describe(const cvips_image *image);

// The embedded ICC profile, which lives as long as the image; NULL where there is none.
const void *cvips_profile(const cvips_image *image, size_t *length);

// Scaled to exactly these sides; transparent pixels lend no colour.
cvips_image *cvips_scale(cvips_image *image, int width, int height);

// 8 bits a channel in sRGB, by the embedded profile where it makes sense.
cvips_image *cvips_srgb(cvips_image *image);

// The pixels, all computed and in memory, and nothing else: no profile, no metadata.
cvips_image *cvips_pixels(cvips_image *image);

// Turned as an EXIF orientation asks; wants pixels in memory.
cvips_image *cvips_upright(cvips_image *image, int orientation);

cvips_image *cvips_crop(cvips_image *image, int left, int top, int width, int height);

// A plain picture for warming up: `bands` is 1, 3, or 4 for CMYK.
cvips_image *cvips_blank(int width, int height, int bands);

// JPEG, PNG or WebP without metadata; `quality` 1 to 100, `lossless` for WebP. Free with cvips_free().
void *cvips_save(cvips_image *image, enum cvips_format format, int quality, bool lossless, size_t *length);

// A JPEG turned upright without loss, and without any of its metadata; NULL where it is damaged, or where its edges are
// not whole blocks and so cannot be turned. Free with free().
void *cvips_turn_jpeg(const void *bytes, size_t length, int orientation, size_t *turned);

void cvips_release(cvips_image *image);
void cvips_free(void *memory);

// The reason of the last failure, which is then forgotten. Free with cvips_free().
char *cvips_error(void);

#endif
