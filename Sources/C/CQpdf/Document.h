#ifndef CQPDF_DOCUMENT_H
#define CQPDF_DOCUMENT_H

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "Survey.h"
#include "Qpdf.h"

namespace cqpdf {

// Values of one object, or of one object stream, which qpdf reads whole: a page tree's node has some thousands, and a
// flat one of 100,000 pages 300,000. They take 130 bytes each.
constexpr size_t mostTokensTogether = 500'000;

// The text of one version of an object: in the file itself, or in one of its object streams.
struct Place {
  int number;
  int generation;
  size_t source;  // 0 is the file, others are object streams
  size_t begin;
  size_t end;
  size_t tokens;
  bool matters;
  bool isStream = false;
  bool isClosed = true;
  bool namesRoot = false;
  bool mayHoldObjects = false;
  bool mayHoldReferences = false;
  bool isListed = false;  // a cross-reference table points here, or an object stream
  bool isLast = false;    // in an encrypted file: the one that can be decrypted
};

struct Reading {
  QPDFObjectHandle value;
  bool isStream = false;
};

// Whether a dictionary has a key. qpdf itself does not count those whose value refers to what it does not find.
bool has(QPDFObjectHandle dictionary, char const *key);

// Every version of every object that any reader of a PDF can come across: those of its cross-reference tables, those
// that one finds who looks for them in the bytes, older versions, and all that is in object streams.
class Document {
 public:
  // Throws Damaged, TooLarge, and QPDFExc for what qpdf cannot read or decrypt.
  Document(const char *bytes, size_t length, size_t mostObjects);

  // By number, then by source and place.
  std::vector<Place> const &all() const { return places; }

  // The versions of the object of this number, whatever their generation: some readers do not compare it.
  std::pair<Place const *, Place const *> versions(int number) const;

  // Strings in an encrypted file stay as they are. What is read holds until the next call. Throws Damaged where two
  // readers may read it differently.
  Reading read(Place const &place);

  // The same with its strings decrypted; none where that is not possible.
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
  size_t looked = 0;        // bytes of objects, of all sources
  size_t unpackedBytes = 0;
  size_t tokens = 0;
  size_t sinceRenewal = 0;  // tokens that scratch has read
  std::vector<Place> places;
  std::vector<std::string> unpacked;
  std::string mended;  // the file with a table of our own
  Trailer trailer;
  QPDFTokenizer tokenizer;
  std::unique_ptr<QPDF> pdf;      // the file as it is, or mended
  std::unique_ptr<QPDF> keys;     // decrypts, where the file is encrypted
  std::unique_ptr<QPDF> scratch;  // what is read belongs to it
  std::unique_ptr<QPDF> holder;   // of a stream that is unpacked
};

}  // namespace cqpdf

#endif
