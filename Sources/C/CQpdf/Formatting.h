#ifndef CQPDF_FORMATTING_H
#define CQPDF_FORMATTING_H

#include <string>

namespace cqpdf {

// Whether a script, as it stands in a PDF's string, only calls one of the functions by which forms write numbers and
// dates, as Acrobat's own do: a name that begins with AF, and nothing among its arguments but texts, numbers, truth
// values and lists.
bool formats(std::string const &script);

}  // namespace cqpdf

#endif
