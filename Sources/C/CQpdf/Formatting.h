#ifndef CQPDF_FORMATTING_H
#define CQPDF_FORMATTING_H

#include <string>

namespace cqpdf {

// True if a script (as encoded in a PDF string) only calls one of Acrobat's functions that format numbers and dates in
// forms: a name that begins with AF, with arguments that are strings, numbers, booleans or arrays.
bool formats(std::string const &script);

}  // namespace cqpdf

#endif
