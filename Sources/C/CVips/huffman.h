#ifndef CVIPS_HUFFMAN_H
#define CVIPS_HUFFMAN_H

#include "CVips.h"

// Codes of at most so many bits are found at once.
#define AT_ONCE 12
#define WINDOWS (1 << AT_ONCE)

// What a code stands for: all bits that it takes in a sequential scan (1 to 31), how far it goes in the block, its place
// in the table, and its own bits.
#define TAKES(entry) ((entry) & 0x3F)
#define STEP(entry) ((entry) >> 8 & 0x7F)
#define PLACE(entry) ((entry) >> 16 & 0xFF)
#define BITS(entry) ((entry) >> 24)

// Two codes at a time: all bits that they take (1 to 31), how far the first goes, and how far they go together.
#define FIRST_STEP(pair) ((pair) >> 8 & 0x7F)
#define BOTH_STEP(pair) ((pair) >> 16 & 0xFF)
#define MET UINT32_C(0x80000000)  // by a scan

struct cvips_huffman {
  uint32_t entries[WINDOWS];
  uint32_t pairs[WINDOWS];
  uint32_t all[256];
  uint8_t symbols[256];
  uint8_t used[256];
  int32_t first[17];  // of the codes of each length
  int32_t count[17];
  int32_t place[17];
};

// The entry of a code that is longer than a window; 0 where there is none.
uint32_t cvips_huffman_find_long(const cvips_huffman *table, uint64_t window);

#endif
