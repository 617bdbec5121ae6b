#ifndef CQPDF_UNPACKING_H
#define CQPDF_UNPACKING_H

#include <string>

#include "Qpdf.h"

namespace cqpdf {

// What a stream unpacks to. Throws TooLarge where that is more than `most` bytes, and Damaged where it cannot be
// unpacked, or is packed in a way in which no program packs objects: through more than one filter that expands, or with
// rows longer than any table has.
std::string unpack(QPDFObjectHandle stream, size_t most);

}  // namespace cqpdf

#endif
