#include <string.h>

#include "CVips.h"
#include "jpeg.h"

// A JPEG table and the question that is asked of a writer of libjpeg, which holds the usual tables.
struct question {
  bool (*is_usual)(struct jpeg_compress_struct *writer, const struct question *question);
  const uint8_t *bytes;
  const uint8_t *symbols;
  size_t count;
};

// Asks a fresh writer; false if libjpeg fails.
static bool ask(const struct question *question) {
  struct jpeg_compress_struct writer = {0};
  struct failure failure;
  volatile bool is_usual = false;  // read after a longjmp
  writer.err = jpeg_std_error(&failure.manager);
  failure.manager.error_exit = escape;
  if (setjmp(failure.escape) == 0) {
    jpeg_create_compress(&writer);
    is_usual = question->is_usual(&writer, question);
  }
  jpeg_destroy_compress(&writer);
  return is_usual;
}

// The indexes of a block's frequencies in the order of the file.
static const unsigned char zigzag[DCTSIZE2] = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
};

// True if a table has these steps, as it is or transposed.
static bool has_steps(const JQUANT_TBL *table, const uint8_t *steps) {
  bool is_same = true, is_turned = true;
  for (int index = 0; index < DCTSIZE2 && (is_same || is_turned); index++) {
    int place = zigzag[index];
    is_same &= table->quantval[place] == steps[index];
    is_turned &= table->quantval[place % DCTSIZE * DCTSIZE + place / DCTSIZE] == steps[index];
  }
  return is_same || is_turned;
}

static bool has_usual_steps(struct jpeg_compress_struct *writer, const struct question *question) {
  for (int quality = 1; quality <= 100; quality++) {
    jpeg_set_quality(writer, quality, TRUE);
    for (int index = 0; index < 2; index++) {
      if (has_steps(writer->quant_tbl_ptrs[index], question->bytes)) return true;
    }
  }
  return false;
}

bool cvips_steps_are_usual(const uint8_t *steps) {
  struct question question = {.is_usual = has_usual_steps, .bytes = steps};
  return ask(&question);
}

static bool has_codes(const JHUFF_TBL *table, const struct question *question) {
  return table != NULL && memcmp(table->bits + 1, question->bytes, 16) == 0 &&
         memcmp(table->huffval, question->symbols, question->count) == 0;
}

static bool has_usual_codes(struct jpeg_compress_struct *writer, const struct question *question) {
  writer->in_color_space = JCS_RGB;
  writer->input_components = 3;
  jpeg_set_defaults(writer);
  for (int index = 0; index < 2; index++) {
    if (has_codes(writer->dc_huff_tbl_ptrs[index], question)) return true;
    if (has_codes(writer->ac_huff_tbl_ptrs[index], question)) return true;
  }
  return false;
}

bool cvips_huffman_is_usual(const uint8_t *counts, const uint8_t *symbols, size_t count) {
  struct question question = {.is_usual = has_usual_codes, .bytes = counts, .symbols = symbols, .count = count};
  return ask(&question);
}
