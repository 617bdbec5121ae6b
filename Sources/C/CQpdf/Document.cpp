#include "Document.h"


#include <algorithm>
#include <tuple>

#include "Ambiguity.h"
#include "Qpdf.h"

namespace cqpdf {

namespace {

// The maximum number of values read from one file. A form of 10,000 fields has some 100,000 relevant values. A million
// values take up to 0.5 s.
constexpr size_t mostTokens = 3'000'000;

}  // namespace

bool has(QPDFObjectHandle dictionary, char const *key) {
  QPDFObjectHandle value = dictionary.getKey(key);
  return value.isIndirect() || !value.isNull();
}

Document::Document(const char *bytes, size_t length, size_t mostObjects)
    : bytes(bytes), length(length), mostObjects(mostObjects) {
  Survey survey(bytes, length, mostObjects);
  addHeaders(survey);
  addTrailers(survey);
  checkReferences(survey);
  open(survey);
  list(survey);
  std::sort(places.begin(), places.end(), [](Place const &one, Place const &other) {
    return std::tie(one.number, one.source, one.begin) < std::tie(other.number, other.source, other.begin);
  });
  checkRoot();
}

std::pair<Place const *, Place const *> Document::versions(int number) const {
  struct Order {
    bool operator()(Place const &place, int number) const { return place.number < number; }
    bool operator()(int number, Place const &place) const { return number < place.number; }
  };
  auto range = std::equal_range(places.begin(), places.end(), number, Order());
  return {places.data() + (range.first - places.begin()), places.data() + (range.second - places.begin())};
}

Document::Text Document::text(size_t source) const {
  if (source == 0) return {bytes, length};
  return {unpacked[source - 1].data(), unpacked[source - 1].size()};
}

Place Document::look(int number, int generation, size_t source, size_t begin, size_t end) {
  Glance seen = glance(text(source).bytes, begin, end);
  looked += seen.end - begin;
  // Each byte belongs to one object, and to a few more if the file contains object headers without an end.
  if (looked > 3 * (length + unpackedBytes) + (64 << 20)) throw Damaged();
  if (seen.tokens > mostTokensTogether) throw TooLarge();
  Place place{number, generation, source, begin, seen.end, seen.tokens, seen.matters};
  place.isStream = seen.isStream;
  place.isClosed = seen.isClosed;
  place.namesRoot = seen.namesRoot;
  place.mayHoldObjects = seen.mayHoldObjects;
  place.mayHoldReferences = seen.isStream && seen.mayHoldReferences;
  return place;
}

Reading Document::read(Place const &place) {
  // Starting to parse an object takes as long as this number of values.
  constexpr size_t beginning = 24;
  tokens += place.tokens + beginning;
  sinceRenewal += place.tokens + beginning;
  if (tokens > mostTokens) throw TooLarge();
  // A QPDF object keeps everything that it has ever parsed, so it is replaced from time to time.
  if (!scratch || sinceRenewal > mostTokensTogether) {
    scratch = std::make_unique<QPDF>();
    scratch->setSuppressWarnings(true);
    scratch->emptyPDF();
    sinceRenewal = 0;
  }
  Text whole = text(place.source);
  auto *start = reinterpret_cast<unsigned char *>(const_cast<char *>(whole.bytes + place.begin));
  Buffer buffer(start, place.end - place.begin);
  auto input = std::make_shared<BufferInputSource>("object", &buffer);
  bool isEmpty = false;
  Reading reading;
  try {
    reading.value = QPDFObjectHandle::parse(input, "", tokenizer, isEmpty, nullptr, scratch.get());
    // An object that consists of a reference only would otherwise be parsed as a number.
    if (reading.value.isInteger()) {
      std::string list = "[" + std::string(whole.bytes + place.begin, place.end - place.begin) + "\n]";
      reading.value = QPDFObjectHandle::parse(scratch.get(), list).getArrayItem(0);
    }
  } catch (QPDFExc const &) {
    if (place.isListed) throw Damaged();
    reading.value = QPDFObjectHandle::newNull();
  }
  reading.isStream = place.isStream && reading.value.isDictionary();
  for (auto const &warning : scratch->getWarnings()) {
    if (isAmbiguous(warning.getMessageDetail(), place.isListed)) throw Damaged();
  }
  return reading;
}

QPDFObjectHandle Document::decrypted(Place const &place) {
  if (!isEncrypted(place) || !place.isLast) return QPDFObjectHandle::newNull();
  tokens += place.tokens;
  return keys->getObjectByID(place.number, place.generation);
}

// The root must be a dictionary, else the document has nothing to show.
void Document::checkRoot() {
  auto [place, end] = versions(trailer.root);
  for (; place != end; ++place) {
    if (read(*place).value.isDictionary()) return;
  }
  throw Damaged();
}

}  // namespace cqpdf
