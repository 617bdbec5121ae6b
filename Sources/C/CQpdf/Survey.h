#ifndef CQPDF_SURVEY_H
#define CQPDF_SURVEY_H

#include <cstddef>
#include <cstdint>
#include <vector>

// The structure of a PDF without its cross-reference tables, as a reader that rebuilds the tables finds it.

namespace cqpdf {

struct TooLarge {};
struct Damaged {};

// The header of an object: two numbers and `obj`, with white space or comments of any length between them.
struct Header {
  int number;
  int generation;
  uint32_t start;  // offset of the first number
  uint32_t body;   // offset after `obj`
};

struct Survey {
  std::vector<Header> headers;        // sorted by offset, each once
  std::vector<uint32_t> trailers;     // offset after each word `trailer` that precedes a dictionary
  std::vector<uint32_t> streamEnds;   // offset of each word `endstream`
  size_t rows = 0;                    // possible rows of a cross-reference table

  // Throws TooLarge if the number of headers or rows exceeds twice the maximum number of objects: a file may contain an
  // older version of each object.
  Survey(const char *bytes, size_t length, size_t mostObjects);
};

// The result of a quick scan of an object, which tells whether the object must be parsed.
struct Glance {
  size_t end = 0;           // end of the object, or offset after the word `stream`
  size_t tokens = 0;        // approximate number of values in the object
  bool matters = false;     // contains a name of active content, or refers to another object for its type
  bool isStream = false;
  bool isClosed = true;     // every bracket is closed before `endobj`, and none is closed before it is opened
  bool namesRoot = false;          // contains /Root, as a trailer does
  bool mayHoldObjects = false;     // contains the keys of an object stream
  bool mayHoldReferences = false;  // contains a key of a cross-reference stream
};

// Scans the bytes between begin and end. Names count everywhere, also in strings and comments.
Glance glance(const char *bytes, size_t begin, size_t end);

// Source: https://opensource.adobe.com/dc-acrobat-sdk-docs/pdfstandards/PDF32000_2008.pdf (7.2.2, tables 1 and 2)
inline bool isSpace(unsigned char byte) {
  return byte <= ' ' && (byte == 0 || byte == '\t' || byte == '\n' || byte == '\f' || byte == '\r' || byte == ' ');
}

inline bool isRegular(unsigned char byte) {
  switch (byte) {
    case '(': case ')': case '<': case '>': case '[': case ']': case '{': case '}': case '/': case '%': return false;
    default: return !isSpace(byte);
  }
}

}  // namespace cqpdf

#endif
