#ifndef CQPDF_DOCUMENT_H
#define CQPDF_DOCUMENT_H

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "Survey.h"
#include "Qpdf.h"

namespace cqpdf {

// The maximum number of values in one object or object stream, which qpdf reads as a whole. A node of a page tree has
// some thousands, a flat tree of 100,000 pages 300,000. A value takes 130 bytes.
constexpr size_t mostTokensTogether = 500'000;

// One version of an object: its position in the file or in one of its object streams.
struct Place {
  int number;
  int generation;
  size_t source;  // 0: the file; other values: unpacked[source - 1]
  size_t begin;
  size_t end;
  size_t tokens;
  bool matters;
  bool isStream = false;
  bool isClosed = true;
  bool namesRoot = false;
  bool mayHoldObjects = false;
  bool mayHoldReferences = false;
  bool isListed = false;  // true if a cross-reference table or an object stream lists this version
  bool isLast = false;    // in an encrypted file: the version that can be decrypted
};

struct Reading {
  QPDFObjectHandle value;
  bool isStream = false;
};

// True if a dictionary has the key. qpdf itself ignores keys whose value refers to a missing object.
bool has(QPDFObjectHandle dictionary, char const *key);

// All versions of all objects that any PDF reader could find: those in cross-reference tables, those found by a search
// for object headers in the bytes, older versions, and the members of object streams.
class Document {
 public:
  // Reads a PDF. Throws Damaged, TooLarge, and QPDFExc if qpdf cannot read or decrypt the file.
  Document(const char *bytes, size_t length, size_t mostObjects);

  // Sorted by number, then by source and position.
  std::vector<Place> const &all() const { return places; }

  // Returns all versions of an object number, whatever their generation, because some readers ignore the generation.
  std::pair<Place const *, Place const *> versions(int number) const;

  // Parses a version of an object. Strings in an encrypted file stay encrypted. The result is valid until the next
  // call. Throws Damaged if two readers may parse the object differently.
  Reading read(Place const &place);

  // Returns the object with decrypted strings; null if decryption is not possible.
  QPDFObjectHandle decrypted(Place const &place);

  bool isEncrypted(Place const &place) const { return keys != nullptr && place.source == 0; }

 private:
  struct Text {
    const char *bytes;
    size_t length;
  };

  struct Trailer {
    int root = 0;
    int generation = 0;
    std::string encryption;
    std::string identifier;
  };

  Text text(size_t source) const;
  Place look(int number, int generation, size_t source, size_t begin, size_t end);
  void addHeaders(Survey const &survey);
  void addTrailers(Survey const &survey);
  void noteTrailer(QPDFObjectHandle dictionary);
  void checkReferences(Survey const &survey);
  void open(Survey const &survey);
  std::string rebuilt(Survey const &survey, bool hasOwnRoot);
  QPDFObjectHandle data(Place const &place, QPDFObjectHandle dictionary, Survey const &survey);
  void unpack(Survey const &survey);
  void addMembers(size_t count, size_t first);
  void list(Survey const &survey);
  void addUnannounced(int number, size_t offset);
  void checkRoot();

  const char *bytes;
  size_t length;
  size_t mostObjects;
  size_t looked = 0;        // bytes of objects scanned so far, in all sources
  size_t unpackedBytes = 0;
  size_t tokens = 0;
  size_t sinceRenewal = 0;  // tokens that scratch has parsed
  std::vector<Place> places;
  std::vector<std::string> unpacked;
  std::string mended;  // a copy of the file with a new cross-reference table
  Trailer trailer;
  QPDFTokenizer tokenizer;
  std::unique_ptr<QPDF> pdf;      // the original or mended file
  std::unique_ptr<QPDF> keys;     // decrypts objects, if the file is encrypted
  std::unique_ptr<QPDF> scratch;  // owns the parsed objects
  std::unique_ptr<QPDF> holder;   // owns the stream that is being unpacked
};

}  // namespace cqpdf

#endif
