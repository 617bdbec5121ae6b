// posix_spawn_file_actions_addclosefrom_np and POSIX_SPAWN_SETSID are GNU extensions, which Swift's Glibc module does
// not export.
#define _GNU_SOURCE
#include "CSpawn.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>

// Initialises the attributes of a child: no signal is blocked or ignored.
static int attributes_of(posix_spawnattr_t *attributes, short flags) {
  sigset_t none, all;
  int code = posix_spawnattr_init(attributes);
  if (code) return code;
  sigemptyset(&none);
  sigfillset(&all);
  (code = posix_spawnattr_setsigmask(attributes, &none)) || (code = posix_spawnattr_setsigdefault(attributes, &all)) ||
      (code = posix_spawnattr_setpgroup(attributes, 0)) ||
      (code = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | flags));
  if (code) posix_spawnattr_destroy(attributes);
  return code;
}

int spawn_with_socket(const char *path, char *const arguments[], char *const environment[], int end, int descriptor,
                      int *pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int code = posix_spawn_file_actions_init(&actions);
  if (code) return code;
  code = attributes_of(&attributes, POSIX_SPAWN_SETPGROUP);
  if (code) {
    posix_spawn_file_actions_destroy(&actions);
    return code;
  }
  (code = posix_spawn_file_actions_adddup2(&actions, end, descriptor)) ||
      (code = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0)) ||
      (code = posix_spawn_file_actions_adddup2(&actions, 0, 1)) ||
      (code = posix_spawn_file_actions_adddup2(&actions, 0, 2)) ||
      (code = posix_spawn_file_actions_addclosefrom_np(&actions, descriptor + 1)) ||
      (code = posix_spawn(pid, path, &actions, &attributes, arguments, environment));
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return code;
}

int spawn_detached(const char *path, char *const arguments[], char *const environment[], int errors, int *pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int code = posix_spawn_file_actions_init(&actions);
  if (code) return code;
  code = attributes_of(&attributes, POSIX_SPAWN_SETSID);
  if (code) {
    posix_spawn_file_actions_destroy(&actions);
    return code;
  }
  (code = posix_spawn_file_actions_adddup2(&actions, errors, 2)) ||
      (code = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0)) ||
      (code = posix_spawn_file_actions_adddup2(&actions, 0, 1)) ||
      (code = posix_spawn_file_actions_addclosefrom_np(&actions, 3)) ||
      (code = posix_spawn(pid, path, &actions, &attributes, arguments, environment));
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return code;
}
