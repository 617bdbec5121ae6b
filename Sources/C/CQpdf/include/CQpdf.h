#ifndef CQPDF_H
#define CQPDF_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// What Documents needs of qpdf, which is C++.

enum cqpdf_outcome {
  CQPDF_READ,       // every object was looked at
  CQPDF_DAMAGED,    // nothing to show, or what qpdf cannot read, or what two readers would read differently
  CQPDF_ENCRYPTED,  // opens with a password only
  CQPDF_TOO_LARGE   // more objects than allowed, or more in them than any honest document has
};

struct cqpdf_findings {
  int acts;      // scripts, programs to start, and actions that leave the document by themselves
  int attaches;  // attached files
  int submits;   // forms that are sent somewhere when somebody presses their button
};

// Looks at every version of every object of a PDF, inside object streams too, whether a table leads to it or not, and
// finds what it does besides being looked at. Time and memory are linear in its length.
enum cqpdf_outcome cqpdf_examine(const void *bytes, size_t length, size_t most_objects,
                                 struct cqpdf_findings *findings);

#ifdef __cplusplus
}
#endif

#endif
