// The yardstick: the least a server can do to echo datagrams on Linux. One blocking recvmmsg, one sendmmsg, the same
// buffers both ways, nothing looked at, no epoll, no timers, no way to be stopped but a signal.
//
//   echo PORT
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>

enum { BATCH = 32, SLOT = 65536 };

int main(int count, char **arguments) {
  if (count != 2) return 2;
  struct sockaddr_in local = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1]))};
  local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int descriptor = socket(AF_INET, SOCK_DGRAM, 0), size = 4 << 20;
  setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  if (bind(descriptor, (struct sockaddr *)&local, sizeof local) < 0) return perror("bind"), 1;

  static struct mmsghdr messages[BATCH];
  static struct iovec vectors[BATCH];
  static struct sockaddr_in6 names[BATCH];
  char *slots = mmap(NULL, BATCH * SLOT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < BATCH; i++) {
    vectors[i] = (struct iovec){.iov_base = slots + i * SLOT, .iov_len = SLOT};
    messages[i].msg_hdr = (struct msghdr){.msg_name = &names[i], .msg_namelen = sizeof names[i],
                                          .msg_iov = &vectors[i], .msg_iovlen = 1};
  }
  for (;;) {
    int received = recvmmsg(descriptor, messages, BATCH, MSG_WAITFORONE, NULL);
    if (received < 0) return perror("recvmmsg"), 1;
    for (int i = 0; i < received; i++) vectors[i].iov_len = messages[i].msg_len;
    for (int sent = 0; sent < received;) {
      int more = sendmmsg(descriptor, messages + sent, received - sent, 0);
      if (more < 0) return perror("sendmmsg"), 1;
      sent += more;
    }
    for (int i = 0; i < received; i++) {
      vectors[i].iov_len = SLOT;
      messages[i].msg_hdr.msg_namelen = sizeof names[i];
    }
  }
}
