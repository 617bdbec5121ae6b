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
    if (bands > colours) *out++ = is_deep ? (uint8_t) (words[at + (size_t) colours] >> 8) : bytes[at + (size_t) colours];
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
