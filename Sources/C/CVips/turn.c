// Rotates and mirrors a JPEG without loss by moving and transposing its blocks of coefficients.
//
// Source: https://www.w3.org/Graphics/JPEG/itu-t81.pdf (A.3.3: the DCT; mirroring negates its odd frequencies)

#include <stdlib.h>
#include <string.h>

#include "CVips.h"
#include "jpeg.h"

// A warning is an error: a damaged file must not be passed on.
static void complain(j_common_ptr common, int level) {
  if (level < 0) escape(common);
}

// Counts warnings after which libjpeg continues.
static void bear(j_common_ptr common, int level) {
  if (level < 0) common->err->num_warnings++;
}

struct turn {
  bool transposed;
  bool mirrored;  // left and right exchanged, after transposing
  bool flipped;   // top and bottom exchanged, after transposing
};

static struct turn turn_of(int orientation) {
  struct turn turn = {
      .transposed = orientation >= 5,
      .mirrored = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7,
      .flipped = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8,
  };
  return turn;
}

// True if the turn is lossless: an edge padded to whole blocks cannot become the left or the upper edge.
static bool is_lossless(const struct jpeg_decompress_struct *in, struct turn turn) {
  bool across = turn.transposed ? turn.flipped : turn.mirrored;
  bool down = turn.transposed ? turn.mirrored : turn.flipped;
  return !(across && in->image_width % (in->max_h_samp_factor * DCTSIZE)) &&
         !(down && in->image_height % (in->max_v_samp_factor * DCTSIZE));
}

// The source index and the sign of each coefficient of a turned block.
struct recipe {
  unsigned char place[DCTSIZE2];
  signed char sign[DCTSIZE2];
};

static struct recipe recipe_of(struct turn turn) {
  struct recipe recipe;
  for (int row = 0; row < DCTSIZE; row++) {
    for (int column = 0; column < DCTSIZE; column++) {
      bool negated = (turn.mirrored && column % 2) != (turn.flipped && row % 2);
      recipe.place[row * DCTSIZE + column] = turn.transposed ? column * DCTSIZE + row : row * DCTSIZE + column;
      recipe.sign[row * DCTSIZE + column] = negated ? -1 : 1;
    }
  }
  return recipe;
}

// The number of rows of blocks that are turned at once. A multiple of every possible number of rows that libjpeg asks
// for, which is a vertical sampling factor.
#define STRIP 12

// A component of the turned image, of which one strip of rows is in memory.
struct turned {
  JDIMENSION width, height;  // in blocks
  JBLOCKARRAY rows;
  JDIMENSION first;  // the first row in memory
  bool is_filled;
};

// The turned image, made from the coefficients of the image while libjpeg writes it.
struct turner {
  struct jpeg_decompress_struct *in;
  jvirt_barray_ptr *coefficients;
  struct turn turn;
  struct recipe recipe;
  struct turned components[MAX_COMPONENTS];
};

static void turn_block(const struct recipe *recipe, const JCOEF *source, JCOEF *target) {
  for (int index = 0; index < DCTSIZE2; index++) target[index] = source[recipe->place[index]] * recipe->sign[index];
}

static void turn_strip(struct turner *turner, int component) {
  j_common_ptr common = (j_common_ptr) turner->in;
  struct turned *to = &turner->components[component];
  struct turn turn = turner->turn;
  JDIMENSION end = to->first + STRIP < to->height ? to->first + STRIP : to->height;
  jvirt_barray_ptr array = turner->coefficients[component];
  JBLOCKROW rows[STRIP];
  for (JDIMENSION y = to->first; y < end && !turn.transposed; y++) {
    JDIMENSION v = turn.flipped ? to->height - 1 - y : y;
    rows[y - to->first] = common->mem->access_virt_barray(common, array, v, 1, FALSE)[0];
  }
  for (JDIMENSION x = 0; x < to->width; x++) {
    JDIMENSION u = turn.mirrored ? to->width - 1 - x : x;
    JBLOCKROW row = turn.transposed ? common->mem->access_virt_barray(common, array, u, 1, FALSE)[0] : NULL;
    for (JDIMENSION y = to->first; y < end; y++) {
      JDIMENSION v = turn.flipped ? to->height - 1 - y : y;
      turn_block(&turner->recipe, turn.transposed ? row[v] : rows[y - to->first][u], to->rows[y - to->first][x]);
    }
  }
}

// Stands in for the writer's access to the coefficients, and returns rows of the turned image.
static JBLOCKARRAY turned_rows(j_common_ptr writer, jvirt_barray_ptr array, JDIMENSION start, JDIMENSION count,
                               boolean writable) {
  struct turner *turner = writer->client_data;
  (void) count;
  (void) writable;
  int component = 0;
  while (turner->coefficients[component] != array) component++;
  struct turned *to = &turner->components[component];
  JDIMENSION first = start / STRIP * STRIP;
  if (!to->is_filled || to->first != first) {
    to->first = first;
    to->is_filled = true;
    turn_strip(turner, component);
  }
  return to->rows + (start - first);
}

// True if the reader's last Huffman tables are those of a fresh writer.
static bool has_usual_codes(const struct jpeg_decompress_struct *in, const struct jpeg_compress_struct *out) {
  for (int index = 0; index < 2 * NUM_HUFF_TBLS; index++) {
    bool is_dc = index < NUM_HUFF_TBLS;
    int number = index % NUM_HUFF_TBLS;
    const JHUFF_TBL *table = is_dc ? in->dc_huff_tbl_ptrs[number] : in->ac_huff_tbl_ptrs[number];
    const JHUFF_TBL *usual = is_dc ? out->dc_huff_tbl_ptrs[number] : out->ac_huff_tbl_ptrs[number];
    if (table == NULL) continue;
    if (usual == NULL || memcmp(table->bits, usual->bits, sizeof table->bits)) return false;
    size_t count = 0;
    for (int length = 1; length <= 16; length++) count += table->bits[length];
    if (memcmp(table->huffval, usual->huffval, count)) return false;
  }
  return true;
}

static void transpose_parameters(struct jpeg_compress_struct *out) {
  JDIMENSION width = out->image_width;
  out->image_width = out->image_height;
  out->image_height = width;
  for (int index = 0; index < out->num_components; index++) {
    jpeg_component_info *component = &out->comp_info[index];
    int across = component->h_samp_factor;
    component->h_samp_factor = component->v_samp_factor;
    component->v_samp_factor = across;
  }
  for (int index = 0; index < NUM_QUANT_TBLS; index++) {
    JQUANT_TBL *table = out->quant_tbl_ptrs[index];
    if (table == NULL) continue;
    for (int row = 0; row < DCTSIZE; row++) {
      for (int column = 0; column < row; column++) {
        UINT16 value = table->quantval[row * DCTSIZE + column];
        table->quantval[row * DCTSIZE + column] = table->quantval[column * DCTSIZE + row];
        table->quantval[column * DCTSIZE + row] = value;
      }
    }
  }
}

// Writes the turned image. The coefficients of a photograph of 200 megapixels take 600 MB (4:2:0), so they are in memory
// only once. A progressive image becomes sequential, because a progressive writer reads all coefficients 20 times.
static void turn_all(struct jpeg_decompress_struct *in, struct jpeg_compress_struct *out, struct turn turn) {
  struct turner turner = {.in = in, .turn = turn, .recipe = recipe_of(turn)};
  turner.coefficients = jpeg_read_coefficients(in);
  for (int index = 0; index < in->num_components; index++) {
    jpeg_component_info *from = &in->comp_info[index];
    struct turned *to = &turner.components[index];
    to->width = turn.transposed ? from->height_in_blocks : from->width_in_blocks;
    to->height = turn.transposed ? from->width_in_blocks : from->height_in_blocks;
    to->rows = in->mem->alloc_barray((j_common_ptr) in, JPOOL_IMAGE, to->width, STRIP);
  }
  jpeg_copy_critical_parameters(in, out);
  if (turn.transposed) transpose_parameters(out);
  // Codes made for the picture need a second pass over it. Without them, a file that has such codes would grow. Of
  // several scans, only the tables of the last one are known here.
  bool has_one_scan = !in->progressive_mode && !in->arith_code && in->input_scan_number <= 1;
  out->optimize_coding = !has_one_scan || !has_usual_codes(in, out);
  out->client_data = &turner;
  out->mem->access_virt_barray = turned_rows;
  jpeg_write_coefficients(out, turner.coefficients);
  jpeg_finish_compress(out);
  jpeg_finish_decompress(in);
}

static void recode(struct jpeg_decompress_struct *in, struct jpeg_compress_struct *out) {
  jvirt_barray_ptr *coefficients = jpeg_read_coefficients(in);
  jpeg_copy_critical_parameters(in, out);
  out->optimize_coding = TRUE;
  if (in->progressive_mode) jpeg_simple_progression(out);
  jpeg_write_coefficients(out, coefficients);
  jpeg_finish_compress(out);
  jpeg_finish_decompress(in);
}

// Rewrites a JPEG in another orientation; `orientation` 0 keeps the orientation and tolerates damage.
static void *rewrite(const void *bytes, size_t length, int orientation, size_t *rewritten) {
  struct turn turn = turn_of(orientation);
  struct jpeg_decompress_struct in = {0};
  struct jpeg_compress_struct out = {0};
  struct failure failure;
  // Usually large enough. libjpeg replaces a buffer that is too small and reports the new one only at the end.
  unsigned long size = 2 * length + 65536;
  unsigned char *const room = malloc(size);
  unsigned char *written = room;
  volatile bool done = false;  // read after a longjmp
  if (room == NULL) return NULL;
  in.err = out.err = jpeg_std_error(&failure.manager);
  failure.manager.error_exit = escape;
  failure.manager.emit_message = orientation ? complain : bear;
  if (setjmp(failure.escape) == 0) {
    jpeg_create_decompress(&in);
    jpeg_create_compress(&out);
    jpeg_mem_src(&in, bytes, length);
    jpeg_mem_dest(&out, &written, &size);
    jpeg_read_header(&in, TRUE);
    if (orientation == 0) recode(&in, &out);
    if (orientation != 0 && is_lossless(&in, turn)) turn_all(&in, &out, turn);
    if (orientation == 0 || is_lossless(&in, turn)) {
      *rewritten = size;
      done = true;
    }
  }
  jpeg_destroy_compress(&out);
  jpeg_destroy_decompress(&in);
  if (!done || written != room) free(room);
  return done ? written : NULL;
}

void *cvips_turn_jpeg(const void *bytes, size_t length, int orientation, size_t *turned) {
  return rewrite(bytes, length, orientation, turned);
}

void *cvips_recode_jpeg(const void *bytes, size_t length, size_t *recoded) { return rewrite(bytes, length, 0, recoded); }
