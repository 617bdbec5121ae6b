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
  void (*formula)(void *context, const XML_Char *value);  // of an attribute of any element; NULL where none is looked for
  int depth;
  int listens;  // the depth of the outermost of them that is open, whose text is wanted, whatever stands between; or 0
  void *context;
};

static inline const XML_Char *cexpat_local(const XML_Char *name, char separator) {
  const XML_Char *last = strrchr(name, separator);
  return last == NULL ? name : last + 1;
}

static inline void cexpat_start(void *data, const XML_Char *name, const XML_Char **attributes) {
  struct cexpat_watch *watch = data;
  const XML_Char *local = cexpat_local(name, watch->separator);
  ++watch->depth;
  for (size_t index = 0; watch->formula != NULL && attributes[index] != NULL; index += 2) {
    const XML_Char *attribute = cexpat_local(attributes[index], watch->separator);
    if (strcmp(attribute, "formula") != 0 && strcmp(attribute, "expression") != 0) continue;
    watch->formula(watch->context, attributes[index + 1]);
  }
  for (size_t index = 0; index < watch->count; ++index) {
    if (strcmp(local, watch->names[index]) != 0) continue;
    if (watch->listens == 0) watch->listens = watch->depth;
    watch->found(watch->context, local, attributes);
  }
}

static inline void cexpat_end(void *data, const XML_Char *name) {
  struct cexpat_watch *watch = data;
  (void)name;
  if (watch->listens == watch->depth--) watch->listens = 0;
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
