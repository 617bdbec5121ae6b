#ifndef CQPDF_EXAMINATION_H
#define CQPDF_EXAMINATION_H

#include <set>
#include <utility>

#include "CQpdf.h"
#include "Document.h"

namespace cqpdf {

// Finds active content and attachments: in every object by itself, and along chains of actions that run without a
// user's request.
class Examination {
 public:
  explicit Examination(Document &document) : document(document) {}

  cqpdf_findings run();

 private:
  // A question about an object of which only a reference has been seen.
  enum Question {
    isAction,           // is it the type of an active action?
    isTriggered,        // is it an action, or a list of actions, that runs without a user's request?
    isTriggeredAction,  // is it the type of such an action?
    isTriggers,         // is it a dictionary of such actions?
    isScripts,          // is it a name tree of actions, which all run when the document is opened?
    isBranches,         // is it the list of branches of such a tree?
    isScript,           // is it the text of a script?
    isKind,             // is it the type of an annotation or stream?
    isThere,            // does it exist? (a value that is always active)
    isAttached,         // is it a set of attached files?
  };

  void look(QPDFObjectHandle object, int depth);
  void judge(QPDFObjectHandle dictionary);
  void judge(std::string const &key, QPDFObjectHandle value);
  void judgeTriggered(QPDFObjectHandle action);
  void ask(Question question, QPDFObjectHandle value);
  void answer(Question question, QPDFObjectHandle value, bool isStream);
  void answerAll(Question question, int number);
  void examine(Place const &place);

  Document &document;
  cqpdf_findings findings = {0, 0, 0};
  std::set<std::pair<int, Question>> asked;
  std::vector<std::pair<int, Question>> open;
  bool isUnclear = false;    // an encrypted script was found
  bool isScrambled = false;  // strings are encrypted
};

}  // namespace cqpdf

#endif
