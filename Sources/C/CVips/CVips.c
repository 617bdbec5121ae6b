#include "CVips.h"

#include <stdlib.h>
#include <vips/vips.h>

#include "Coded.h"
#include "colour.h"
#include "jpeg.h"

static VipsImage *vips(const cvips_image *image) { return (VipsImage *) image; }
static cvips_image *wrap(VipsImage *image) { return (cvips_image *) image; }

static gpointer start(gpointer program) {
  // Modules add loaders for dozens of other formats, none of which is needed; this path has no modules.
  g_setenv("VIPSHOME", "/nonexistent", TRUE);
  // Disables run-time compilation, because the sandbox denies executable memory.
  g_setenv("VIPS_NOVECTOR", "1", TRUE);
  // Images over 100 MB would be decoded into temporary files, which the sandbox denies too.
  g_setenv("VIPS_DISC_THRESHOLD", "100g", TRUE);
  // Disables warnings: errors report the same problems, and the sandbox allows no output.
  g_setenv("VIPS_WARNING", "1", TRUE);
  if (vips_init(program) != 0) return NULL;
  vips_concurrency_set(1);
  vips_cache_set_max(0);
  vips_cache_set_max_mem(0);
  vips_cache_set_max_files(0);
  vips_operation_block_set("VipsForeignLoad", TRUE);
  vips_operation_block_set("VipsForeignLoadJpeg", FALSE);
  vips_operation_block_set("VipsForeignLoadPng", FALSE);
  vips_operation_block_set("VipsForeignLoadWebp", FALSE);
  return program;
}

bool cvips_start(const char *program) {
  static GOnce once = G_ONCE_INIT;
  return g_once(&once, start, (gpointer) program) != NULL;
}

static void free_pixels(VipsImage *image, void *pixels) {
  (void) image;
  g_free(pixels);
}

// Creates an image from pixels in memory; the last reference frees the pixels.
static cvips_image *keep(void *pixels, int width, int height, int bands, VipsBandFormat format,
                         VipsInterpretation interpretation) {
  VipsImage *out = NULL;
  size_t length = (size_t) width * (size_t) height * (size_t) bands * vips_format_sizeof(format);
  VipsImage *bare = vips_image_new_from_memory(pixels, length, width, height, bands, format);
  if (bare == NULL) {
    g_free(pixels);
    return NULL;
  }
  g_signal_connect(bare, "postclose", G_CALLBACK(free_pixels), pixels);
  int failed = vips_copy(bare, &out, "interpretation", interpretation, NULL);
  g_object_unref(bare);
  return failed ? NULL : wrap(out);
}

cvips_image *cvips_from_canvas(const struct cvips_canvas *canvas) {
  VipsInterpretation interpretation = canvas->bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
  return keep(canvas->pixels, canvas->width, canvas->height, canvas->bands, VIPS_FORMAT_UCHAR, interpretation);
}

cvips_image *cvips_decode_jpeg(const void *bytes, size_t length, int eighths) {
  struct pixels pixels;
  if (!cvips_read_jpeg(bytes, length, eighths, &pixels)) return NULL;
  VipsInterpretation interpretation = pixels.is_cmyk      ? VIPS_INTERPRETATION_CMYK
                                      : pixels.bands == 1 ? VIPS_INTERPRETATION_B_W
                                                          : VIPS_INTERPRETATION_sRGB;
  return keep(pixels.bytes, pixels.width, pixels.height, pixels.bands, VIPS_FORMAT_UCHAR, interpretation);
}

cvips_image *cvips_load(enum cvips_format format, const void *bytes, size_t length, int eighths) {
  void *data = (void *) bytes;
  VipsImage *out = NULL;
  int failed = -1;
  switch (format) {
    case CVIPS_JPEG:
      if (eighths < 8) return cvips_decode_jpeg(bytes, length, eighths);
      failed = vips_jpegload_buffer(data, length, &out, "fail_on", VIPS_FAIL_ON_ERROR, "access",
                                    VIPS_ACCESS_SEQUENTIAL, NULL);
      break;
    case CVIPS_PNG:
      failed = vips_pngload_buffer(data, length, &out, "fail_on", VIPS_FAIL_ON_ERROR, "access",
                                   VIPS_ACCESS_SEQUENTIAL, NULL);
      break;
    case CVIPS_WEBP:
      failed = vips_webpload_buffer(data, length, &out, "scale", eighths / 8.0, "fail_on", VIPS_FAIL_ON_ERROR, "access",
                                    VIPS_ACCESS_SEQUENTIAL, NULL);
      break;
  }
  return failed ? NULL : wrap(out);
}

struct cvips_facts cvips_describe(const cvips_image *image) {
  struct cvips_facts facts = {
      .width = vips_image_get_width(vips(image)),
      .height = vips_image_get_height(vips(image)),
      .frames = vips_image_get_n_pages(vips(image)),
      .bands = vips_image_get_bands(vips(image)),
  };
  return facts;
}

const void *cvips_profile(const cvips_image *image, size_t *length) {
  const void *data = NULL;
  if (vips_image_get_typeof(vips(image), VIPS_META_ICC_NAME) == 0) return NULL;
  if (vips_image_get_blob(vips(image), VIPS_META_ICC_NAME, &data, length) != 0) {
    vips_error_clear();
    return NULL;
  }
  return data;
}

static VipsImage *resize(VipsImage *in, int width, int height) {
  VipsImage *out = NULL;
  double across = (double) width / vips_image_get_width(in);
  double down = (double) height / vips_image_get_height(in);
  return vips_resize(in, &out, across, "vscale", down, "kernel", VIPS_KERNEL_CUBIC, NULL) ? NULL : out;
}

cvips_image *cvips_scale(cvips_image *image, int width, int height) {
  VipsImage *in = vips(image);
  if (!vips_image_hasalpha(in)) return wrap(resize(in, width, height));
  VipsImage *weighted = NULL, *small = NULL, *plain = NULL, *out = NULL;
  VipsBandFormat format = vips_image_get_format(in);
  if (!vips_premultiply(in, &weighted, NULL) && (small = resize(weighted, width, height)) &&
      !vips_unpremultiply(small, &plain, NULL) && vips_cast(plain, &out, format, NULL)) {
    out = NULL;
  }
  VIPS_UNREF(weighted);
  VIPS_UNREF(small);
  VIPS_UNREF(plain);
  return wrap(out);
}

// One of these converts; none does for CMYK without a profile.
struct conversion {
  const struct cvips_recipe *recipe;
  const struct cvips_table *table;
};

// Returns the pixels of `in` converted to sRGB; releases `in`.
static cvips_image *repainted(VipsImage *in, struct conversion how) {
  int width = vips_image_get_width(in), height = vips_image_get_height(in), bands = vips_image_get_bands(in);
  bool is_deep = vips_image_get_format(in) == VIPS_FORMAT_USHORT;
  bool is_fit = is_deep || vips_image_get_format(in) == VIPS_FORMAT_UCHAR;
  int colours = how.table != NULL ? how.table->inputs : how.recipe == NULL ? 4 : bands < 3 ? 1 : 3;
  size_t entries = how.table != NULL ? how.table->entries : how.recipe != NULL ? how.recipe->entries : 256;
  if (bands < colours || bands > colours + 1 || entries != (is_deep ? 65536 : 256)) is_fit = false;
  size_t length = 0, pixels = (size_t) width * (size_t) height;
  int painted = bands > colours ? 4 : 3;
  void *from = is_fit ? vips_image_write_to_memory(in, &length) : NULL;
  g_object_unref(in);
  if (!is_fit) vips_error("cvips", "no such samples");
  if (from == NULL) return NULL;
  uint8_t *to = g_try_malloc(pixels * (size_t) painted);
  if (to != NULL) {
    if (how.table != NULL) cvips_find(how.table, from, pixels, bands, is_deep, to);
    else if (how.recipe != NULL) cvips_paint(how.recipe, from, pixels, bands, is_deep, to);
    else cvips_print(from, pixels, to);
  }
  g_free(from);
  return to ? keep(to, width, height, painted, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB) : NULL;
}

cvips_image *cvips_recolour(cvips_image *image, const struct cvips_recipe *recipe) {
  struct conversion how = {.recipe = recipe};
  g_object_ref(vips(image));
  return repainted(vips(image), how);
}

cvips_image *cvips_look_up(cvips_image *image, const struct cvips_table *table) {
  struct conversion how = {.table = table};
  g_object_ref(vips(image));
  return repainted(vips(image), how);
}

bool cvips_has_few_colours(const cvips_image *image) {
  VipsImage *in = vips(image);
  int bands = vips_image_get_bands(in);
  if (bands > 4 || vips_image_get_format(in) != VIPS_FORMAT_UCHAR) return false;
  if (vips_image_wio_input(in) != 0) vips_error_clear();
  const uint8_t *pixels = VIPS_IMAGE_ADDR(in, 0, 0);
  size_t count = (size_t) vips_image_get_width(in) * (size_t) vips_image_get_height(in);
  return pixels != NULL && cvips_few(pixels, count, bands);
}

bool cvips_is_deep(const cvips_image *image) { return vips_image_get_format(vips(image)) == VIPS_FORMAT_USHORT; }

cvips_image *cvips_srgb(cvips_image *image) {
  VipsImage *bare = NULL, *out = NULL;
  if (vips_copy(vips(image), &bare, NULL)) return NULL;
  vips_image_remove(bare, VIPS_META_ICC_NAME);
  if (vips_image_get_interpretation(bare) == VIPS_INTERPRETATION_CMYK && vips_image_get_bands(bare) == 4) {
    return repainted(bare, (struct conversion){0});
  }
  if (vips_colourspace(bare, &out, VIPS_INTERPRETATION_sRGB, NULL)) out = NULL;
  VIPS_UNREF(bare);
  VipsImage *bytes = NULL;
  if (out && vips_cast(out, &bytes, VIPS_FORMAT_UCHAR, NULL)) bytes = NULL;
  VIPS_UNREF(out);
  return wrap(bytes);
}

cvips_image *cvips_pixels(cvips_image *image) {
  VipsImage *in = vips(image);
  size_t length = 0;
  void *pixels = vips_image_write_to_memory(in, &length);
  if (pixels == NULL) return NULL;
  return keep(pixels, vips_image_get_width(in), vips_image_get_height(in), vips_image_get_bands(in),
              vips_image_get_format(in), vips_image_get_interpretation(in));
}

bool cvips_compute(cvips_image *image) {
  VipsRegion *region = vips_region_new(vips(image));
  VipsRect all = {.width = vips_image_get_width(vips(image)), .height = vips_image_get_height(vips(image))};
  int failed = vips_region_prepare(region, &all);
  g_object_unref(region);
  return !failed;
}

cvips_image *cvips_upright(cvips_image *image, int orientation) {
  VipsImage *copy = NULL, *out = NULL;
  if (vips_copy(vips(image), &copy, NULL)) return NULL;
  vips_image_set_int(copy, VIPS_META_ORIENTATION, orientation);
  int failed = vips_autorot(copy, &out, NULL);
  g_object_unref(copy);
  return failed ? NULL : wrap(out);
}

cvips_image *cvips_keep(void *pixels, int width, int height, int bands) {
  return keep(pixels, width, height, bands, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB);
}

cvips_image *cvips_crop(cvips_image *image, int left, int top, int width, int height) {
  VipsImage *out = NULL;
  return vips_extract_area(vips(image), &out, left, top, width, height, NULL) ? NULL : wrap(out);
}

cvips_image *cvips_blank(int width, int height, int bands) {
  VipsImage *black = NULL, *out = NULL;
  VipsInterpretation space = bands == 4   ? VIPS_INTERPRETATION_CMYK
                             : bands == 1 ? VIPS_INTERPRETATION_B_W
                                          : VIPS_INTERPRETATION_sRGB;
  if (vips_black(&black, width, height, "bands", bands, NULL)) return NULL;
  int failed = vips_copy(black, &out, "interpretation", space, NULL);
  g_object_unref(black);
  return failed ? NULL : wrap(out);
}

void *cvips_save(cvips_image *image, enum cvips_format format, int quality, bool lossless, bool halved,
                 size_t *length) {
  void *out = NULL;
  int failed = -1;
  switch (format) {
    case CVIPS_JPEG:
      failed = vips_jpegsave_buffer(vips(image), &out, length, "Q", quality, "subsample_mode",
                                    halved ? VIPS_FOREIGN_SUBSAMPLE_ON : VIPS_FOREIGN_SUBSAMPLE_OFF, "strip", TRUE,
                                    NULL);
      break;
    case CVIPS_PNG:
      failed = vips_pngsave_buffer(vips(image), &out, length, "strip", TRUE, NULL);
      break;
    case CVIPS_WEBP:
      failed = vips_webpsave_buffer(vips(image), &out, length, "Q", quality, "effort", 2, "lossless", lossless,
                                    "strip", TRUE, NULL);
      break;
  }
  return failed ? NULL : out;
}

void cvips_release(cvips_image *image) { g_object_unref(vips(image)); }

void cvips_free(void *memory) { g_free(memory); }

char *cvips_error(void) { return vips_error_buffer_copy(); }
