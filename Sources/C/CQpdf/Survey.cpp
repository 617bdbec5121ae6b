#include "Survey.h"

#include <algorithm>
#include <climits>
#include <cstring>
#include <utility>

namespace cqpdf {

namespace {

bool isDigit(char byte) { return byte >= '0' && byte <= '9'; }

int number(const char *bytes, size_t begin) {
  long value = 0;
  for (; isDigit(bytes[begin]); ++begin) value = std::min<long>(value * 10 + (bytes[begin] - '0'), INT_MAX);
  return static_cast<int>(value);
}

// Finds two numbers followed by another token. Comments are skipped as white space or scanned (`skipsComments`),
// because readers differ in this.
class Scan {
 public:
  Scan(const char *bytes, size_t length, bool skipsComments) : bytes(bytes), length(length), skips(skipsComments) {}

  template <typename Found>
  void run(Found found) {
    for (size_t index = 0; index < length; ++index) {
      char byte = bytes[index];
      if (isDigit(byte)) {
        digit(index);
      } else if (state == none) {
        continue;
      } else if (isSpace(byte)) {
        pause();
      } else if (byte == '%' && skips) {
        while (index + 1 < length && bytes[index + 1] != '\n' && bytes[index + 1] != '\r') ++index;
        pause();
      } else {
        if (state == second || state == behind) found(first, last, index);
        state = none;
      }
    }
  }

 private:
  enum State { none, leading, between, second, behind };

  void digit(size_t index) {
    if (state == none) first = index;
    if (state == behind) first = last;
    if (state == between || state == behind) last = index;
    state = state == none || state == leading ? leading : second;
  }

  void pause() {
    if (state == leading) state = between;
    if (state == second) state = behind;
  }

  const char *bytes;
  size_t length;
  bool skips;
  State state = none;
  size_t first = 0;
  size_t last = 0;
};

void findWords(const char *bytes, size_t length, const char *word, std::vector<uint32_t> &places) {
  size_t size = std::strlen(word);
  const char *end = bytes + length;
  for (const char *at = bytes; (at = static_cast<const char *>(memmem(at, end - at, word, size))); at += size) {
    places.push_back(static_cast<uint32_t>(at - bytes));
  }
}

// True if `<<` follows after white space and comments, or if these are longer than 4,096 bytes.
bool opensDictionary(const char *bytes, size_t length, size_t index) {
  size_t end = std::min(length, index + 4096);
  for (bool isComment = false; index < end; ++index) {
    char byte = bytes[index];
    if (isComment) {
      isComment = byte != '\n' && byte != '\r';
    } else if (byte == '%') {
      isComment = true;
    } else if (!isSpace(byte)) {
      return index + 1 < length && byte == '<' && bytes[index + 1] == '<';
    }
  }
  return end < length;
}

// Counts the lines of all possible cross-reference tables: qpdf reads each of them, even empty ones.
size_t tableLines(const char *bytes, size_t length) {
  std::vector<uint32_t> tables;
  findWords(bytes, length, "xref", tables);
  size_t lines = 0;
  for (size_t index : tables) {
    for (index += 4; index < length; ++index) {
      char byte = bytes[index];
      if (!isDigit(byte) && !isSpace(byte) && byte != 'n' && byte != 'f') break;
      if (byte == '\n' || byte == '\r') ++lines;
    }
  }
  return lines;
}

}  // namespace

Survey::Survey(const char *bytes, size_t length, size_t mostObjects) {
  for (bool skips : {true, false}) {
    size_t ofTable = 0;
    Scan(bytes, length, skips).run([&](size_t first, size_t last, size_t at) {
      if (length - at >= 3 && std::memcmp(bytes + at, "obj", 3) == 0) {
        headers.push_back({number(bytes, first), number(bytes, last), static_cast<uint32_t>(first),
                           static_cast<uint32_t>(at + 3)});
        if (headers.size() > 4 * mostObjects) throw TooLarge();
      } else if (bytes[at] == 'n' || bytes[at] == 'f') {
        ++ofTable;
      }
    });
    rows = std::max(rows, ofTable);
  }
  auto place = [](Header const &header) { return std::make_pair(header.start, header.body); };
  auto isBefore = [&](Header const &one, Header const &other) { return place(one) < place(other); };
  auto isSame = [&](Header const &one, Header const &other) { return place(one) == place(other); };
  std::sort(headers.begin(), headers.end(), isBefore);
  headers.erase(std::unique(headers.begin(), headers.end(), isSame), headers.end());
  if (headers.size() > 2 * mostObjects || rows > 2 * mostObjects) throw TooLarge();
  if (tableLines(bytes, length) > 8 * mostObjects) throw TooLarge();
  findWords(bytes, length, "trailer", trailers);
  for (auto &place : trailers) place += 7;
  auto isOther = [&](uint32_t place) { return !opensDictionary(bytes, length, place); };
  trailers.erase(std::remove_if(trailers.begin(), trailers.end(), isOther), trailers.end());
  findWords(bytes, length, "endstream", streamEnds);
}

}  // namespace cqpdf
