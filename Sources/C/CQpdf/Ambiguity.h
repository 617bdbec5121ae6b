#ifndef CQPDF_AMBIGUITY_H
#define CQPDF_AMBIGUITY_H

#include <string>

namespace cqpdf {

// True if a warning of qpdf means that readers may interpret an object differently: a dictionary repeats a key that
// leads to actions, or an object that a cross-reference table or object stream lists (`isListed`) is malformed.
bool isAmbiguous(std::string const &warning, bool isListed);

}  // namespace cqpdf

#endif
