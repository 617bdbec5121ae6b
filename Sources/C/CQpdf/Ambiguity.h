#ifndef CQPDF_AMBIGUITY_H
#define CQPDF_AMBIGUITY_H

#include <string>

namespace cqpdf {

// Whether a warning of qpdf's says that readers may disagree about what an object is: a key that leads to actions
// stands twice in a dictionary, or, in an object that readers are sent to, the text is no object.
bool isAmbiguous(std::string const &warning, bool isListed);

}  // namespace cqpdf

#endif
