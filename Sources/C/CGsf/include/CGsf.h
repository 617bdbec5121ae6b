#ifndef CGSF_H
#define CGSF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The parts of libgsf's reader of compound files (OLE2) that the module Documents uses, without libgsf's headers and
// cast macros.

typedef struct cgsf_node cgsf_node;

// Opens the root storage of a compound file; NULL if libgsf cannot read the file. `bytes` must outlive every node.
cgsf_node *cgsf_open(const void *bytes, size_t length);

// Returns the number of nodes in a storage; -1 for a stream.
int cgsf_count(cgsf_node *node);

// Returns a node of a storage, which the caller releases; NULL if the node is damaged.
cgsf_node *cgsf_child(cgsf_node *storage, int index);

// Returns the name of a node in UTF-8, valid as long as the node; NULL if the node has no name.
const char *cgsf_name(cgsf_node *node);

// Copies the class identifier of a storage, in the byte order of the file.
void cgsf_class(cgsf_node *storage, uint8_t identifier[16]);

// Returns the length of a stream, in bytes.
int64_t cgsf_length(cgsf_node *stream);

// Reads `count` bytes from `offset` into `buffer`; returns false if any of them is missing or damaged.
bool cgsf_read(cgsf_node *stream, int64_t offset, uint8_t *buffer, size_t count);

void cgsf_release(cgsf_node *node);

#endif
