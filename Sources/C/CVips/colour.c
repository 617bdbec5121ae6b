// Converts pixels to sRGB in the way of browsers: by a curve for each channel, and a matrix.
//
// Sources: https://www.w3.org/TR/css-color-4/#color-conversion-code (sRGB), ITU-R BT.2100-2 (tables 4 and 5)

#include <math.h>

#include "colour.h"

#define STEPS 16383

struct encoder {
  uint8_t bytes[STEPS + 1];  // the sRGB value of each amount of light
};

static void prepare(struct encoder *encoder) {
  for (int step = 0; step <= STEPS; step++) {
    float light = (float) step / STEPS;
    float value = light <= 0.0031308f ? 12.92f * light : 1.055f * powf(light, 1 / 2.4f) - 0.055f;
    encoder->bytes[step] = (uint8_t) (255 * value + 0.5f);
  }
}

static uint8_t encoded(const struct encoder *encoder, float light) {
  if (!(light > 0)) return encoder->bytes[0];
  return encoder->bytes[light < 1 ? (int) (STEPS * light + 0.5f) : STEPS];
}

static void multiply(const float *matrix, float *rgb) {
  float red = rgb[0], green = rgb[1], blue = rgb[2];
  for (int row = 0; row < 3; row++) {
    rgb[row] = matrix[3 * row] * red + matrix[3 * row + 1] * green + matrix[3 * row + 2] * blue;
  }
}

// Compresses the highlights from `white`, the light that the reference white becomes, to 1, the light of the peak.
//
// The curve is linear up to the reference white, and then a parabola. Chromium's output was measured: the greatest
// difference is two of 255.
static float compressed(const struct cvips_recipe *recipe, float light) {
  float white = recipe->white, peak = recipe->peak;
  if (light <= 1 || peak <= 1) return light * white;
  if (light >= peak) return 1;
  float bend = 0.35f + 0.65f / white, height = 0.35f * white + 0.65f;
  float a = 1 - 2 * bend + peak, b = 2 * (bend - 1), c = 1 - light;
  float t = fabsf(a) < 1e-4f ? -c / b : (-b + sqrtf(fmaxf(0, b * b - 4 * a * c))) / (2 * a);
  return white + 2 * t * (height - white) + t * t * (white - 2 * height + 1);
}

// Turns high dynamic range in BT.2020 into linear sRGB.
static void darken(const struct cvips_recipe *recipe, float *rgb) {
  static const float to_srgb[9] = {
      1.660491f, -0.587641f, -0.072850f, -0.124550f, 1.132900f, -0.008349f, -0.018151f, -0.100579f, 1.118730f,
  };
  float gain = 1;
  if (recipe->light == CVIPS_LIGHT_SCENE) {
    float luminance = 0.2627f * rgb[0] + 0.6780f * rgb[1] + 0.0593f * rgb[2];
    gain = luminance > 0 ? powf(luminance, 0.2f) * CVIPS_HLG_PEAK : 0;
  }
  float most = gain * fmaxf(rgb[0], fmaxf(rgb[1], rgb[2]));
  if (most > 0) gain *= compressed(recipe, most) / most;
  for (int channel = 0; channel < 3; channel++) rgb[channel] *= gain;
  multiply(to_srgb, rgb);
}

void cvips_paint(const struct cvips_recipe *recipe, const void *in, size_t pixels, int bands, bool is_deep,
                 uint8_t *out) {
  struct encoder encoder;
  prepare(&encoder);
  const uint8_t *bytes = in;
  const uint16_t *words = in;
  int colours = bands < 3 ? 1 : 3;
  for (size_t pixel = 0; pixel < pixels; pixel++) {
    size_t at = pixel * (size_t) bands;
    float rgb[3];
    for (int channel = 0; channel < 3; channel++) {
      size_t place = at + (size_t) (colours == 1 ? 0 : channel);
      size_t value = is_deep ? words[place] : bytes[place];
      rgb[channel] = recipe->curves[(size_t) channel * recipe->entries + value];
    }
    multiply(recipe->matrix, rgb);
    if (recipe->light != CVIPS_LIGHT_RELATIVE) darken(recipe, rgb);
    for (int channel = 0; channel < 3; channel++) *out++ = encoded(&encoder, rgb[channel]);
    if (bands > colours) {
      size_t place = at + (size_t) colours;
      *out++ = is_deep ? (uint8_t) (words[place] >> 8) : bytes[place];
    }
  }
}

static float bounded(float value) { return value > 0 ? (value < 1 ? value : 1) : 0; }

static float on_curve(const float *curve, float value) {
  float place = bounded(value) * (CVIPS_CURVE - 1);
  int lower = place < CVIPS_CURVE - 2 ? (int) place : CVIPS_CURVE - 2;
  float share = place - (float) lower;
  return curve[lower] * (1 - share) + curve[lower + 1] * share;
}

// Adds the share of every corner of the cell around a place.
static void interpolate(const struct cvips_table *table, const float *places, float *found) {
  size_t lower[4], step[4], stride = 3;
  float share[4];
  for (int channel = table->inputs - 1; channel >= 0; channel--) {
    float place = bounded(places[channel]) * (float) (table->sides[channel] - 1);
    size_t last = (size_t) table->sides[channel] - 2;
    lower[channel] = (size_t) place < last ? (size_t) place : last;
    share[channel] = place - (float) lower[channel];
    step[channel] = stride;
    stride *= (size_t) table->sides[channel];
  }
  found[0] = found[1] = found[2] = 0;
  for (int corner = 0; corner < 1 << table->inputs; corner++) {
    float weight = 1;
    size_t at = 0;
    for (int channel = 0; channel < table->inputs; channel++) {
      bool is_upper = corner >> channel & 1;
      weight *= is_upper ? share[channel] : 1 - share[channel];
      at += (lower[channel] + is_upper) * step[channel];
    }
    if (weight == 0) continue;
    for (int value = 0; value < 3; value++) found[value] += weight * table->grid[at + (size_t) value];
  }
}

// Source: https://www.color.org/specification/ICC.1-2022-05.pdf (A.3: CIELAB)
static void lab_to_xyz(float *values) {
  float y = (values[0] + 16) / 116;
  float roots[3] = {y + values[1] / 500, y, y - values[2] / 200};
  static const float white[3] = {0.9642f, 1, 0.8249f};
  for (int channel = 0; channel < 3; channel++) {
    float root = roots[channel], cube = root * root * root;
    values[channel] = white[channel] * (cube > 0.008856452f ? cube : (root - 16 / 116.0f) * 0.128418549f);
  }
}

void cvips_find(const struct cvips_table *table, const void *in, size_t pixels, int bands, bool is_deep, uint8_t *out) {
  struct encoder encoder;
  prepare(&encoder);
  const uint8_t *bytes = in;
  const uint16_t *words = in;
  for (size_t pixel = 0; pixel < pixels; pixel++) {
    size_t at = pixel * (size_t) bands;
    float places[4], found[3], mixed[3];
    for (int channel = 0; channel < table->inputs; channel++) {
      size_t place = at + (size_t) channel;
      places[channel] = table->curves[(size_t) channel * table->entries + (is_deep ? words[place] : bytes[place])];
    }
    if (table->sides[0] > 0) interpolate(table, places, found);
    for (int value = 0; value < 3; value++) {
      found[value] = on_curve(table->middle + value * CVIPS_CURVE, table->sides[0] > 0 ? found[value] : places[value]);
    }
    for (int row = 0; row < 3; row++) {
      const float *factors = table->matrix + 4 * row;
      mixed[row] = factors[0] * found[0] + factors[1] * found[1] + factors[2] * found[2] + factors[3];
    }
    for (int value = 0; value < 3; value++) {
      float share = on_curve(table->outer + value * CVIPS_CURVE, mixed[value]);
      mixed[value] = value == 0 ? 100 * share : 255 * share - 128;
    }
    lab_to_xyz(mixed);
    multiply(table->to_srgb, mixed);
    for (int channel = 0; channel < 3; channel++) *out++ = encoded(&encoder, mixed[channel]);
    if (bands > table->inputs) {
      size_t place = at + (size_t) table->inputs;
      *out++ = is_deep ? (uint8_t) (words[place] >> 8) : bytes[place];
    }
  }
}

void cvips_print(const uint8_t *in, size_t pixels, uint8_t *out) {
  for (size_t pixel = 0; pixel < pixels; pixel++, in += 4) {
    for (int channel = 0; channel < 3; channel++) {
      *out++ = (uint8_t) (((255 - in[channel]) * (255 - in[3]) + 127) / 255);
    }
  }
}

#define MOST_COLOURS 256
#define SLOTS 1024

bool cvips_few(const uint8_t *in, size_t pixels, int bands) {
  uint32_t slots[SLOTS], last = 0;
  bool used[SLOTS] = {false};
  int found = 0;
  for (size_t pixel = 0; pixel < pixels; pixel++, in += bands) {
    uint32_t colour = 0;
    for (int channel = 0; channel < bands; channel++) colour = colour << 8 | in[channel];
    if (pixel > 0 && colour == last) continue;
    last = colour;
    size_t slot = colour * UINT32_C(2654435761) >> 22;
    while (used[slot] && slots[slot] != colour) slot = (slot + 1) % SLOTS;
    if (used[slot]) continue;
    if (++found > MOST_COLOURS) return false;
    used[slot] = true;
    slots[slot] = colour;
  }
  return true;
}
