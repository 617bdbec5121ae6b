#include "Unpacking.h"


#include "Survey.h"
#include "Qpdf.h"

namespace cqpdf {

namespace {

class Collector : public Pipeline {
 public:
  explicit Collector(size_t most) : Pipeline("collect", nullptr), most(most) {}
  void write(unsigned char const *data, size_t length) override {
    isOver = isOver || length > most - content.size();
    if (isOver) throw TooLarge();
    content.append(reinterpret_cast<char const *>(data), length);
  }
  void finish() override {}

  size_t most;
  bool isOver = false;
  std::string content;
};

int factor(QPDFObjectHandle parameters, char const *key) {
  QPDFObjectHandle value = parameters.getKey(key);
  if (value.isNull()) return 1;
  if (!value.isInteger() || value.getIntValue() < 1 || value.getIntValue() > 100'000) throw Damaged();
  return static_cast<int>(value.getIntValue());
}

void checkParameters(QPDFObjectHandle parameters) {
  if (!parameters.isDictionary()) return;
  constexpr long widest = 8 * 8192;
  long bits = long(factor(parameters, "/Columns")) * factor(parameters, "/Colors");
  if (bits > widest || bits * factor(parameters, "/BitsPerComponent") > widest) throw Damaged();
}

void checkFilters(QPDFObjectHandle dictionary) {
  QPDFObjectHandle filters = dictionary.getKey("/Filter");
  QPDFObjectHandle parameters = dictionary.getKey("/DecodeParms");
  if (!filters.isArray()) filters = QPDFObjectHandle::newArray({filters});
  if (!parameters.isArray()) parameters = QPDFObjectHandle::newArray({parameters});
  constexpr int longest = 4;
  if (filters.getArrayNItems() > longest || parameters.getArrayNItems() > longest) throw Damaged();
  int expanding = 0;
  for (int index = 0; index < filters.getArrayNItems(); ++index) {
    QPDFObjectHandle filter = filters.getArrayItem(index);
    std::string name = filter.isName() ? filter.getName() : "";
    bool shrinks = name.compare(0, 6, "/ASCII") == 0 || name == "/A85" || name == "/AHx" || name == "/Crypt";
    if (!filter.isNull() && !shrinks) ++expanding;
  }
  if (expanding > 1) throw Damaged();
  for (int index = 0; index < parameters.getArrayNItems(); ++index) checkParameters(parameters.getArrayItem(index));
}

}  // namespace

std::string unpack(QPDFObjectHandle stream, size_t most) {
  if (!stream.isStream()) throw Damaged();
  checkFilters(stream.getDict());
  Collector collector(most);
  bool isWhole = stream.pipeStreamData(&collector, 0, qpdf_dl_specialized, true, true);
  if (collector.isOver) throw TooLarge();
  if (!isWhole) throw Damaged();
  return std::move(collector.content);
}

}  // namespace cqpdf
