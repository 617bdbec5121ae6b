#include "CGsf.h"

#include <gsf/gsf.h>
#include <string.h>

// libgsf skips unreadable content with a log message only; here such a message counts as damage.
static _Thread_local bool complained;

static void complain(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data) {
  (void)domain, (void)level, (void)message, (void)data;
  complained = true;
}

static gpointer start(gpointer data) {
  gsf_init();
  GLogLevelFlags levels = G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING;
  g_log_set_handler("libgsf:msole", levels, complain, NULL);
  g_log_set_handler("libgsf", levels, complain, NULL);
  return data;
}

cgsf_node *cgsf_open(const void *bytes, size_t length) {
  static GOnce once = G_ONCE_INIT;
  g_once(&once, start, NULL);
  GsfInput *input = gsf_input_memory_new(bytes, (gsf_off_t)length, FALSE);
  if (input == NULL) return NULL;
  complained = false;
  GsfInfile *root = gsf_infile_msole_new(input, NULL);
  g_object_unref(input);
  if (root != NULL && complained) {
    g_object_unref(root);
    return NULL;
  }
  return (cgsf_node *)root;
}

int cgsf_count(cgsf_node *node) { return GSF_IS_INFILE(node) ? gsf_infile_num_children(GSF_INFILE(node)) : -1; }

cgsf_node *cgsf_child(cgsf_node *storage, int index) {
  return (cgsf_node *)gsf_infile_child_by_index(GSF_INFILE(storage), index);
}

const char *cgsf_name(cgsf_node *node) { return gsf_input_name(GSF_INPUT(node)); }

void cgsf_class(cgsf_node *storage, uint8_t identifier[16]) {
  memset(identifier, 0, 16);
  gsf_infile_msole_get_class_id(GSF_INFILE_MSOLE(storage), identifier);
}

int64_t cgsf_length(cgsf_node *stream) { return gsf_input_size(GSF_INPUT(stream)); }

bool cgsf_read(cgsf_node *stream, int64_t offset, uint8_t *buffer, size_t count) {
  GsfInput *input = GSF_INPUT(stream);
  complained = false;
  bool is_read = gsf_input_seek(input, offset, G_SEEK_SET) == FALSE && gsf_input_read(input, count, buffer) != NULL;
  return is_read && !complained;
}

void cgsf_release(cgsf_node *node) { g_object_unref(node); }
