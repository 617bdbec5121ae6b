// Decodes the entropy-coded data of a JPEG's scans code by code, to find the bytes that the picture needs.
//
// Source: https://www.w3.org/Graphics/JPEG/itu-t81.pdf (annexes F.2.2 and G.2)

#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "huffman.h"

// Returns the entry of the next code without consuming it; 0 if no code matches.
static inline uint32_t find(struct reader *in, cvips_huffman *table) {
  need(in);
  uint32_t entry = table->entries[in->window >> (64 - AT_ONCE)];
  if (entry == 0) entry = cvips_huffman_find_long(table, in->window);
  if (entry != 0) table->used[PLACE(entry)] = 1;
  return entry;
}

// Consumes the one or two codes in the window; returns false if the block may end with them or a code is too long.
static inline bool take_pair(struct reader *in, cvips_huffman *table, uint32_t *at) {
  uint32_t window = in->window >> (64 - AT_ONCE), pair = table->pairs[window];
  if (__builtin_expect(*at + FIRST_STEP(pair) >= 64, 0)) return false;
  table->pairs[window] = pair | MET;
  drop(in, TAKES(pair));
  *at += BOTH_STEP(pair);
  return true;
}

// Decodes the rest of a block code by code, and records its non-zero frequencies.
static bool note_frequencies(struct reader *in, struct cvips_scan_block *block) {
  for (uint32_t at = 1; at < 64;) {
    uint32_t entry = find(in, block->ac);
    if (entry == 0) return false;
    drop(in, TAKES(entry));
    at += STEP(entry);
    bool is_value = block->ac->symbols[PLACE(entry)] & 15;
    if (is_value && at <= 64) block->met |= UINT64_C(1) << (at - 1);
  }
  return true;
}

static bool sequential_mcu(struct reader *reader, struct cvips_scan *scan) {
  struct reader in = *reader;
  for (int block = 0; block < scan->block_count; block++) {
    cvips_huffman *ac = scan->blocks[block].ac;
    uint32_t entry = find(&in, scan->blocks[block].dc);
    if (entry == 0) return false;
    drop(&in, TAKES(entry));
    if (scan->blocks[block].is_noted) {
      if (!note_frequencies(&in, &scan->blocks[block])) return false;
      continue;
    }
    uint32_t at = 1;
    do {
      // Two pairs take at most 54 of the 56 available bits.
      in = filled(in);
      if (!take_pair(&in, ac, &at) || (at < 64 && !take_pair(&in, ac, &at))) {
        // The last code of the block, or a long code.
        entry = find(&in, ac);
        if (entry == 0) return false;
        drop(&in, TAKES(entry));
        at += STEP(entry);
      }
    } while (at < 64);
  }
  *reader = in;
  return true;
}

static bool first_dc(struct reader *in, cvips_huffman *dc) {
  uint32_t entry = find(in, dc);
  drop(in, TAKES(entry));
  return entry != 0;
}

// Returns the number of blocks in a run without further codes, including this block.
static uint32_t run_of(struct reader *in, int bits) { return (1u << bits) + take(in, bits); }

static bool first_ac(struct reader *in, const struct cvips_scan *scan, uint64_t *mask, uint32_t *run) {
  cvips_huffman *table = scan->blocks[0].ac;
  if (*run > 0) {
    --*run;
    return true;
  }
  for (int at = scan->from; at <= scan->to; at++) {
    uint32_t entry = find(in, table);
    if (entry == 0) return false;
    drop(in, BITS(entry));
    int zeros = table->symbols[PLACE(entry)] >> 4, extra = table->symbols[PLACE(entry)] & 15;
    if (extra != 0) {
      take(in, extra);
      at += zeros;
      if (at < 64) *mask |= UINT64_C(1) << at;
    } else if (zeros == 15) {
      at += 15;
    } else {
      *run = run_of(in, zeros) - 1;
      break;
    }
  }
  return true;
}

static bool refine_ac(struct reader *in, const struct cvips_scan *scan, uint64_t *mask, uint32_t *run) {
  cvips_huffman *table = scan->blocks[0].ac;
  int at = scan->from;
  for (; *run == 0 && at <= scan->to; at++) {
    uint32_t entry = find(in, table);
    if (entry == 0) return false;
    drop(in, BITS(entry));
    int zeros = table->symbols[PLACE(entry)] >> 4, extra = table->symbols[PLACE(entry)] & 15;
    if (extra != 0) {
      take(in, 1);
    } else if (zeros != 15) {
      *run = run_of(in, zeros);
      break;
    }
    for (; at <= scan->to; at++) {
      if (*mask >> at & 1) {
        take(in, 1);
      } else if (--zeros < 0) {
        break;
      }
    }
    if (extra != 0 && at < 64) *mask |= UINT64_C(1) << at;
  }
  if (*run > 0) {
    for (; at <= scan->to; at++) {
      if (*mask >> at & 1) take(in, 1);
    }
    --*run;
  }
  return true;
}

// Decodes the MCUs from `mcu` to before `last`, which are in one restart interval.
static bool follow(struct reader *in, struct cvips_scan *scan, size_t mcu, size_t last) {
  uint32_t run = 0;
  for (; mcu < last; mcu++) {
    if (in->missing > 64) return false;
    uint64_t *mask = scan->masks ? &scan->masks[mcu / scan->across * scan->stride + mcu % scan->across] : NULL;
    bool is_whole = true;
    switch (scan->kind) {
      case CVIPS_SEQUENTIAL: is_whole = sequential_mcu(in, scan); break;
      case CVIPS_FIRST_DC:
        for (int block = 0; block < scan->block_count && is_whole; block++) {
          is_whole = first_dc(in, scan->blocks[block].dc);
        }
        break;
      case CVIPS_REFINE_DC: take(in, scan->block_count); break;
      case CVIPS_FIRST_AC: is_whole = first_ac(in, scan, mask, &run); break;
      case CVIPS_REFINE_AC: is_whole = refine_ac(in, scan, mask, &run); break;
    }
    if (!is_whole) return false;
    if (mask != NULL) scan->blocks[0].met |= *mask;
  }
  return true;
}

// A restart interval: its bytes in the file, its bytes without stuffing (`plain`), and the marker after it.
struct interval {
  const uint8_t *start, *next;
  uint8_t *plain;
  size_t length;
  bool has_filling;
  int marker;  // -1 at the end
};

static struct interval next_interval(const uint8_t *start, const uint8_t *end, uint8_t *plain) {
  struct interval interval = {.start = start, .plain = plain, .marker = -1};
  const uint8_t *at = start;
  while (at < end) {
    const uint8_t *special = memchr(at, 0xFF, (size_t) (end - at));
    size_t ordinary = (size_t) ((special ? special : end) - at);
    memcpy(plain + interval.length, at, ordinary);
    interval.length += ordinary;
    at += ordinary;
    if (special == NULL) break;
    while (at < end && *at == 0xFF) at++;
    interval.has_filling |= at - special > 1 || at == end;
    if (at == end) break;
    if (*at++ == 0) {
      plain[interval.length++] = 0xFF;
    } else {
      interval.marker = at[-1];
      break;
    }
  }
  interval.next = at;
  return interval;
}

// Appends the first `bits` of an interval, padded with ones, and stuffs a zero after each 0xFF.
static uint8_t *put(uint8_t *out, const uint8_t *plain, size_t bits) {
  for (size_t index = 0; index < (bits + 7) / 8; index++) {
    uint8_t byte = plain[index];
    if (index == bits / 8) byte |= 0xFF >> bits % 8;
    *out++ = byte;
    if (byte == 0xFF) *out++ = 0;
  }
  return out;
}

static bool is_exact(const struct interval *interval, size_t bits) {
  if (interval->has_filling || (bits + 7) / 8 != interval->length) return false;
  uint8_t filling = bits % 8 ? 0xFF >> bits % 8 : 0;
  return interval->length == 0 || (interval->plain[interval->length - 1] & filling) == filling;
}

// Returns the number of bytes in the leading exact restart intervals of a sequential scan; `mcus` is set to their
// number of MCUs.
static size_t exact_start(struct cvips_scan *scan, const uint8_t *bytes, size_t length, size_t *mcus) {
  size_t count = scan->across * scan->down, step = scan->restart ? scan->restart : count;
  const uint8_t *at = bytes, *end = bytes + length;
  *mcus = 0;
  if (scan->kind != CVIPS_SEQUENTIAL) return 0;
  for (size_t number = 0; *mcus < count; number++) {
    size_t last = count - *mcus < step ? count : *mcus + step;
    struct reader in = {.is_raw = true, .next = at, .end = end};
    if (!follow(&in, scan, *mcus, last)) break;
    int left = in.bits - in.missing;
    if (left < 0 || left > 7 || (left > 0 && in.window >> (64 - left) != (1u << left) - 1)) break;
    if (last == count && in.next != end) break;
    if (last < count && (end - in.next < 2 || in.next[0] != 0xFF || in.next[1] != 0xD0 + (int) (number % 8))) break;
    at = in.next + (last < count ? 2 : 0);
    *mcus = last;
  }
  return (size_t) (at - bytes);
}

enum cvips_scanned cvips_scan(struct cvips_scan *scan, const void *bytes, size_t length, void **cut,
                              size_t *cut_length) {
  const uint8_t *at = bytes, *end = at + length;
  size_t count = scan->across * scan->down, step = scan->restart ? scan->restart : count, done;
  at += exact_start(scan, bytes, length, &done);
  if (done == count) return CVIPS_SCAN_EXACT;
  uint8_t *plain = malloc(length + 8), *out = NULL, *written = NULL;
  bool is_damaged = plain == NULL;
  for (size_t mcu = done, number = done / step; mcu < count && !is_damaged; mcu += step, number++) {
    struct interval interval = next_interval(at, end, plain);
    size_t last = count - mcu < step ? count : mcu + step;
    struct reader in = {.next = plain, .end = plain + interval.length};
    is_damaged = !follow(&in, scan, mcu, last);
    size_t bits = (size_t) (in.next - plain) * 8 + (size_t) in.missing - (size_t) in.bits;
    bool is_last = last == count;
    is_damaged |= bits > interval.length * 8 || (!is_last && interval.marker != 0xD0 + (int) (number % 8));
    if (is_damaged) break;
    bool is_rest = is_last && interval.next < end;
    if (out == NULL && (is_rest || (is_last && interval.marker >= 0) || !is_exact(&interval, bits))) {
      // At most one more byte for each interval, whose marker takes two bytes.
      out = malloc(2 * length + 16);
      if (out == NULL) is_damaged = true;
      if (out == NULL) break;
      size_t before = (size_t) (at - (const uint8_t *) bytes);
      memcpy(out, bytes, before);
      written = out + before;
    }
    if (out != NULL) {
      written = put(written, plain, bits);
      if (!is_last) *written++ = 0xFF;
      if (!is_last) *written++ = (uint8_t) interval.marker;
    }
    at = interval.next;
  }
  free(plain);
  if (is_damaged) free(out);
  if (is_damaged) return CVIPS_SCAN_DAMAGED;
  if (out == NULL) return CVIPS_SCAN_EXACT;
  *cut = out;
  *cut_length = (size_t) (written - out);
  return CVIPS_SCAN_CUT;
}
