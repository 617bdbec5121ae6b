#ifndef CSPAWN_H
#define CSPAWN_H

// Starts `path` with `end` as descriptor `descriptor`, /dev/null as 0, 1 and 2, and no other descriptor. No signal is
// blocked or ignored, and the child gets a new process group. Returns 0 or an errno.
int spawn_with_socket(const char *path, char *const arguments[], char *const environment[], int end, int descriptor,
                      int *pid);

// Starts `path` with /dev/null as 0 and 1, `errors` as 2, and no other descriptor. No signal is blocked or ignored, and
// the child gets a new session, so that it outlives the terminal. Returns 0 or an errno.
int spawn_detached(const char *path, char *const arguments[], char *const environment[], int errors, int *pid);

#endif
