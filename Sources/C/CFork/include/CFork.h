#ifndef CFORK_H
#define CFORK_H

// Sends one byte with a copy of `descriptor` over the Unix socket `socket`, without waiting. Returns 0 or an errno.
int send_descriptor(int socket, int descriptor);

// Waits for one byte with a descriptor from the Unix socket `socket`. Returns the descriptor, which programs do not inherit;
// -1 at the end of the stream, and -2 after a message without exactly one descriptor or another error.
int receive_descriptor(int socket);

// Forks the calling process, which must have a single thread. The child is a child of the caller's parent, not of the caller:
// the parent that started the caller can wait for both. Returns 0 in the child, its process ID in the caller, or -1 with errno.
int fork_sibling(void);

#endif
