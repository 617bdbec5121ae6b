#ifndef CVIPS_H
#define CVIPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The parts of libvips, libjpeg, zlib and libwebp that the module Imaging uses, without libvips' headers and variadic
// calls. Functions that return a pointer return NULL on failure, and cvips_error() then returns the reason. The caller
// owns the results.

typedef struct cvips_image cvips_image;

enum cvips_format { CVIPS_JPEG, CVIPS_PNG, CVIPS_WEBP };

struct cvips_facts {
  int width;
  int height;
  int frames;
  int bands;
};

// Starts libvips with one thread, no cache, and only the loaders of the formats of `cvips_format`.
bool cvips_start(const char *program);

// Loads the first frame, which is decoded on demand from top to bottom; fails for a damaged file. `bytes` must outlive
// the image. `eighths` is the size: 1, 2, 4 or 8 for WebP, also 3 for JPEG, and 8 for PNG. A JPEG with fewer than 8 is
// decoded immediately.
cvips_image *cvips_load(enum cvips_format format, const void *bytes, size_t length, int eighths);

// Decodes a JPEG into memory, without its profile.
cvips_image *cvips_decode_jpeg(const void *bytes, size_t length, int eighths);

struct cvips_facts cvips_describe(const cvips_image *image);

// Returns the embedded ICC profile, which lives as long as the image; NULL if there is none.
const void *cvips_profile(const cvips_image *image, size_t *length);

// Scales to exactly these sides; the colour of transparent pixels has no influence on others.
cvips_image *cvips_scale(cvips_image *image, int width, int height);

// Converts a picture without a profile to sRGB with 8 bits per channel; an embedded profile is ignored. CMYK becomes
// sRGB as in browsers: each ink takes its share of the light away.
cvips_image *cvips_srgb(cvips_image *image);

// The light of the reference white, 203 cd/m², is 1. HLG's peak has 1,000 cd/m².
#define CVIPS_HLG_PEAK (1000.0f / 203)

// The kinds of a picture's light: a share of the display's, absolute (PQ), or that of the scene before the camera
// (HLG).
enum cvips_light { CVIPS_LIGHT_RELATIVE, CVIPS_LIGHT_ABSOLUTE, CVIPS_LIGHT_SCENE };

struct cvips_recipe {
  const float *curves;  // three tables: the light of each value that a red, green or blue sample can have
  size_t entries;       // of each table: 256, or 65,536 for 16 bits
  float matrix[9];      // to linear sRGB, or to linear BT.2020 for absolute light and for that of a scene
  enum cvips_light light;
  float peak;           // the greatest light of absolute light or of a scene
  float white;          // the share of the display's light that the reference white becomes
};

#define CVIPS_CURVE 4097

// A conversion to Lab by a table over a grid of up to four channels: the channels' curves, the grid, a second set of
// curves, a matrix, and a third set of curves.
struct cvips_table {
  int inputs;           // the channels of the picture: 1, 3 or 4
  const float *curves;  // for each channel, the place of each value on its axis, 0 to 1
  size_t entries;       // of each of these curves: 256, or 65,536 for 16 bits
  int sides[4];         // the points of the grid on each axis; 0 for three channels without a grid
  const float *grid;    // three values for each point
  const float *middle;  // three curves of CVIPS_CURVE values
  float matrix[12];     // three rows of three factors and a summand
  const float *outer;   // three curves of CVIPS_CURVE values
  float to_srgb[9];     // from XYZ with the white D50 to linear sRGB
};

// Converts a picture by a table to sRGB with 8 bits per channel, in memory.
cvips_image *cvips_look_up(cvips_image *image, const struct cvips_table *table);

// Converts a grey or RGB picture to sRGB with 8 bits per channel, in memory.
cvips_image *cvips_recolour(cvips_image *image, const struct cvips_recipe *recipe);

// True if the pixels, which are in memory, have at most 256 different colours; alpha counts as part of a colour.
bool cvips_has_few_colours(const cvips_image *image);

// True if the samples have 16 bits.
bool cvips_is_deep(const cvips_image *image);

// Computes all pixels on this thread and drops them; false if that fails.
bool cvips_compute(cvips_image *image);

// Computes all pixels into memory, without profile and metadata.
cvips_image *cvips_pixels(cvips_image *image);

// Rotates or mirrors the image according to an EXIF orientation; needs pixels in memory.
cvips_image *cvips_upright(cvips_image *image, int orientation);

cvips_image *cvips_crop(cvips_image *image, int left, int top, int width, int height);

// Creates an image from pixels in rows, RGB or RGBA with 8 bits per channel. The image owns `pixels`, from malloc().
cvips_image *cvips_keep(void *pixels, int width, int height, int bands);

// Creates a black picture for warming up; `bands` is 1, 3, or 4 for CMYK.
cvips_image *cvips_blank(int width, int height, int bands);

// Encodes as JPEG, PNG or WebP without metadata; `quality` is 1 to 100, `lossless` is for WebP. `halved` is
// for JPEG: colour differences with half of the rows and columns (4:2:0). Free with cvips_free().
void *cvips_save(cvips_image *image, enum cvips_format format, int quality, bool lossless, bool halved,
                 size_t *length);

// Rotates a JPEG upright without loss, and removes its metadata; NULL if the file is damaged, or if its edges are
// partial blocks that cannot be moved. Free with free().
void *cvips_turn_jpeg(const void *bytes, size_t length, int orientation, size_t *turned);

// Encodes the coefficients that libjpeg decodes from a JPEG, damaged or not, with new Huffman codes; NULL if libjpeg
// cannot decode it. Free with free().
void *cvips_recode_jpeg(const void *bytes, size_t length, size_t *recoded);

// True if a JPEG's quantization table of 64 one-byte steps is one that libjpeg generates for some quality, as it is or
// transposed.
bool cvips_steps_are_usual(const uint8_t *steps);

// True if a Huffman table of a JPEG is one of the four that the JPEG standard suggests, which encoders include
// completely.
bool cvips_huffman_is_usual(const uint8_t *counts, const uint8_t *symbols, size_t count);

// A Huffman table of a JPEG: 16 counts, and as many symbols as the counts add up to. NULL if the codes are invalid.
// Free with cvips_huffman_end().
typedef struct cvips_huffman cvips_huffman;

cvips_huffman *cvips_huffman_begin(const uint8_t *counts, const uint8_t *symbols, bool is_dc);

// Returns for each of the 256 symbols, by its index in the table, 1 if a scan has used it.
const uint8_t *cvips_huffman_used(cvips_huffman *table);
void cvips_huffman_end(cvips_huffman *table);

enum cvips_scan_kind { CVIPS_SEQUENTIAL, CVIPS_FIRST_DC, CVIPS_REFINE_DC, CVIPS_FIRST_AC, CVIPS_REFINE_AC };
enum cvips_scanned { CVIPS_SCAN_EXACT, CVIPS_SCAN_CUT, CVIPS_SCAN_DAMAGED };

struct cvips_scan_block {
  cvips_huffman *dc, *ac;
  bool is_noted;
  uint64_t met;  // if `is_noted`: one bit for each frequency, by its index in a block, that is not zero in some block
};

struct cvips_scan {
  enum cvips_scan_kind kind;
  int from, to;            // indexes of coefficients in the block
  size_t across, down;     // MCUs
  size_t restart;          // MCUs per restart interval; 0 for a scan without restarts
  int block_count;         // blocks per MCU, 1 to 10; 1 in a scan of AC coefficients
  struct cvips_scan_block blocks[10];
  uint64_t *masks;         // for AC coefficients: a mask of the non-zero ones per block, in `down` rows of `stride`
  size_t stride;           // at least `across`
};

// Checks whether the entropy-coded data of a scan, up to the next marker that ends it, contain more than the picture
// needs. If they do, `cut` becomes the needed data; free it with free(). Sets `met` of the blocks.
enum cvips_scanned cvips_scan(struct cvips_scan *scan, const void *bytes, size_t length, void **cut,
                              size_t *cut_length);

// Returns how many bytes of a WebP file with one picture its decoder needs to show the whole picture; 0 if the decoder
// fails. The file has one chunk, `VP8 ` or `VP8L`. For `VP8 ` the true need may be some bytes less, never more.
size_t cvips_webp_needed(const void *file, size_t length, int width, int height, bool is_lossless);

// A zlib stream that is decompressed piece by piece. Free with cvips_inflate_end().
typedef struct cvips_inflater cvips_inflater;
enum cvips_inflation { CVIPS_INFLATE_MORE, CVIPS_INFLATE_END, CVIPS_INFLATE_DAMAGED };

cvips_inflater *cvips_inflate_begin(void);

// Decompresses until the input, the output buffer or the stream ends; sets `used` to the consumed and `made` to the
// produced bytes.
enum cvips_inflation cvips_inflate(cvips_inflater *inflater, const void *bytes, size_t length, size_t *used,
                                   void *room, size_t size, size_t *made);

// True if the stream so far has empty blocks, or very many blocks with little output, which can hide other data.
bool cvips_inflate_is_odd(const cvips_inflater *inflater);
void cvips_inflate_end(cvips_inflater *inflater);

// A zlib stream that is compressed piece by piece. Free with cvips_deflate_end().
typedef struct cvips_deflater cvips_deflater;

cvips_deflater *cvips_deflate_begin(int level);

// Compresses; returns true once all bytes are consumed, and with `is_last` also the whole stream is written. Call again
// until then.
bool cvips_deflate(cvips_deflater *deflater, const void *bytes, size_t length, bool is_last, size_t *used, void *room,
                   size_t size, size_t *made);
void cvips_deflate_end(cvips_deflater *deflater);

// Returns the checksum (CRC-32) of PNG chunks.
uint32_t cvips_crc32(const void *bytes, size_t length);

void cvips_release(cvips_image *image);
void cvips_free(void *memory);

// Returns the reason of the last failure and clears it. Free with cvips_free().
char *cvips_error(void);

#endif
