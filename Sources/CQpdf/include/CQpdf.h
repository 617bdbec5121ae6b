#ifndef CQPDF_H
#define CQPDF_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// What Documents needs of qpdf, which is C++.

enum cqpdf_outcome {
  CQPDF_READ,       // every object was looked at
  CQPDF_DAMAGED,    // no structure that qpdf can read or mend
  CQPDF_ENCRYPTED,  // opens with a password only
  CQPDF_TOO_LARGE   // more objects than allowed, or unpacks to more than there is memory for
};

struct cqpdf_findings {
  int acts;      // scripts, programs to start, and other actions that do more than turn pages or follow a link
  int attaches;  // attached files
  int submits;   // forms that are sent somewhere when somebody presses their button
};

// Looks at every object of a PDF, inside object streams too, and finds what it does besides being looked at.
enum cqpdf_outcome cqpdf_examine(const void *bytes, size_t length, size_t most_objects,
                                 struct cqpdf_findings *findings);

#ifdef __cplusplus
}
#endif

#endif
