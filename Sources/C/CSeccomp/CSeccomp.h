#include <errno.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>

// Wrappers of variadic functions and function-like macros, which Swift cannot import.

static inline uint32_t seccomp_action_errno(int code) { return SCMP_ACT_ERRNO(code); }

static inline int seccomp_allow(scmp_filter_ctx filter, int call) {
  return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 0, NULL);
}

// Allows `call` if (argument & mask) == value.
static inline int seccomp_allow_masked(scmp_filter_ctx filter, int call, unsigned int argument, uint64_t mask,
                                       uint64_t value) {
  struct scmp_arg_cmp condition = {argument, SCMP_CMP_MASKED_EQ, mask, value};
  return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &condition);
}

static inline int seccomp_answer(scmp_filter_ctx filter, int call, int code) {
  return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(code), call, 0, NULL);
}

// The flag of clone() that creates a thread instead of a process.
static inline uint64_t clone_thread(void) { return CLONE_THREAD; }

// The flags of clone() with which a fork server makes a child of its parent.
static inline uint64_t clone_sibling(void) { return CLONE_PARENT | SIGCHLD; }

static inline int process_forbid_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

static inline int process_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
