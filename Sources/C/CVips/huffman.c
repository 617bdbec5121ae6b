// Huffman tables that decode two codes with one look-up.
//
// Source: https://www.w3.org/Graphics/JPEG/itu-t81.pdf (annex C)

#include "huffman.h"

#include <stdlib.h>

static uint32_t entry_of(uint8_t symbol, int place, int bits, bool is_dc) {
  uint32_t extra = is_dc ? symbol : symbol & 15, run = symbol >> 4;
  uint32_t step = extra != 0 || run == 15 ? run + 1 : 64;
  return (bits + extra) | step << 8 | (uint32_t) place << 16 | (uint32_t) bits << 24;
}

// Returns the entry of the code after the first one if the window contains it and the block can continue; else 0.
static uint32_t second_of(const cvips_huffman *table, uint32_t window) {
  uint32_t first = table->entries[window];
  if (first == 0 || STEP(first) == 64 || TAKES(first) >= AT_ONCE) return 0;
  uint32_t second = table->entries[window << TAKES(first) & (WINDOWS - 1)];
  return BITS(second) <= AT_ONCE - TAKES(first) ? second : 0;
}

static uint32_t pair_of(const cvips_huffman *table, uint32_t window) {
  uint32_t first = table->entries[window], second = second_of(table, window);
  if (first == 0) return UINT32_C(64) << 8;
  if (second == 0) return TAKES(first) | STEP(first) << 16;
  return (TAKES(first) + TAKES(second)) | STEP(first) << 8 | (STEP(first) + STEP(second)) << 16;
}

cvips_huffman *cvips_huffman_begin(const uint8_t *counts, const uint8_t *symbols, bool is_dc) {
  cvips_huffman *table = calloc(1, sizeof *table);
  if (table == NULL) return NULL;
  int place = 0;
  int32_t code = 0;
  for (int bits = 1; bits <= 16; bits++, code <<= 1) {
    table->first[bits] = code;
    table->count[bits] = counts[bits - 1];
    table->place[bits] = place;
    for (int left = counts[bits - 1]; left > 0; left--, code++, place++) {
      if (place > 255 || code >= 1 << bits || (is_dc && symbols[place] > 15)) {
        free(table);
        return NULL;
      }
      table->symbols[place] = symbols[place];
      uint32_t entry = table->all[place] = entry_of(symbols[place], place, bits, is_dc);
      if (bits > AT_ONCE) continue;
      int spread = AT_ONCE - bits;
      for (int low = 0; low < 1 << spread; low++) table->entries[(code << spread) + low] = entry;
    }
  }
  for (uint32_t window = 0; window < WINDOWS; window++) table->pairs[window] = pair_of(table, window);
  return table;
}

const uint8_t *cvips_huffman_used(cvips_huffman *table) {
  for (uint32_t window = 0; window < WINDOWS; window++) {
    if (!(table->pairs[window] & MET)) continue;
    uint32_t first = table->entries[window], second = second_of(table, window);
    table->used[PLACE(first)] = 1;
    if (second != 0) table->used[PLACE(second)] = 1;
  }
  return table->used;
}

void cvips_huffman_end(cvips_huffman *table) { free(table); }

uint32_t cvips_huffman_find_long(const cvips_huffman *table, uint64_t window) {
  for (int bits = AT_ONCE + 1; bits <= 16; bits++) {
    int32_t offset = (int32_t) (window >> (64 - bits)) - table->first[bits];
    if (offset >= 0 && offset < table->count[bits]) return table->all[table->place[bits] + offset];
  }
  return 0;
}
