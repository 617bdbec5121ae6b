#ifndef CGSF_H
#define CGSF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What Documents needs of libgsf's reader of compound files, without its headers and its cast macros.

typedef struct cgsf_node cgsf_node;

// The root storage of a compound file; NULL where libgsf cannot read it. `bytes` must outlive every node.
cgsf_node *cgsf_open(const void *bytes, size_t length);

// How many nodes a storage holds; -1 for a stream.
int cgsf_count(cgsf_node *node);

// A node of a storage, which the caller releases; NULL where it is damaged.
cgsf_node *cgsf_child(cgsf_node *storage, int index);

// In UTF-8, for as long as the node lives; NULL where it has none.
const char *cgsf_name(cgsf_node *node);

// A storage's class identifier, as its 16 bytes stand in the file.
void cgsf_class(cgsf_node *storage, uint8_t identifier[16]);

// A stream's length, in bytes.
int64_t cgsf_length(cgsf_node *stream);

// Whether all `count` bytes from `offset` could be read into `buffer`.
bool cgsf_read(cgsf_node *stream, int64_t offset, uint8_t *buffer, size_t count);

void cgsf_release(cgsf_node *node);

#endif
