#ifndef CQPDF_UNPACKING_H
#define CQPDF_UNPACKING_H

#include <string>

#include "Qpdf.h"

namespace cqpdf {

// Unpacks a stream. Throws TooLarge if the result exceeds `most` bytes. Throws Damaged if the stream cannot be
// unpacked, or is packed as no program packs object streams: through several filters that expand data, or with longer
// rows than any cross-reference table has.
std::string unpack(QPDFObjectHandle stream, size_t most);

}  // namespace cqpdf

#endif
