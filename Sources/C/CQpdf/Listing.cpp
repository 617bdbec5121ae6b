
#include <algorithm>

#include "Document.h"
#include "Unpacking.h"
#include "Qpdf.h"

namespace cqpdf {

namespace {

// The maximum unpacked size of all object streams together; 300,000 objects take some 60 MB.
constexpr size_t mostUnpacked = 64 << 20;

bool takeNumber(const char *bytes, size_t end, size_t &index, size_t &number) {
  while (index < end && isSpace(bytes[index])) ++index;
  size_t start = index;
  for (number = 0; index < end && index - start < 12 && bytes[index] >= '0' && bytes[index] <= '9'; ++index) {
    number = number * 10 + (bytes[index] - '0');
  }
  return index > start;
}

}  // namespace

// Unpacks all object streams. Each of them must be intact, because qpdf treats the objects of a damaged stream as
// missing.
void Document::unpack(Survey const &survey) {
  for (size_t index = 0, count = places.size(); index < count; ++index) {
    Place const place = places[index];
    if (!place.mayHoldObjects || place.number < 0) continue;
    QPDFObjectHandle dictionary = read(place).value;
    if (!dictionary.isDictionary()) throw Damaged();
    QPDFObjectHandle objects = dictionary.getKey("/N");
    QPDFObjectHandle first = dictionary.getKey("/First");
    if (!objects.isInteger() || !first.isInteger() || objects.isIndirect() || first.isIndirect()) throw Damaged();
    if (objects.getIntValue() < 0 || first.getIntValue() < 0) throw Damaged();
    QPDFObjectHandle stream = keys ? decrypted(place) : data(place, dictionary, survey);
    unpacked.push_back(cqpdf::unpack(stream, mostUnpacked - unpackedBytes));
    unpackedBytes += unpacked.back().size();
    addMembers(static_cast<size_t>(objects.getIntValue()), static_cast<size_t>(first.getIntValue()));
  }
}

// Adds the members of an object stream; their numbers and offsets precede the objects.
void Document::addMembers(size_t count, size_t first) {
  std::string const &stream = unpacked.back();
  if (places.size() + count > 3 * mostObjects) throw TooLarge();
  std::vector<std::pair<size_t, size_t>> members;
  size_t index = 0;
  for (size_t member = 0; member < count; ++member) {
    size_t number, offset;
    if (!takeNumber(stream.data(), stream.size(), index, number)) throw Damaged();
    if (!takeNumber(stream.data(), stream.size(), index, offset)) throw Damaged();
    if (number > INT32_MAX || first + offset > stream.size()) throw Damaged();
    members.emplace_back(first + offset, number);
  }
  std::sort(members.begin(), members.end());
  size_t end = stream.size();
  size_t values = 0;
  for (size_t member = members.size(); member-- > 0;) {
    if (member + 1 < members.size() && members[member + 1].first > members[member].first) {
      end = members[member + 1].first;
    }
    Place place = look(static_cast<int>(members[member].second), 0, unpacked.size(), members[member].first, end);
    if (!place.isClosed) throw Damaged();
    values += place.tokens;
    if (values > mostTokensTogether) throw TooLarge();
    place.isStream = place.mayHoldObjects = place.mayHoldReferences = false;
    place.isListed = true;
    places.push_back(place);
  }
}

// Marks the versions that cross-reference tables list, which must be complete.
void Document::list(Survey const &survey) {
  for (auto const &entry : (pdf ? pdf : keys)->getXRefTable()) {
    if (entry.second.getType() != 1) continue;
    size_t offset = static_cast<size_t>(entry.second.getOffset());
    constexpr size_t farthest = 100;
    for (size_t end = offset + farthest; offset < std::min(end, length) && isSpace(bytes[offset]);) ++offset;
    if (offset >= length) continue;
    int number = entry.first.getObj();
    auto isBefore = [](Header const &header, size_t offset) { return header.start < offset; };
    auto header = std::lower_bound(survey.headers.begin(), survey.headers.end(), offset, isBefore);
    if (header == survey.headers.end() || header->start != offset) {
      addUnannounced(number, offset);
      continue;
    }
    for (; header != survey.headers.end() && header->start == offset; ++header) {
      Place &place = places[static_cast<size_t>(header - survey.headers.begin())];
      place.isListed = true;
      if (!place.isClosed) throw Damaged();
      if (place.number == number) continue;
      Place alias = place;
      alias.number = number;
      alias.isLast = false;
      places.push_back(alias);
    }
  }
}

// Adds an object at a listed offset without the word `obj`: some readers only check for two numbers there.
void Document::addUnannounced(int number, size_t offset) {
  size_t index = offset, ignored;
  size_t end = std::min(length, offset + 100);
  if (!takeNumber(bytes, end, index, ignored) || !takeNumber(bytes, end, index, ignored)) return;
  while (index < end && isSpace(bytes[index])) ++index;
  if (end - index < 3) return;
  Place place = look(number, 0, 0, index + 3, length);
  places.push_back(place);
}

}  // namespace cqpdf
