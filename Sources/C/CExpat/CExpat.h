#include <expat.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { CEXPAT_MAXIMUM_DEPTH = 1000, CEXPAT_MAXIMUM_NAMESPACE = 512 };

// The content of an element that the reader needs.
enum cexpat_interest {
  CEXPAT_NOTHING,
  CEXPAT_TEXT,   // its text; each element inside it is a scope
  CEXPAT_SCOPE,  // a call of `left` at its end
};

// Reports selected elements and attributes only: millions of others are skipped inside C. Names have the form in which
// expat expands them: namespace, `separator`, local name; without a namespace only the local name.
struct cexpat_watch {
  const char *const *elements;  // local names
  size_t element_count;
  const char *const *attributes;  // local names of attributes, of any element
  size_t attribute_count;
  // The namespaces of the wanted elements; the namespace of the root element is always one of them. Elements of other
  // namespaces are scopes: a reader may skip them with all their content. Empty if no scopes are needed.
  const char *const *homes;
  size_t home_count;
  char separator;
  void *context;
  enum cexpat_interest (*found)(void *context, size_t index, const XML_Char *name, const XML_Char **attributes);
  void (*attribute)(void *context, size_t index, const XML_Char *name, const XML_Char *value);
  void (*text)(void *context, const XML_Char *text, int length);
  void (*left)(void *context);  // the innermost entered scope has ended

  XML_Parser parser;
  char *root;
  size_t root_length;
  int depth;
  int listens;  // the depth of the outermost open element whose text is wanted; 0 if there is none
  int scopes[2 * CEXPAT_MAXIMUM_DEPTH];  // the depths of the open scopes
  int scope_count;
  int entered;  // how many of these scopes, from the outermost, were reported to `context`
  size_t work;  // the estimated work of expat besides reading bytes, in nanoseconds on a processor of 2020
  int refused;
};

static inline void cexpat_refuse(struct cexpat_watch *watch) {
  watch->refused = 1;
  XML_StopParser(watch->parser, XML_FALSE);
}

static inline const XML_Char *cexpat_local(const XML_Char *name, char separator) {
  const XML_Char *last = strrchr(name, separator);
  return last == NULL ? name : last + 1;
}

// Returns the length of the namespace in front of a name.
static inline size_t cexpat_namespace_length(const XML_Char *name, const XML_Char *local) {
  return local == name ? 0 : (size_t)(local - name) - 1;
}

static inline int cexpat_is_home(const struct cexpat_watch *watch, const XML_Char *name, size_t length) {
  if (length == watch->root_length && memcmp(name, watch->root, length) == 0) return 1;
  for (size_t index = 0; index < watch->home_count; ++index) {
    if (strlen(watch->homes[index]) == length && memcmp(name, watch->homes[index], length) == 0) return 1;
  }
  return 0;
}

static inline void cexpat_look_at_attributes(struct cexpat_watch *watch, const XML_Char **attributes) {
  for (size_t index = 0; attributes[index] != NULL; index += 2) {
    const XML_Char *local = cexpat_local(attributes[index], watch->separator);
    watch->work += 60 + 3 * (size_t)(local - attributes[index]);
    for (size_t wanted = 0; wanted < watch->attribute_count; ++wanted) {
      if (strcmp(local, watch->attributes[wanted]) != 0) continue;
      watch->attribute(watch->context, wanted, attributes[index], attributes[index + 1]);
    }
  }
}

static inline void cexpat_start(void *data, const XML_Char *name, const XML_Char **attributes) {
  struct cexpat_watch *watch = data;
  const XML_Char *local = cexpat_local(name, watch->separator);
  size_t length = cexpat_namespace_length(name, local);
  watch->work += 110 + length / 8;
  if (++watch->depth >= CEXPAT_MAXIMUM_DEPTH) return cexpat_refuse(watch);
  if (watch->root == NULL) {
    watch->root = strndup(name, length);
    watch->root_length = length;
  }
  if (watch->home_count > 0 && (watch->listens || !cexpat_is_home(watch, name, length))) {
    watch->scopes[watch->scope_count++] = watch->depth;
  }
  cexpat_look_at_attributes(watch, attributes);
  for (size_t index = 0; index < watch->element_count; ++index) {
    if (strcmp(local, watch->elements[index]) != 0) continue;
    enum cexpat_interest interest = watch->found(watch->context, index, name, attributes);
    if (interest == CEXPAT_TEXT && watch->listens == 0) watch->listens = watch->depth;
    if (interest == CEXPAT_SCOPE) {
      watch->scopes[watch->scope_count++] = watch->depth;
      watch->entered = watch->scope_count;
    }
    return;
  }
}

static inline void cexpat_end(void *data, const XML_Char *name) {
  struct cexpat_watch *watch = data;
  (void)name;
  while (watch->scope_count > 0 && watch->scopes[watch->scope_count - 1] == watch->depth) {
    --watch->scope_count;
    if (watch->entered <= watch->scope_count) continue;
    watch->entered = watch->scope_count;
    watch->left(watch->context);
  }
  if (watch->listens == watch->depth--) watch->listens = 0;
}

static inline void cexpat_text(void *data, const XML_Char *text, int length) {
  const struct cexpat_watch *watch = data;
  if (watch->listens) watch->text(watch->context, text, length);
}

static inline void cexpat_declare(void *data, const XML_Char *prefix, const XML_Char *uri) {
  struct cexpat_watch *watch = data;
  (void)prefix;
  watch->work += 150;
  // expat copies the namespace in front of every name that has it.
  if (uri != NULL && strlen(uri) > CEXPAT_MAXIMUM_NAMESPACE) cexpat_refuse(watch);
}

// Installs the callbacks. `watch` becomes the parser's user data and must outlive the parser.
static inline void cexpat_install(XML_Parser parser, struct cexpat_watch *watch) {
  watch->parser = parser;
  XML_SetUserData(parser, watch);
  XML_SetElementHandler(parser, cexpat_start, cexpat_end);
  XML_SetCharacterDataHandler(parser, cexpat_text);
  XML_SetStartNamespaceDeclHandler(parser, cexpat_declare);
}
