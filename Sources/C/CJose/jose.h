#pragma once
#include <jansson.h>
#include <jose/b64.h>
#include <jose/cfg.h>
#include <jose/jws.h>
#include <jose/openssl.h>

static void stowage_jose_silent(void *misc, const char *file, int line, uint64_t error, const char *format,
                                va_list arguments) {
  (void)misc, (void)file, (void)line, (void)error, (void)format, (void)arguments;
}

// Creates a configuration without error output; libjose would print each failed verification to standard error. The
// caller releases the result with jose_cfg_decref(); NULL if no memory is left.
static inline jose_cfg_t *stowage_jose_cfg(void) {
  jose_cfg_t *cfg = jose_cfg();
  if (cfg) jose_cfg_set_err_func(cfg, stowage_jose_silent, NULL);
  return cfg;
}
