// struct ucred and the flags of clone() are GNU extensions, which Swift's Glibc module does not export.
#define _GNU_SOURCE
#include "CFork.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// Room for the header of a control message with one descriptor, aligned as the kernel expects it.
union room {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};

int send_descriptor(int socket, int descriptor) {
  char byte = 0;
  union room room;
  memset(&room, 0, sizeof room);
  struct iovec part = {.iov_base = &byte, .iov_len = 1};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = room.bytes, .msg_controllen = sizeof room.bytes};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  ssize_t sent;
  do sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  return sent == 1 ? 0 : errno;
}

int receive_descriptor(int socket) {
  char byte;
  union room room;
  struct iovec part = {.iov_base = &byte, .iov_len = 1};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = room.bytes, .msg_controllen = sizeof room.bytes};
  ssize_t received;
  do received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (received < 0 && errno == EINTR);
  if (received == 0) return -1;
  struct cmsghdr *header = received == 1 ? CMSG_FIRSTHDR(&message) : NULL;
  if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
      header->cmsg_len != CMSG_LEN(sizeof(int)) || (message.msg_flags & MSG_CTRUNC)) {
    return -2;
  }
  int descriptor;
  memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
  return descriptor;
}

// glibc's fork() cannot make a sibling. It would also run the handlers of pthread_atfork and renew the locks of malloc,
// which a process with a single thread does not need. The order of the arguments differs between machines; all but the
// first are zero. Source: https://man7.org/linux/man-pages/man2/clone.2.html
int fork_sibling(void) { return (int) syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0L, 0L, 0L, 0L); }
