#ifndef CQPDF_H
#define CQPDF_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// The interface to qpdf, a C++ library, for the module Documents.

enum cqpdf_outcome {
  CQPDF_READ,       // every object was examined
  CQPDF_DAMAGED,    // no page tree, unreadable for qpdf, or ambiguous between readers
  CQPDF_ENCRYPTED,  // needs a password
  CQPDF_TOO_LARGE   // more objects or values than allowed
};

struct cqpdf_findings {
  int acts;      // scripts, programs to start, and actions that leave the document without a user's request
  int attaches;  // attached files
  int submits;   // forms that are submitted when a user presses their button
};

// Examines every version of every object of a PDF, also inside object streams and outside cross-reference tables, for
// active content and attachments. Time and memory are linear in the length of the file.
enum cqpdf_outcome cqpdf_examine(const void *bytes, size_t length, size_t most_objects,
                                 struct cqpdf_findings *findings);

#ifdef __cplusplus
}
#endif

#endif
