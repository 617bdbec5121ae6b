#ifndef CQPDF_EXAMINATION_H
#define CQPDF_EXAMINATION_H

#include <set>
#include <utility>

#include "CQpdf.h"
#include "Document.h"

namespace cqpdf {

// Finds what a document does besides being looked at: in every object by itself, and in the chains of actions that
// nobody asks for.
class Examination {
 public:
  explicit Examination(Document &document) : document(document) {}

  cqpdf_findings run();

 private:
  // What another object is asked for, when only a reference to it has been seen.
  enum Question {
    isAction,           // an action's kind
    isTriggered,        // an action, or a list of them, that nobody asks for
    isTriggeredAction,  // the kind of such an action
    isTriggers,         // a dictionary of such actions
    isScripts,          // a tree of actions by name, which all run when the document is opened
    isBranches,         // the branches of such a tree
    isScript,           // a script's text
    isKind,             // an annotation's or a stream's kind
    isThere,            // anything at all that acts
    isAttached,         // attached files
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
  bool isUnclear = false;    // an encrypted script was seen
  bool isScrambled = false;  // strings are encrypted
};

}  // namespace cqpdf

#endif
