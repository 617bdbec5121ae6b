#include "Formatting.h"
#include "Qpdf.h"

#include <string_view>

namespace cqpdf {

namespace {

class Call {
 public:
  explicit Call(std::string const &text) : text(text) {}

  bool isFormatting() {
    skipSpace();
    if (!take("AF") || !letters() || !take("_") || !letters()) return false;
    skipSpace();
    if (!take("(")) return false;
    size_t open = 1;
    while (open > 0) {
      skipSpace();
      if (take("(")) {
        ++open;
      } else if (take(")")) {
        --open;
      } else if (!argument()) {
        return false;
      }
    }
    skipSpace();
    take(";");
    skipSpace();
    return index == text.size();
  }

 private:
  bool argument() {
    if (index >= text.size()) return false;
    if (std::string_view("0123456789,.+-").find(text[index]) != std::string_view::npos) return ++index > 0;
    return quoted() || take("true") || take("false") || take("new Array");
  }

  bool quoted() {
    char quote = text[index];
    if (quote != '"' && quote != '\'') return false;
    for (++index; index < text.size(); ++index) {
      if (text[index] == quote) return ++index > 0;
      if (text[index] == '\\') ++index;
    }
    return false;
  }

  bool take(std::string_view word) {
    if (text.compare(index, word.size(), word) != 0) return false;
    index += word.size();
    return true;
  }

  bool letters() {
    size_t start = index;
    while (index < text.size() && ((text[index] | 0x20) >= 'a' && (text[index] | 0x20) <= 'z')) ++index;
    return index > start;
  }

  void skipSpace() {
    while (index < text.size() && (text[index] == ' ' || (text[index] >= '\t' && text[index] <= '\r'))) ++index;
  }

  std::string const &text;
  size_t index = 0;
};

}  // namespace

bool formats(std::string const &script) {
  // Only the two encodings of PDF strings that Acrobat uses are accepted: readers may decode a string in another
  // encoding differently.
  constexpr size_t longest = 10'000;
  bool isForeign = script.compare(0, 2, "\xFF\xFE") == 0 || script.compare(0, 3, "\xEF\xBB\xBF") == 0;
  if (script.size() > longest || isForeign) return false;
  std::string text = QPDFObjectHandle::newString(script).getUTF8Value();
  return Call(text).isFormatting();
}

}  // namespace cqpdf
