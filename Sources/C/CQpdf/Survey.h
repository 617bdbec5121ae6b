#ifndef CQPDF_SURVEY_H
#define CQPDF_SURVEY_H

#include <cstddef>
#include <cstdint>
#include <vector>

// What the bytes of a PDF say without their cross-reference tables: what a reader finds that builds the tables anew.

namespace cqpdf {

struct TooLarge {};
struct Damaged {};

// Where an object begins: two numbers and `obj`, with white space or comments of any length between them.
struct Header {
  int number;
  int generation;
  uint32_t start;  // of the first number
  uint32_t body;   // behind `obj`
};

struct Survey {
  std::vector<Header> headers;        // by their place, each once
  std::vector<uint32_t> trailers;     // behind each word `trailer` before a dictionary
  std::vector<uint32_t> streamEnds;   // of each word `endstream`
  size_t rows = 0;                    // that a cross-reference table could have

  // Throws TooLarge where there are more than twice as many headers or rows as objects are allowed: a file may hold an
  // older version of each.
  Survey(const char *bytes, size_t length, size_t mostObjects);
};

// What one look at an object's text tells, before it is worth reading.
struct Glance {
  size_t end = 0;           // of the object, or behind the word `stream`
  size_t tokens = 0;        // about as many as there are values in it
  bool matters = false;     // names something that acts, or has another object say what it is
  bool isStream = false;
  bool isClosed = true;     // every bracket that opens closes before `endobj`, and none closes before it opens
  bool namesRoot = false;          // as a trailer does
  bool mayHoldObjects = false;     // names what an object stream has
  bool mayHoldReferences = false;  // names what a cross-reference stream has
};

// Looks at what stands between begin and end. Names count wherever they stand, in texts and comments too.
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
