#include <stdlib.h>
#include <string.h>

#include "coded.h"

// Products of the conversion in 1/65536 of an output step, by sample value, for each plane and each output channel.
struct tables {
  int32_t *values;
  size_t entries;
};

static int32_t *table(const struct tables *tables, int plane, int channel) {
  return tables->values + (size_t) (3 * plane + channel) * tables->entries;
}

// Returns the share of red and of blue in luma; false for an unknown matrix. Source: ITU-T H.273 (table 4)
static bool shares(int matrix, double *red, double *blue) {
  switch (matrix) {
    case 1: *red = 0.2126, *blue = 0.0722; return true;
    case 4: *red = 0.30, *blue = 0.11; return true;
    case 2: case 5: case 6: *red = 0.299, *blue = 0.114; return true;
    case 7: *red = 0.212, *blue = 0.087; return true;
    case 9: case 10: *red = 0.2627, *blue = 0.0593; return true;
    default: return false;
  }
}

// Fills `weights` with the weight of each plane (row) in red, green and blue. Source: ITU-T H.273 (8.3)
static bool weights_of(int matrix, double weights[3][3]) {
  memset(weights, 0, 9 * sizeof(double));
  if (matrix == 0) {
    weights[0][1] = weights[1][2] = weights[2][0] = 1;
    return true;
  }
  for (int channel = 0; channel < 3; channel++) weights[0][channel] = 1;
  if (matrix == 8) {
    weights[1][0] = weights[1][2] = -1;
    weights[1][1] = weights[2][0] = 1;
    weights[2][2] = -1;
    return true;
  }
  double red, blue;
  if (!shares(matrix, &red, &blue)) return false;
  double green = 1 - red - blue;
  weights[1][2] = 2 * (1 - blue);
  weights[2][0] = 2 * (1 - red);
  weights[1][1] = -2 * blue * (1 - blue) / green;
  weights[2][1] = -2 * red * (1 - red) / green;
  return true;
}

static bool begin(struct tables *tables, int depth, int matrix, bool is_full) {
  double weights[3][3];
  if (!weights_of(matrix, weights)) return false;
  tables->entries = (size_t) 1 << depth;
  tables->values = malloc(9 * tables->entries * sizeof(int32_t));
  if (tables->values == NULL) return false;
  double unit = (double) (1 << (depth - 8)), most = (double) (tables->entries - 1);
  for (int plane = 0; plane < 3; plane++) {
    bool is_chroma = plane > 0 && matrix != 0;
    double zero = is_chroma ? 128 * unit : is_full ? 0 : 16 * unit;
    double range = is_full ? most : is_chroma ? 224 * unit : 219 * unit;
    for (int channel = 0; channel < 3; channel++) {
      int32_t *values = table(tables, plane, channel);
      double weight = weights[plane][channel] * 255 * 65536 / range;
      for (size_t value = 0; value < tables->entries; value++) values[value] = (int32_t) (((double) value - zero) * weight);
    }
  }
  return true;
}

static unsigned sample(const uint8_t *row, int x, bool is_deep, unsigned most) {
  if (!is_deep) return row[x];
  uint16_t value;
  memcpy(&value, row + 2 * (size_t) x, 2);
  return value > most ? most : value;
}

static uint8_t rounded(int32_t value) {
  int32_t whole = (value + 32768) >> 16;
  return whole < 0 ? 0 : whole > 255 ? 255 : (uint8_t) whole;
}

struct area {
  int width, height;
};

static struct area overlap(const struct cvips_canvas *canvas, int left, int top, const cvips_coded *picture) {
  struct area area = {picture->facts.width, picture->facts.height};
  if (left < 0 || top < 0 || left >= canvas->width || top >= canvas->height) return (struct area) {0, 0};
  if (area.width > canvas->width - left) area.width = canvas->width - left;
  if (area.height > canvas->height - top) area.height = canvas->height - top;
  return area;
}

static uint8_t *row_of(const struct cvips_canvas *canvas, int left, int top) {
  return canvas->pixels + ((size_t) top * (size_t) canvas->width + (size_t) left) * (size_t) canvas->bands;
}

static const uint8_t *plane_row(const cvips_coded *picture, int plane, int y) {
  return picture->planes[plane] + (ptrdiff_t) (plane == 0 ? y : y >> picture->down) * picture->strides[plane];
}

uint8_t *cvips_canvas_begin(int width, int height, int bands) {
  if (width <= 0 || height <= 0 || bands < 1 || bands > 4) return NULL;
  return calloc((size_t) width * (size_t) height, (size_t) bands);
}

bool cvips_put_colours(const struct cvips_canvas *canvas, int left, int top, const cvips_coded *picture, int matrix,
                       bool is_full) {
  bool is_grey = picture->facts.bands == 1, is_deep = picture->facts.depth > 8;
  bool has_colours = canvas->bands >= 3;
  // The planes of red, green and blue have one size.
  if (!is_grey && (!has_colours || (matrix == 0 && picture->across))) return false;
  struct tables tables;
  if (!begin(&tables, picture->facts.depth, is_grey ? 6 : matrix, is_full)) return false;
  struct area area = overlap(canvas, left, top, picture);
  unsigned most = (unsigned) tables.entries - 1;
  const int32_t *values[3][3];
  for (int plane = 0; plane < 3; plane++) {
    for (int channel = 0; channel < 3; channel++) values[plane][channel] = table(&tables, plane, channel);
  }
  for (int y = 0; y < area.height; y++) {
    uint8_t *out = row_of(canvas, left, top + y);
    const uint8_t *luma = plane_row(picture, 0, y);
    const uint8_t *blue = is_grey ? NULL : plane_row(picture, 1, y), *red = is_grey ? NULL : plane_row(picture, 2, y);
    for (int x = 0; x < area.width; x++, out += canvas->bands) {
      unsigned light = sample(luma, x, is_deep, most);
      if (is_grey) {
        out[0] = rounded(values[0][0][light]);
        if (has_colours) out[1] = out[2] = out[0];
        continue;
      }
      unsigned cb = sample(blue, x >> picture->across, is_deep, most);
      unsigned cr = sample(red, x >> picture->across, is_deep, most);
      for (int channel = 0; channel < 3; channel++) {
        out[channel] = rounded(values[0][channel][light] + values[1][channel][cb] + values[2][channel][cr]);
      }
    }
  }
  free(tables.values);
  return true;
}

bool cvips_put_alpha(const struct cvips_canvas *canvas, int left, int top, const cvips_coded *picture) {
  if (canvas->bands != 2 && canvas->bands != 4) return false;
  struct area area = overlap(canvas, left, top, picture);
  unsigned most = (1u << picture->facts.depth) - 1;
  for (int y = 0; y < area.height; y++) {
    uint8_t *out = row_of(canvas, left, top + y) + canvas->bands - 1;
    const uint8_t *luma = plane_row(picture, 0, y);
    for (int x = 0; x < area.width; x++, out += canvas->bands) {
      *out = (uint8_t) ((sample(luma, x, picture->facts.depth > 8, most) * 255 + most / 2) / most);
    }
  }
  return true;
}

void cvips_unmultiply(const struct cvips_canvas *canvas) {
  if (canvas->bands != 2 && canvas->bands != 4) return;
  uint8_t *end = row_of(canvas, 0, canvas->height);
  for (uint8_t *pixel = canvas->pixels; pixel < end; pixel += canvas->bands) {
    unsigned alpha = pixel[canvas->bands - 1];
    for (int channel = 0; alpha > 0 && channel < canvas->bands - 1; channel++) {
      unsigned value = (pixel[channel] * 255u + alpha / 2) / alpha;
      pixel[channel] = value > 255 ? 255 : (uint8_t) value;
    }
  }
}

struct cvips_coded_facts cvips_coded_describe(const cvips_coded *picture) { return picture->facts; }

void cvips_coded_free(cvips_coded *picture) { picture->release(picture); }
