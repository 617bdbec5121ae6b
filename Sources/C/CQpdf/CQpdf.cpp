#include "CQpdf.h"

#include <malloc.h>

#include <exception>
#include <new>

#include "Examination.h"
#include "Qpdf.h"

static cqpdf_outcome examine(const void *bytes, size_t length, size_t most_objects, cqpdf_findings *findings) {
  try {
    cqpdf::Document document(static_cast<const char *>(bytes), length, most_objects);
    *findings = cqpdf::Examination(document).run();
    return CQPDF_READ;
  } catch (QPDFExc const &error) {
    bool locked = error.getErrorCode() == qpdf_e_password || error.getErrorCode() == qpdf_e_unsupported;
    return locked ? CQPDF_ENCRYPTED : CQPDF_DAMAGED;
  } catch (cqpdf::TooLarge const &) {
    return CQPDF_TOO_LARGE;
  } catch (std::bad_alloc const &) {
    return CQPDF_TOO_LARGE;
  } catch (cqpdf::Damaged const &) {
    return CQPDF_DAMAGED;
  } catch (std::exception const &) {
    return CQPDF_DAMAGED;
  }
}

extern "C" enum cqpdf_outcome cqpdf_examine(const void *bytes, size_t length, size_t most_objects,
                                            struct cqpdf_findings *findings) {
  cqpdf_outcome outcome = examine(bytes, length, most_objects, findings);
  // Hundreds of thousands of objects fragment the heap; without this call the process keeps its peak memory.
  malloc_trim(0);
  return outcome;
}
