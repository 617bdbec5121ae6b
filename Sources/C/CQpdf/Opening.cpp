
#include <algorithm>
#include <climits>
#include <cstdio>
#include <map>

#include "Document.h"
#include "Unpacking.h"
#include "Qpdf.h"

namespace cqpdf {

void Document::addHeaders(Survey const &survey) {
  for (auto const &header : survey.headers) {
    places.push_back(look(header.number, header.generation, 0, header.body, length));
  }
}

// Trailers can contain actions like other objects, and they tell whether the file is encrypted.
void Document::addTrailers(Survey const &survey) {
  for (uint32_t begin : survey.trailers) {
    Place place = look(-1, 0, 0, begin, length);
    if (place.isClosed && place.namesRoot) noteTrailer(read(place).value);
    places.push_back(place);
  }
}

void Document::noteTrailer(QPDFObjectHandle dictionary) {
  if (!dictionary.isDictionary() || !dictionary.getKey("/Root").isIndirect()) return;
  std::string encryption = has(dictionary, "/Encrypt") ? dictionary.getKey("/Encrypt").unparse() : "";
  // Some readers would decrypt the file, and others would not.
  if (trailer.root != 0 && trailer.encryption.empty() != encryption.empty()) throw Damaged();
  trailer = {dictionary.getKey("/Root").getObjectID(), dictionary.getKey("/Root").getGeneration(), encryption,
             has(dictionary, "/ID") ? dictionary.getKey("/ID").unparse() : "[()()]"};
}

// Limits the cross-reference streams: qpdf unpacks them before their size can be checked, and again for each trailer
// that points to them.
void Document::checkReferences(Survey const &survey) {
  size_t budget = 2 * mostObjects;
  size_t largest = 0;
  for (auto const &place : places) {
    if (!place.mayHoldReferences || place.number < 0) continue;
    QPDFObjectHandle dictionary = read(place).value;
    if (!dictionary.isDictionary() || !has(dictionary, "/W")) continue;
    QPDFObjectHandle widths = dictionary.getKey("/W");
    if (!widths.isArray() || widths.getArrayNItems() != 3) continue;
    size_t width = 0;
    for (int index = 0; index < 3; ++index) {
      QPDFObjectHandle item = widths.getArrayItem(index);
      if (item.isInteger() && item.getIntValue() >= 0 && item.getIntValue() < 9) width += item.getIntValue();
    }
    if (!dictionary.getKey("/Length").isInteger() || width == 0) throw Damaged();
    noteTrailer(dictionary);
    size_t count = cqpdf::unpack(data(place, dictionary, survey), budget * width).size() / width;
    budget -= std::min(budget, count);
    largest = std::max(largest, count);
  }
  if (survey.trailers.size() * largest > 20 * mostObjects) throw TooLarge();
}

// True if a value contains no reference: the filters of an object stream must be direct objects.
static bool isDirect(QPDFObjectHandle value, int depth) {
  if (value.isIndirect() || depth > 3) return false;
  if (value.isArray()) {
    for (auto const &item : value.aitems()) {
      if (!isDirect(item, depth + 1)) return false;
    }
  } else if (value.isDictionary()) {
    for (auto const &item : value.ditems()) {
      if (!isDirect(item.second, depth + 1)) return false;
    }
  }
  return true;
}

// Returns the stream of an object as it is in the bytes, up to `endstream`.
QPDFObjectHandle Document::data(Place const &place, QPDFObjectHandle dictionary, Survey const &survey) {
  size_t begin = place.end;
  if (begin < length && bytes[begin] == '\r') ++begin;
  if (begin < length && bytes[begin] == '\n') ++begin;
  QPDFObjectHandle given = dictionary.getKey("/Length");
  size_t told = given.isInteger() && given.getIntValue() > 0 ? static_cast<size_t>(given.getIntValue()) : 0;
  size_t end = begin + std::min(told, length - begin);
  auto word = std::lower_bound(survey.streamEnds.begin(), survey.streamEnds.end(), end);
  if (word == survey.streamEnds.end()) {
    end = length;
  } else if (told == 0 || *word - end > 4) {
    end = *word;
  }
  auto *start = reinterpret_cast<unsigned char *>(const_cast<char *>(bytes + begin));
  holder = std::make_unique<QPDF>();
  holder->setSuppressWarnings(true);
  holder->emptyPDF();
  auto stream = QPDFObjectHandle::newStream(holder.get(), std::make_shared<Buffer>(start, end - begin));
  looked += end - begin;
  auto kept = QPDFObjectHandle::newDictionary();
  for (auto const *key : {"/Filter", "/DecodeParms"}) {
    if (!isDirect(dictionary.getKey(key), 0)) throw Damaged();
    if (has(dictionary, key)) kept.replaceKey(key, dictionary.getKey(key));
  }
  stream.replaceDict(kept);
  return stream;
}

// Returns the file with a cross-reference table of the last versions of all objects, as readers build it for a file
// without one.
std::string Document::rebuilt(Survey const &survey, bool hasOwnRoot) {
  std::map<std::pair<int, int>, size_t> last;
  int highest = 0;
  for (auto const &header : survey.headers) {
    if (header.number > INT_MAX - 10 || header.generation > 65'534) continue;
    last[{header.number, header.generation}] = header.start;
    highest = std::max(highest, header.number);
  }
  for (size_t index = 0; index < survey.headers.size(); ++index) {
    auto const &header = survey.headers[index];
    auto found = last.find({header.number, header.generation});
    places[index].isLast = found != last.end() && found->second == header.start;
  }
  std::string file(bytes, length);
  std::string root = std::to_string(trailer.root) + " " + std::to_string(trailer.generation);
  if (hasOwnRoot) {
    root = std::to_string(++highest) + " 0";
    last[{highest, 0}] = file.size() + 1;
    file += "\n" + root + " obj<</Type/Catalog/Pages<</Type/Pages/Kids[]/Count 0>>>>endobj";
  }
  std::string start = std::to_string(file.size() + 1);
  file += "\nxref\n0 1\n0000000000 65535 f \n";
  char row[48];
  for (auto const &[object, offset] : last) {
    snprintf(row, sizeof row, "%d 1\n%010zu %05d n \n", object.first, offset, object.second);
    file += row;
  }
  file += "trailer<</Size " + std::to_string(highest + 1) + "/Root " + root + " R";
  if (!trailer.encryption.empty()) file += "/Encrypt " + trailer.encryption + "/ID " + trailer.identifier;
  return file + ">>\nstartxref\n" + start + "\n%%EOF\n";
}

static std::unique_ptr<QPDF> opened(const char *bytes, size_t length) {
  auto pdf = std::make_unique<QPDF>();
  pdf->setSuppressWarnings(true);
  // Recovery is off, because other readers repair a damaged file in another way than qpdf.
  pdf->setAttemptRecovery(false);
  pdf->processMemoryFile("upload", bytes, length);
  return pdf;
}

void Document::open(Survey const &survey) {
  if (trailer.root == 0) throw Damaged();
  bool isEncrypted = !trailer.encryption.empty();
  if (isEncrypted) {
    mended = rebuilt(survey, true);
    keys = opened(mended.data(), mended.size());
  }
  // Unpacked before qpdf looks for the root, which may be in an object stream.
  unpack(survey);
  try {
    pdf = opened(bytes, length);
  } catch (QPDFExc const &error) {
    if (error.getErrorCode() == qpdf_e_password || error.getErrorCode() == qpdf_e_unsupported) throw;
    if (isEncrypted) return;
    mended = rebuilt(survey, false);
    pdf = opened(mended.data(), mended.size());
  }
}

}  // namespace cqpdf
