#include "Survey.h"

#include <string>
#include <string_view>
#include <unordered_set>

namespace cqpdf {

namespace {

// Names for which an object must be parsed: active content, triggers of actions, and attachments.
const std::unordered_set<std::string_view> telling = {
    "JavaScript", "JS",            "Launch",         "ImportData", "RichMediaExecute", "RichMedia", "RichMediaContent",
    "XFA",        "OnInstantiate", "OpenAction",     "AA",         "Navigator",        "EF",        "EmbeddedFiles",
    "SubmitForm", "EmbeddedFile",  "FileAttachment",
};

int hexadecimal(char byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  char lower = static_cast<char>(byte | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

class Look {
 public:
  Look(const char *bytes, size_t begin, size_t end) : bytes(bytes), index(begin), end(end) {}

  Glance run() {
    while (index < end && !isDone) step();
    result.end = index;
    if (!open.empty()) result.isClosed = false;
    result.mayHoldObjects = result.isStream && namesCount && namesFirst;
    return result;
  }

 private:
  void step() {
    char byte = bytes[index];
    if (isSpace(byte)) {
      ++index;
    } else if (byte == '%') {
      comment();
    } else if (isRegular(byte)) {
      word();
    } else if (isWhole) {
      // After a complete object only `stream` may follow.
      isDone = true;
    } else if (byte == '/') {
      name();
    } else if (byte == '(' || (byte == '<' && !isNext('<'))) {
      count();
      byte == '(' ? text() : digits();
      isWhole = open.empty();
    } else if (byte == '<' || byte == '>' || byte == '[' || byte == ']') {
      bracket(byte);
    } else {
      ++index;
    }
  }

  bool isNext(char byte) const { return index + 1 < end && bytes[index + 1] == byte; }

  void count() {
    ++result.tokens;
    saysKind = false;
  }

  // A closing bracket without an opening one is skipped, as the most tolerant readers do.
  void bracket(char byte) {
    count();
    bool isDouble = (byte == '<' || byte == '>') && isNext(byte);
    index += isDouble ? 2 : 1;
    if (byte == '<' || byte == '[') return open.push_back(byte);
    bool closes = !open.empty() && (byte == ']' ? open.back() == '[' : isDouble && open.back() == '<');
    if (closes) open.pop_back();
    if (!closes) result.isClosed = false;
    isWhole = closes && open.empty();
  }

  void text() {
    int open = 0;
    for (; index < end; ++index) {
      char byte = bytes[index];
      if (byte == '\\') {
        if (++index >= end) return;
      } else if (byte == '(') {
        ++open;
      } else if (byte == ')' && --open == 0) {
        ++index;
        return;
      } else if (byte == '/') {
        note();
      }
    }
  }

  void digits() {
    for (++index; index < end && bytes[index] != '>'; ++index) {
      if (bytes[index] == '/') note();
    }
    if (index < end) ++index;
  }

  void comment() {
    for (; index < end && bytes[index] != '\n' && bytes[index] != '\r'; ++index) {
      if (bytes[index] == '/') note();
    }
  }

  void word() {
    size_t start = index;
    while (index < end && isRegular(bytes[index])) ++index;
    std::string_view word(bytes + start, index - start);
    if (saysKind && word[0] >= '+' && word[0] <= '9') result.matters = true;
    count();
    bool isStream = word == "stream";
    bool isEnd = isStream || word == "endobj" || word == "startxref";
    if (isEnd && !open.empty()) result.isClosed = false;
    // A reference consists of three words.
    if (open.empty() && (isEnd || isWhole || ++words == 4)) {
      result.isStream = isStream;
      isDone = true;
      if (!isStream) index = start;
    }
  }

  void name() {
    count();
    std::string_view name = note();
    ++index;
    while (index < end && isRegular(bytes[index])) ++index;
    saysKind = name == "S" || name == "Subtype" || name == "Type";
    isWhole = open.empty();
  }

  // Reads the name whose slash is at `index`; returns an empty name if it is longer than any relevant one.
  std::string_view note() {
    size_t size = 0;
    for (size_t at = index + 1; at < end && isRegular(bytes[at]); ++at) {
      if (size == sizeof buffer) return {};
      int high = at + 2 < end && bytes[at] == '#' ? hexadecimal(bytes[at + 1]) : -1;
      int low = high >= 0 ? hexadecimal(bytes[at + 2]) : -1;
      buffer[size] = low >= 0 ? static_cast<char>(high * 16 + low) : bytes[at];
      // Some readers end a name at a zero byte.
      if (buffer[size] == 0) break;
      ++size;
      if (low >= 0) at += 2;
    }
    std::string_view name(buffer, size);
    if (telling.count(name)) result.matters = true;
    if (name == "N") namesCount = true;
    if (name == "First") namesFirst = true;
    if (name == "Root") result.namesRoot = true;
    if (name == "W" || name == "XRef") result.mayHoldReferences = true;
    return name;
  }

  const char *bytes;
  size_t index;
  size_t end;
  Glance result;
  std::string open;  // the open brackets
  int words = 0;     // words outside brackets
  bool isWhole = false;
  bool isDone = false;
  bool saysKind = false;
  bool namesCount = false;
  bool namesFirst = false;
  char buffer[32];
};

}  // namespace

Glance glance(const char *bytes, size_t begin, size_t end) { return Look(bytes, begin, end).run(); }

}  // namespace cqpdf
