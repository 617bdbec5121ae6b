// posix_spawn_file_actions_addclosefrom_np is a GNU extension, which Swift's Glibc module does not show.
#define _GNU_SOURCE
#include "CSpawn.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>

int spawn_with_socket(const char *path, char *const arguments[], char *const environment[], int end, int descriptor,
                      int *pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, all;
  int code = posix_spawn_file_actions_init(&actions);
  if (code) return code;
  code = posix_spawnattr_init(&attributes);
  if (code) {
    posix_spawn_file_actions_destroy(&actions);
    return code;
  }
  sigemptyset(&none);
  sigfillset(&all);
  const short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;
  (code = posix_spawn_file_actions_adddup2(&actions, end, descriptor)) ||
      (code = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0)) ||
      (code = posix_spawn_file_actions_adddup2(&actions, 0, 1)) ||
      (code = posix_spawn_file_actions_adddup2(&actions, 0, 2)) ||
      (code = posix_spawn_file_actions_addclosefrom_np(&actions, descriptor + 1)) ||
      (code = posix_spawnattr_setsigmask(&attributes, &none)) ||
      (code = posix_spawnattr_setsigdefault(&attributes, &all)) ||
      (code = posix_spawnattr_setpgroup(&attributes, 0)) ||
      (code = posix_spawnattr_setflags(&attributes, flags)) ||
      (code = posix_spawn(pid, path, &actions, &attributes, arguments, environment));
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return code;
}
