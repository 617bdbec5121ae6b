#ifndef CVIPS_COLOUR_H
#define CVIPS_COLOUR_H

#include "CVips.h"

// Converts pixels of `bands` channels with 8 bits, or 16 if `is_deep`, to sRGB with 8 bits. The output has three
// channels, and a fourth if the input has transparency, which is channel 2 or 4.
void cvips_paint(const struct cvips_recipe *recipe, const void *in, size_t pixels, int bands, bool is_deep,
                 uint8_t *out);

// The same by a table. The colours of the input are the table's channels; any further channel is transparency.
void cvips_find(const struct cvips_table *table, const void *in, size_t pixels, int bands, bool is_deep, uint8_t *out);

// Converts CMYK pixels, in which 255 is full ink, to sRGB with three channels.
void cvips_print(const uint8_t *in, size_t pixels, uint8_t *out);

// True if the pixels of up to four channels with 8 bits have at most 256 different colours.
bool cvips_few(const uint8_t *in, size_t pixels, int bands);

#endif
