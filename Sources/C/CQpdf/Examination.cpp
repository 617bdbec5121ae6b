#include "Examination.h"

#include "Formatting.h"

namespace cqpdf {

namespace {

// Source: https://opensource.adobe.com/dc-acrobat-sdk-docs/pdfstandards/PDF32000_2008.pdf (12.6.4, table 198), and for
// GoToDp https://developer.adobe.com/document-services/docs/assets/5b15559b96303194340b99820d3a70fa/PDF_ISO_32000-2.pdf
const std::set<std::string> harmless = {"/GoTo",      "/GoToDp", "/Named",      "/Thread",   "/Hide",
                                        "/SetOCGState", "/Trans",  "/GoTo3DView", "/ResetForm"};
const std::set<std::string> active = {"/Launch", "/ImportData", "/RichMediaExecute"};
// Named actions that change the view; other names are menu commands of a particular program. Source: the same
// (12.6.4.11, table 211)
const std::set<std::string> views = {"/NextPage", "/PrevPage", "/FirstPage", "/LastPage", "/GoBack", "/GoForward",
                                     "/Print",    "/FitPage",  "/FitWidth",  "/FitVisible", "/ActualSize",
                                     "/OneColumn", "/SinglePage", "/TwoColumns", "/TwoPages", "/FullScreen"};

std::string name(QPDFObjectHandle object) { return object.isName() ? object.getName() : std::string(); }

bool isReference(QPDFObjectHandle object) { return object.isIndirect(); }

// Returns a copy of an object without its identity as an indirect object.
QPDFObjectHandle bare(QPDFObjectHandle object) {
  if (object.isString()) return QPDFObjectHandle::newString(object.getStringValue());
  if (object.isStream()) return object.getDict();
  return object.isDictionary() || object.isArray() ? object.shallowCopy() : object;
}

}  // namespace

cqpdf_findings Examination::run() {
  for (auto const &place : document.all()) {
    if (place.matters) examine(place);
  }
  while (!open.empty()) {
    auto [number, question] = open.back();
    open.pop_back();
    answerAll(question, number);
  }
  return findings;
}

void Examination::examine(Place const &place) {
  // Readers disagree on where an unclosed object ends.
  if (!place.isClosed) throw Damaged();
  isUnclear = false;
  isScrambled = document.isEncrypted(place);
  look(document.read(place).value, 0);
  if (!isUnclear) return;
  isScrambled = false;
  QPDFObjectHandle object = document.decrypted(place);
  // An object that only some readers can decrypt may contain a script.
  if (object.isNull()) findings.acts = 1;
  look(object, 0);
}

void Examination::answerAll(Question question, int number) {
  auto [place, end] = document.versions(number);
  for (; place != end; ++place) {
    isUnclear = false;
    isScrambled = document.isEncrypted(*place);
    Reading reading = document.read(*place);
    answer(question, reading.value, reading.isStream);
    if (!isUnclear) continue;
    isScrambled = false;
    QPDFObjectHandle object = document.decrypted(*place);
    if (object.isNull()) findings.acts = 1;
    answer(question, bare(object), reading.isStream);
  }
}

// Examines an object recursively, without following references.
void Examination::look(QPDFObjectHandle object, int depth) {
  // qpdf itself parses at most 500 levels.
  if (depth > 510) return;
  if (object.isStream()) object = object.getDict();
  if (object.isArray()) {
    for (auto const &item : object.aitems()) {
      if (!isReference(item)) look(item, depth + 1);
    }
  } else if (object.isDictionary()) {
    judge(object);
    for (auto const &[key, value] : object.getDictAsMap()) {
      judge(key, value);
      if (!isReference(value)) look(value, depth + 1);
    }
  }
}

void Examination::judge(QPDFObjectHandle dictionary) {
  if (has(dictionary, "/S")) ask(isAction, dictionary.getKey("/S"));
  if (has(dictionary, "/Subtype")) ask(isKind, dictionary.getKey("/Subtype"));
  if (has(dictionary, "/Type")) ask(isKind, dictionary.getKey("/Type"));
  // A JavaScript action without a script.
  if (name(dictionary.getKey("/S")) == "/JavaScript" && !has(dictionary, "/JS")) findings.acts = 1;
}

void Examination::judge(std::string const &key, QPDFObjectHandle value) {
  if (key == "/JS") {
    ask(isScript, value);
  } else if (key == "/XFA" || key == "/RichMediaContent" || key == "/OnInstantiate" || key == "/Navigator") {
    ask(isThere, value);
  } else if (key == "/OpenAction") {
    ask(isTriggered, value);
  } else if (key == "/AA") {
    ask(isTriggers, value);
  } else if (key == "/JavaScript") {
    ask(isScripts, value);
  } else if (key == "/EF" || key == "/EmbeddedFiles") {
    ask(isAttached, value);
  }
}

// Each question about an object is asked once, so that cyclic chains end.
void Examination::ask(Question question, QPDFObjectHandle value) {
  if (!isReference(value)) return answer(question, value, false);
  std::pair<int, Question> key(value.getObjectID(), question);
  if (asked.insert(key).second) open.push_back(key);
}

void Examination::answer(Question question, QPDFObjectHandle value, bool isStream) {
  // The object consists of a reference only.
  if (isReference(value)) return ask(question, value);
  switch (question) {
    case isAction:
      if (active.count(name(value))) findings.acts = 1;
      if (name(value) == "/SubmitForm") findings.submits = 1;
      break;
    case isKind:
      if (name(value) == "/RichMedia") findings.acts = 1;
      if (name(value) == "/FileAttachment" || name(value) == "/EmbeddedFile") findings.attaches = 1;
      break;
    case isTriggeredAction:
      if (value.isName() && !harmless.count(value.getName())) findings.acts = 1;
      break;
    case isTriggered:
      if (value.isArray()) {
        for (auto const &item : value.aitems()) ask(isTriggered, item);
      } else if (value.isDictionary()) {
        judgeTriggered(value);
      }
      break;
    case isTriggers:
      if (!value.isDictionary()) break;
      for (auto const &[key, action] : value.getDictAsMap()) ask(isTriggered, action);
      break;
    case isScript:
      if (isScrambled && value.isString()) {
        isUnclear = true;
      } else if (isStream || (value.isString() && !formats(value.getStringValue()))) {
        findings.acts = 1;
      }
      break;
    case isScripts:
      if (!value.isDictionary()) break;
      ask(isTriggered, value.getKey("/Names"));
      ask(isBranches, value.getKey("/Kids"));
      break;
    case isBranches:
      if (!value.isArray()) break;
      for (auto const &branch : value.aitems()) ask(isScripts, branch);
      break;
    case isThere:
      if (isStream || !value.isNull()) findings.acts = 1;
      break;
    case isAttached:
      if (value.isDictionary()) findings.attaches = 1;
      break;
  }
}

// Judges an action that runs without a user's request. A destination, which is an array, only shows a page.
void Examination::judgeTriggered(QPDFObjectHandle action) {
  QPDFObjectHandle kind = action.getKey("/S");
  if (isReference(kind)) {
    ask(isTriggeredAction, kind);
  } else if (kind.isName() && name(kind) != "/JavaScript") {
    bool leaves = name(kind) == "/Thread" && has(action, "/F");
    bool commands = name(kind) == "/Named" && !views.count(name(action.getKey("/N")));
    if (leaves || commands || !harmless.count(name(kind))) findings.acts = 1;
  }
  if (has(action, "/Next")) ask(isTriggered, action.getKey("/Next"));
}

}  // namespace cqpdf
