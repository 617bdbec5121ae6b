#ifndef CVIPS_H
#define CVIPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What Imaging needs of libvips and of the libraries below it, libjpeg, zlib and libwebp, without its headers and its variadic calls. Every function that returns a pointer
// returns NULL on failure, and cvips_error() then says why; the caller owns what it gets.

typedef struct cvips_image cvips_image;

enum cvips_format { CVIPS_JPEG, CVIPS_PNG, CVIPS_WEBP, CVIPS_GIF };

struct cvips_facts {
  int width;
  int height;
  int frames;
  int bands;
};

// One thread, no cache, and no loader but the four of `cvips_format`.
bool cvips_start(const char *program);

// The first frame, read once from top to bottom as it is asked for; refuses what is damaged. `bytes` must outlive
// the image. `shrink` is 1, 2, 4 or 8, and 1 for a PNG or a GIF. A JPEG is read at once where it is made smaller.
cvips_image *cvips_load(enum cvips_format format, const void *bytes, size_t length, int shrink);

struct cvips_facts cvips_describe(const cvips_image *image);

// The embedded ICC profile, which lives as long as the image; NULL where there is none.
const void *cvips_profile(const cvips_image *image, size_t *length);

// Scaled to exactly these sides; transparent pixels lend no colour.
cvips_image *cvips_scale(cvips_image *image, int width, int height);

// 8 bits a channel in sRGB, by `profile` where that is not NULL and makes sense; an embedded one does not count.
cvips_image *cvips_srgb(cvips_image *image, const void *profile, size_t length);

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

// The picture that libjpeg makes of a JPEG, damaged or not, with the same coefficients in codes of its own; NULL where
// it makes none. Free with free().
void *cvips_recode_jpeg(const void *bytes, size_t length, size_t *recoded);

// Whether a JPEG's table of 64 quantization steps, of a byte each, is one that libjpeg itself makes for some quality,
// upright or turned.
bool cvips_steps_are_usual(const uint8_t *steps);

// Whether a JPEG's own table is one of the four that its standard suggests, which encoders write whole.
bool cvips_huffman_is_usual(const uint8_t *counts, const uint8_t *symbols, size_t count);

// A JPEG's table of codes: 16 counts, and as many symbols as they say. NULL where no codes can be like that. Free with
// cvips_huffman_end().
typedef struct cvips_huffman cvips_huffman;

cvips_huffman *cvips_huffman_begin(const uint8_t *counts, const uint8_t *symbols, bool is_dc);

// For each of 256 symbols, by its place in the table, whether a scan had it.
const uint8_t *cvips_huffman_used(cvips_huffman *table);
void cvips_huffman_end(cvips_huffman *table);

enum cvips_scan_kind { CVIPS_SEQUENTIAL, CVIPS_FIRST_DC, CVIPS_REFINE_DC, CVIPS_FIRST_AC, CVIPS_REFINE_AC };
enum cvips_scanned { CVIPS_SCAN_EXACT, CVIPS_SCAN_CUT, CVIPS_SCAN_DAMAGED };

struct cvips_scan_block {
  cvips_huffman *dc, *ac;
  bool is_noted;
  uint64_t met;  // where it is noted: a bit for each frequency, by its place in a block, that is not zero somewhere
};

struct cvips_scan {
  enum cvips_scan_kind kind;
  int from, to;            // places in the block
  size_t across, down;     // MCUs
  size_t restart;          // MCUs in an interval; 0 where there is only one
  int block_count;         // of an MCU, 1 to 10; 1 in a scan of AC coefficients
  struct cvips_scan_block blocks[10];
  uint64_t *masks;         // for AC coefficients: which are not zero, a number for each block; `down` rows of `stride`
  size_t stride;           // at least `across`
};

// Whether the data between a scan's header and the next marker that ends it are what the picture needs and no more;
// where they are more, `cut` becomes what is needed. Free it with free(). Blocks get what they have `met`.
enum cvips_scanned cvips_scan(struct cvips_scan *scan, const void *bytes, size_t length, void **cut,
                              size_t *cut_length);

// How many bytes of a WebP file of one picture its decoder needs to show all of it; 0 where it does not show it. The file
// has one chunk, `VP8 ` or `VP8L`; those of the former may need some bytes less, and never more.
size_t cvips_webp_needed(const void *file, size_t length, int width, int height, bool is_lossless);

// A zlib stream that is read piece by piece. Free with cvips_inflate_end().
typedef struct cvips_inflater cvips_inflater;
enum cvips_inflation { CVIPS_INFLATE_MORE, CVIPS_INFLATE_END, CVIPS_INFLATE_DAMAGED };

cvips_inflater *cvips_inflate_begin(void);

// Goes on until the bytes, the room or the stream are at their end; `used` and `made` say how much of each is.
enum cvips_inflation cvips_inflate(cvips_inflater *inflater, const void *bytes, size_t length, size_t *used,
                                   void *room, size_t size, size_t *made);

// Whether the stream so far has blocks that give nothing, or very many that give little: room for something else.
bool cvips_inflate_is_odd(const cvips_inflater *inflater);
void cvips_inflate_end(cvips_inflater *inflater);

// A zlib stream that is written piece by piece. Free with cvips_deflate_end().
typedef struct cvips_deflater cvips_deflater;

cvips_deflater *cvips_deflate_begin(int level);

// True once all of the bytes are taken, and with `is_last` all of the stream is made; until then call it again.
bool cvips_deflate(cvips_deflater *deflater, const void *bytes, size_t length, bool is_last, size_t *used, void *room,
                   size_t size, size_t *made);
void cvips_deflate_end(cvips_deflater *deflater);

// The checksum of PNG's chunks.
uint32_t cvips_crc32(const void *bytes, size_t length);

void cvips_release(cvips_image *image);
void cvips_free(void *memory);

// The reason of the last failure, which is then forgotten. Free with cvips_free().
char *cvips_error(void);

#endif
