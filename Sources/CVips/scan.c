// Follows the entropy-coded data of a JPEG's scans code by code, to learn which of its bytes a picture needs.
//
// Source: https://www.w3.org/Graphics/JPEG/itu-t81.pdf (annexes F.2.2 and G.2)

#include <endian.h>
#include <stdlib.h>
#include <string.h>

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

static uint32_t entry_of(uint8_t symbol, int place, int bits, bool is_dc) {
  uint32_t extra = is_dc ? symbol : symbol & 15, run = symbol >> 4;
  uint32_t step = extra != 0 || run == 15 ? run + 1 : 64;
  return (bits + extra) | step << 8 | (uint32_t) place << 16 | (uint32_t) bits << 24;
}

// The entry of the code behind the first one, where the window shows it and the block may still go on; else 0.
static uint32_t second_of(const cvips_huffman *table, uint32_t window) {
  uint32_t first = table->entries[window];
  if (first == 0 || STEP(first) == 64 || TAKES(first) >= AT_ONCE) return 0;
  uint32_t second = table->entries[window << TAKES(first) & (WINDOWS - 1)];
  return BITS(second) <= AT_ONCE - TAKES(first) ? second : 0;
}

static uint32_t pair_of(const cvips_huffman *table, uint32_t window) {
  uint32_t first = table->entries[window], second = second_of(table, window);
  if (first == 0) return 0;
  if (second == 0) return TAKES(first) | STEP(first) << 8 | STEP(first) << 16;
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

// The next bits stand at the top of `window`; bits behind the end are zeros, and counted. Raw bytes have a zero behind
// every 0xFF, and end before one that has none.
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

// Afterwards there are at least 56 bits. Readers go by value, so that a local one stays in registers.
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

static uint32_t find_long(uint64_t window, const cvips_huffman *table) {
  for (int bits = AT_ONCE + 1; bits <= 16; bits++) {
    int32_t offset = (int32_t) (window >> (64 - bits)) - table->first[bits];
    if (offset >= 0 && offset < table->count[bits]) return table->all[table->place[bits] + offset];
  }
  return 0;
}

// The entry of the next code, which is not dropped yet; 0 where there is none.
static inline uint32_t find(struct reader *in, cvips_huffman *table) {
  need(in);
  uint32_t entry = table->entries[in->window >> (64 - AT_ONCE)];
  if (entry == 0) entry = find_long(in->window, table);
  if (entry != 0) table->used[PLACE(entry)] = 1;
  return entry;
}

static bool sequential_mcu(struct reader *reader, const struct cvips_scan *scan) {
  struct reader in = *reader;
  for (int block = 0; block < scan->block_count; block++) {
    cvips_huffman *ac = scan->blocks[block].ac;
    uint32_t entry = find(&in, scan->blocks[block].dc);
    if (entry == 0) return false;
    drop(&in, TAKES(entry));
    for (uint32_t at = 1; at < 64;) {
      need(&in);
      uint32_t window = in.window >> (64 - AT_ONCE), pair = ac->pairs[window];
      if (pair != 0 && at + FIRST_STEP(pair) < 64) {
        ac->pairs[window] = pair | MET;
        drop(&in, TAKES(pair));
        at += BOTH_STEP(pair);
        continue;
      }
      // The block's last code, or a long one.
      entry = find(&in, ac);
      if (entry == 0) return false;
      drop(&in, TAKES(entry));
      at += STEP(entry);
    }
  }
  *reader = in;
  return true;
}

static bool first_dc(struct reader *in, cvips_huffman *dc) {
  uint32_t entry = find(in, dc);
  drop(in, TAKES(entry));
  return entry != 0;
}

// The length of a run of blocks without further codes, this block among them.
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

// The MCUs from `mcu` to before `last`, which one restart interval holds.
static bool follow(struct reader *in, const struct cvips_scan *scan, size_t mcu, size_t last) {
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
  }
  return true;
}

// One restart interval: its bytes as they stand, as they are meant, and the marker behind it.
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

// Appends the first `bits` of an interval, filled up with ones.
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

// How many bytes the first restart intervals of a sequential scan take that are exact, and how many MCUs those are.
static size_t exact_start(const struct cvips_scan *scan, const uint8_t *bytes, size_t length, size_t *mcus) {
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

enum cvips_scanned cvips_scan(const struct cvips_scan *scan, const void *bytes, size_t length, void **cut,
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
      // At most one byte more for each interval, which had two for its marker.
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
