// libfcgi, and Linux calls that Swift cannot import (GNU extensions, enumerated flags).

#ifndef CFASTCGI_SHIM_H
#define CFASTCGI_SHIM_H

#include <fcgiapp.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

// Declared here, because defining _GNU_SOURCE in this module would give fd_set another layout than in Swift's Glibc
// module.
extern int accept4(int, struct sockaddr *, socklen_t *, int);
extern int dup3(int, int, int);
extern int memfd_create(const char *, unsigned int);

/// Accepts a connection; the new descriptor is closed on exec.
static inline int cfastcgi_accept(int listener) {
  return accept4(listener, (struct sockaddr *)0, (socklen_t *)0, SOCK_CLOEXEC);
}

/// Creates a file in memory, closed on exec.
static inline int cfastcgi_memory_file(void) { return memfd_create("fastcgi", 0x0001U /* MFD_CLOEXEC */); }

/// Makes `to` a duplicate of `from`, closed on exec; the previous file of `to` is closed.
static inline int cfastcgi_replace(int to, int from) { return dup3(from, to, O_CLOEXEC); }

/// Creates an eventfd, which stays readable once written.
static inline int cfastcgi_event(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

/// Creates a signalfd, which is readable while one of the blocked `signals` is pending.
static inline int cfastcgi_signals(const sigset_t *signals) {
  return signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static inline int cfastcgi_epoll(void) { return epoll_create1(EPOLL_CLOEXEC); }

/// Watches for input: once until watched again (`once`), or permanently. `again` changes an existing watch.
static inline int cfastcgi_watch(int epoll, int descriptor, int once, int again) {
  struct epoll_event event = {0};
  event.events = EPOLLIN | (once ? EPOLLONESHOT : 0);
  event.data.fd = descriptor;
  return epoll_ctl(epoll, again ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, descriptor, &event);
}

/// Waits for input and returns the descriptor that has it, or -1 after an error such as EINTR.
static inline int cfastcgi_next(int epoll) {
  struct epoll_event event = {0};
  return epoll_wait(epoll, &event, 1, -1) == 1 ? event.data.fd : -1;
}

#endif
