#include <expat.h>
#include <stddef.h>
#include <string.h>

// Tells of a few elements only: millions of others pass without leaving C.
struct cexpat_watch {
  const char *const *names;  // without namespaces, which the parser puts in front with `separator` between
  size_t count;
  char separator;
  void (*found)(void *context, const XML_Char *name, const XML_Char **attributes);
  void (*text)(void *context, const XML_Char *text, int length);
  int listens;  // whether the last tag was the start of one of them, so that text is its
  void *context;
};

static inline const XML_Char *cexpat_local(const XML_Char *name, char separator) {
  const XML_Char *last = strrchr(name, separator);
  return last == NULL ? name : last + 1;
}

static inline void cexpat_start(void *data, const XML_Char *name, const XML_Char **attributes) {
  struct cexpat_watch *watch = data;
  const XML_Char *local = cexpat_local(name, watch->separator);
  watch->listens = 0;
  for (size_t index = 0; index < watch->count; ++index) {
    if (strcmp(local, watch->names[index]) != 0) continue;
    watch->listens = 1;
    watch->found(watch->context, local, attributes);
  }
}

static inline void cexpat_end(void *data, const XML_Char *name) {
  (void)name;
  ((struct cexpat_watch *)data)->listens = 0;
}

static inline void cexpat_text(void *data, const XML_Char *text, int length) {
  const struct cexpat_watch *watch = data;
  if (watch->listens) watch->text(watch->context, text, length);
}

// `watch` is the parser's user data from here on, and must outlive it.
static inline void cexpat_install(XML_Parser parser, struct cexpat_watch *watch) {
  XML_SetUserData(parser, watch);
  XML_SetElementHandler(parser, cexpat_start, cexpat_end);
  XML_SetCharacterDataHandler(parser, cexpat_text);
}
