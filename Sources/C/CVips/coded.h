#ifndef CVIPS_CODED_INTERNAL_H
#define CVIPS_CODED_INTERNAL_H

#include "Coded.h"

struct cvips_coded {
  struct cvips_coded_facts facts;
  const uint8_t *planes[3];
  ptrdiff_t strides[3];     // bytes
  int across, down;         // log2 of the subsampling of chroma
  void *decoder;
  void (*release)(struct cvips_coded *);
};

#endif
