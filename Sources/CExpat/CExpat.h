#include <expat.h>
#include <stddef.h>
#include <string.h>

// Tells of a few elements only: millions of others pass without leaving C.
struct cexpat_watch {
  const char *const *names;  // without namespaces, which the parser puts in front with `separator` between
  size_t count;
  char separator;
  void (*found)(void *context, const XML_Char *name, const XML_Char **attributes);
  void *context;
};

static inline const XML_Char *cexpat_local(const XML_Char *name, char separator) {
  const XML_Char *last = strrchr(name, separator);
  return last == NULL ? name : last + 1;
}

static inline void cexpat_start(void *data, const XML_Char *name, const XML_Char **attributes) {
  const struct cexpat_watch *watch = data;
  const XML_Char *local = cexpat_local(name, watch->separator);
  for (size_t index = 0; index < watch->count; ++index) {
    if (strcmp(local, watch->names[index]) == 0) watch->found(watch->context, local, attributes);
  }
}

// `watch` is the parser's user data from here on, and must outlive it.
static inline void cexpat_install(XML_Parser parser, struct cexpat_watch *watch) {
  XML_SetUserData(parser, watch);
  XML_SetStartElementHandler(parser, cexpat_start);
}
