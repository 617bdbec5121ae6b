#ifndef CVIPS_HUFFMAN_H
#define CVIPS_HUFFMAN_H

#include "CVips.h"

// Codes of up to 12 bits are decoded with one table look-up.
#define AT_ONCE 12
#define WINDOWS (1 << AT_ONCE)

// An entry for one code: the bits of the code and its value in a sequential scan (1 to 31), the number of coefficients
// to advance in the block, the index of the symbol in the table, and the bits of the code alone.
#define TAKES(entry) ((entry) & 0x3F)
#define STEP(entry) ((entry) >> 8 & 0x7F)
#define PLACE(entry) ((entry) >> 16 & 0xFF)
#define BITS(entry) ((entry) >> 24)

// An entry for two codes at a time: the bits of both with their values (1 to 31), the coefficients that the first
// advances, and those that both advance.
#define FIRST_STEP(pair) ((pair) >> 8 & 0x7F)
#define BOTH_STEP(pair) ((pair) >> 16 & 0xFF)
#define MET UINT32_C(0x80000000)  // set when a scan has used the entry

struct cvips_huffman {
  uint32_t entries[WINDOWS];
  uint32_t pairs[WINDOWS];
  uint32_t all[256];
  uint8_t symbols[256];
  uint8_t used[256];
  int32_t first[17];  // the first code of each length
  int32_t count[17];
  int32_t place[17];
};

// Returns the entry of a code longer than 12 bits; 0 if no code matches.
uint32_t cvips_huffman_find_long(const cvips_huffman *table, uint64_t window);

#endif
