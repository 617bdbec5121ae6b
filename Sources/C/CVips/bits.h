#ifndef CVIPS_BITS_H
#define CVIPS_BITS_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// Reads bits. The next bits are at the top of `window`. Bits after the end are zeros and are counted in `missing`. In
// raw data a zero follows every 0xFF byte, and the data ends before a 0xFF byte without one.
struct reader {
  uint64_t window;
  int bits;
  int missing;
  bool is_raw;
  const uint8_t *next, *end;
};

static struct reader filled_by_bytes(struct reader in) {
  while (in.bits <= 56) {
    if (in.is_raw && in.next < in.end && *in.next == 0xFF && (in.end - in.next < 2 || in.next[1] != 0)) {
      in.end = in.next;
    }
    if (in.next < in.end) {
      in.window |= (uint64_t) *in.next << (56 - in.bits);
      in.next += in.is_raw && *in.next == 0xFF ? 2 : 1;
    } else {
      in.missing += 8;
    }
    in.bits += 8;
  }
  return in;
}

static inline bool has_ff(uint64_t bytes) {
  return (~bytes - UINT64_C(0x0101010101010101)) & bytes & UINT64_C(0x8080808080808080);
}

// Returns the reader with at least 56 bits in the window. Readers are passed by value, so that a local reader stays in
// registers.
static inline struct reader filled(struct reader in) {
  if (in.end - in.next < 8) return filled_by_bytes(in);
  uint64_t bytes;
  memcpy(&bytes, in.next, sizeof bytes);
  if (in.is_raw && has_ff(bytes)) return filled_by_bytes(in);
  in.window |= be64toh(bytes) >> in.bits;
  in.next += (63 - in.bits) >> 3;
  in.bits |= 56;
  return in;
}

static inline void need(struct reader *in) {
  if (in->bits < 32) *in = filled(*in);
}

static inline void drop(struct reader *in, int bits) {
  in->window <<= bits;
  in->bits -= bits;
}

static inline uint32_t take(struct reader *in, int bits) {
  if (bits == 0) return 0;
  need(in);
  uint32_t value = in->window >> (64 - bits);
  drop(in, bits);
  return value;
}

#endif
