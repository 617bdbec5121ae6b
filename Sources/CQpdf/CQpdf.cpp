#include "CQpdf.h"

// Its own pointer class is not used, and says so.
#define POINTERHOLDER_TRANSITION 4

#include <malloc.h>

#include <exception>
#include <new>
#include <qpdf/Pipeline.hh>
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFExc.hh>
#include <qpdf/QPDFObjectHandle.hh>
#include <qpdf/QPDFXRefEntry.hh>
#include <regex>
#include <set>
#include <string>

namespace {

// Source: https://opensource.adobe.com/dc-acrobat-sdk-docs/pdfstandards/PDF32000_2008.pdf (12.6.4, table 198)
const std::set<std::string> harmless = {"/GoTo", "/Named", "/Thread", "/Hide", "/SetOCGState", "/Trans", "/GoTo3DView",
                                        "/ResetForm"};
const std::set<std::string> active = {"/Launch", "/ImportData", "/RichMediaExecute"};

std::string name(QPDFObjectHandle object) { return object.isName() ? object.getName() : std::string(); }

// Whether a script only calls one of the functions by which forms write numbers and dates, as Acrobat's own do: a name
// that begins with AF, and nothing among its arguments but texts, numbers, truth values and lists.
bool formats(QPDFObjectHandle script) {
  if (!script.isString()) return false;
  std::string text = script.getUTF8Value();
  std::string bare;
  char quote = 0;
  for (size_t index = 0; index < text.size() && bare.size() < 500; ++index) {
    char character = text[index];
    if (quote != 0) {
      if (character == '\\') ++index;
      if (character == quote) quote = 0;
    } else if (character == '"' || character == '\'') {
      quote = character;
    } else {
      bare += character;
    }
  }
  static const std::regex call(
      "\\s*AF[A-Za-z]+_[A-Za-z]+\\s*\\((\\s|[0-9,.+-]|true|false|new Array|\\(|\\))*\\)\\s*;?\\s*");
  return quote == 0 && bare.size() < 500 && std::regex_match(bare, call);
}

// Counts what a stream unpacks to, and keeps nothing of it.
class Counter : public Pipeline {
 public:
  Counter() : Pipeline("count", nullptr) {}
  void write(unsigned char const *, size_t length) override {
    count += length;
    if (isOver()) throw std::bad_alloc();
  }
  void finish() override {}
  bool isOver() const { return count > most; }

 private:
  static constexpr size_t most = 256 << 20;
  size_t count = 0;
};

// Every stream of objects must unpack: qpdf itself takes the objects in one that does not for missing ones.
cqpdf_outcome unpack(QPDF &pdf) {
  std::set<int> streams;
  for (auto const &entry : pdf.getXRefTable()) {
    if (entry.second.getType() == 2) streams.insert(entry.second.getObjStreamNumber());
  }
  for (int stream : streams) {
    Counter counter;
    QPDFObjectHandle object = pdf.getObjectByID(stream, 0);
    bool unpacked = object.isStream() && object.pipeStreamData(&counter, 0, qpdf_dl_generalized, true, true);
    if (!unpacked) return counter.isOver() ? CQPDF_TOO_LARGE : CQPDF_DAMAGED;
  }
  return CQPDF_READ;
}

class Examination {
 public:
  explicit Examination(cqpdf_findings *findings) : findings(findings) {}

  // Everything in an object but what it refers to.
  void look(QPDFObjectHandle object, int depth) {
    // qpdf itself reads no deeper.
    if (depth > 510) return;
    if (object.isArray()) {
      int count = object.getArrayNItems();
      for (int index = 0; index < count; ++index) descend(object.getArrayItem(index), depth);
    } else if (object.isDictionary() || object.isStream()) {
      QPDFObjectHandle dictionary = object.isStream() ? object.getDict() : object;
      judge(dictionary);
      for (auto const &key : dictionary.getKeys()) {
        QPDFObjectHandle value = dictionary.getKey(key);
        judge(key, value);
        descend(value, depth);
      }
    }
  }

 private:
  void descend(QPDFObjectHandle child, int depth) {
    if (!child.isIndirect()) look(child, depth + 1);
  }

  void judge(QPDFObjectHandle dictionary) {
    std::string action = name(dictionary.getKey("/S"));
    std::string kind = name(dictionary.getKey("/Subtype"));
    if (active.count(action) || kind == "/RichMedia" || isScript(dictionary)) findings->acts = 1;
    if (action == "/SubmitForm") findings->submits = 1;
    if (kind == "/FileAttachment" || name(dictionary.getKey("/Type")) == "/EmbeddedFile") findings->attaches = 1;
  }

  void judge(std::string const &key, QPDFObjectHandle value) {
    if (key == "/JS") {
      if (value.isStream() || (value.isString() && !formats(value))) findings->acts = 1;
    } else if (key == "/XFA" || key == "/RichMediaContent" || key == "/OnInstantiate") {
      if (!value.isNull()) findings->acts = 1;
    } else if (key == "/OpenAction") {
      judgeTriggered(value);
    } else if (key == "/AA" && value.isDictionary()) {
      for (auto const &trigger : value.getKeys()) judgeTriggered(value.getKey(trigger));
    } else if (key == "/EF" || key == "/EmbeddedFiles") {
      if (value.isDictionary()) findings->attaches = 1;
    }
  }

  // An action that nobody asked for; a destination, which is an array, only shows a page.
  void judgeTriggered(QPDFObjectHandle value) {
    if (!value.isDictionary() || !value.hasKey("/S")) return;
    std::string action = name(value.getKey("/S"));
    if (action == "/JavaScript" ? isScript(value) : !harmless.count(action)) findings->acts = 1;
  }

  static bool isScript(QPDFObjectHandle action) {
    return name(action.getKey("/S")) == "/JavaScript" && !formats(action.getKey("/JS"));
  }

  cqpdf_findings *findings;
};

}  // namespace

static cqpdf_outcome examine(const void *bytes, size_t length, size_t most_objects, cqpdf_findings *findings) {
  try {
    QPDF pdf;
    pdf.setSuppressWarnings(true);
    pdf.processMemoryFile("upload", static_cast<const char *>(bytes), length);
    if (pdf.getXRefTable().size() > most_objects) return CQPDF_TOO_LARGE;
    cqpdf_outcome unpacked = unpack(pdf);
    if (unpacked != CQPDF_READ) return unpacked;
    Examination examination(findings);
    examination.look(pdf.getTrailer(), 0);
    // Reading a damaged object can make qpdf look for all of them anew.
    for (size_t seen = 0, round = 0; round < 3; ++round) {
      auto const objects = pdf.getXRefTable();
      if (objects.size() > most_objects) return CQPDF_TOO_LARGE;
      if (objects.size() == seen) break;
      seen = objects.size();
      for (auto const &entry : objects) examination.look(pdf.getObjectByObjGen(entry.first), 0);
    }
    return CQPDF_READ;
  } catch (QPDFExc const &error) {
    bool locked = error.getErrorCode() == qpdf_e_password || error.getErrorCode() == qpdf_e_unsupported;
    return locked ? CQPDF_ENCRYPTED : CQPDF_DAMAGED;
  } catch (std::bad_alloc const &) {
    return CQPDF_TOO_LARGE;
  } catch (std::exception const &) {
    return CQPDF_DAMAGED;
  }
}

extern "C" enum cqpdf_outcome cqpdf_examine(const void *bytes, size_t length, size_t most_objects,
                                            struct cqpdf_findings *findings) {
  cqpdf_outcome outcome = examine(bytes, length, most_objects, findings);
  // Hundreds of thousands of objects leave holes: without this, a process keeps for good what it once took.
  malloc_trim(0);
  return outcome;
}
