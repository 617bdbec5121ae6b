#include "Ambiguity.h"

#include <set>

namespace cqpdf {

namespace {

// The keys that lead to actions or attachments. Legitimate programs also write other keys twice, such as boxes, names
// of fonts and types.
const std::set<std::string> leading = {
    "/3DD", "/A", "/AA", "/AcroForm", "/Activation", "/Annots", "/B", "/Catalog", "/Collection", "/Dests", "/EF",
    "/EmbeddedFiles", "/Encrypt", "/F", "/Fields", "/First", "/JS", "/JavaScript", "/K", "/Kids", "/Last", "/N",
    "/Names", "/Navigator", "/Next", "/OnInstantiate", "/OpenAction", "/Outlines", "/PA", "/Pages", "/Parent",
    "/Popup", "/Prev", "/RichMediaContent", "/RichMediaSettings", "/Root", "/S", "/Subtype", "/URI", "/Win", "/XFA",
};

const char *const disorder[] = {
    "unexpected",        "unknown token",           "treating", "too many errors", "ignoring excessively deeply",
    "ended prematurely", "expected dictionary key", "EOF",      "parse error",     "invalid character",
    "null character",
};

}  // namespace

bool isAmbiguous(std::string const &warning, bool isListed) {
  static const std::string twice = "dictionary has duplicated key ";
  if (warning.compare(0, twice.size(), twice) == 0) {
    return leading.count(warning.substr(twice.size(), warning.find(';') - twice.size())) > 0;
  }
  if (!isListed) return false;
  for (auto word : disorder) {
    if (warning.find(word) != std::string::npos) return true;
  }
  return false;
}

}  // namespace cqpdf
