#ifndef CSPAWN_H
#define CSPAWN_H

// Starts `path` with `end` as descriptor `descriptor`, /dev/null as 0, 1 and 2, and no other descriptor; no signal
// blocked or ignored; in a process group of its own. Answers 0, or an errno.
int spawn_with_socket(const char *path, char *const arguments[], char *const environment[], int end, int descriptor,
                      int *pid);

// Starts `path` with /dev/null as 0 and 1, `errors` as 2, and no other descriptor; no signal blocked or ignored; in a
// session of its own, so that it outlives the terminal. Answers 0, or an errno.
int spawn_detached(const char *path, char *const arguments[], char *const environment[], int errors, int *pid);

#endif
