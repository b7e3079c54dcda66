// A bare forwarder: what a relay costs that looks at nothing. Four sockets for each call, as ours has; what comes to the
// first goes to the callee by the third, and the other way round. Writes the ports of each call, then `ready`.
//
//   forward CALLS CALLER-IP CALLER-PORT CALLEE-IP CALLEE-PORT FIRST-PORT
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 32, SLOT = 2048, EVENTS = 64 };

static int open_socket(int port) {
  int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), size = 65536;
  setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  struct sockaddr_in local = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  if (descriptor < 0 || bind(descriptor, (struct sockaddr *)&local, sizeof local) < 0) {
    perror("bind");
    exit(1);
  }
  return descriptor;
}

static char slots[BATCH][SLOT];

int main(int count, char **arguments) {
  if (count != 7) return 2;
  int calls = atoi(arguments[1]), first = atoi(arguments[6]);
  struct sockaddr_in phones[2];
  for (int side = 0; side < 2; side++) {
    phones[side] = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(atoi(arguments[3 + 2 * side]))};
    inet_pton(AF_INET, arguments[2 + 2 * side], &phones[side].sin_addr);
  }
  int poller = epoll_create1(EPOLL_CLOEXEC);
  int *sockets = calloc(4 * calls, sizeof *sockets);
  for (int index = 0; index < 4 * calls; index++) {
    sockets[index] = open_socket(first + index);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u32 = index};
    epoll_ctl(poller, EPOLL_CTL_ADD, sockets[index], &event);
    if (index % 4 == 0) printf("%d %d\n", first + index, first + index + 2);
  }
  puts("ready");
  fflush(stdout);

  struct mmsghdr in[BATCH], out[BATCH];
  struct iovec in_vectors[BATCH], out_vectors[BATCH];
  struct sockaddr_in sources[BATCH];
  struct epoll_event events[EVENTS];
  for (int index = 0; index < BATCH; index++) {
    in_vectors[index] = (struct iovec){slots[index], SLOT};
    in[index] = (struct mmsghdr){.msg_hdr = {.msg_name = &sources[index],
                                             .msg_namelen = sizeof sources[index],
                                             .msg_iov = &in_vectors[index],
                                             .msg_iovlen = 1}};
    out[index] = (struct mmsghdr){
        .msg_hdr = {.msg_namelen = sizeof phones[0], .msg_iov = &out_vectors[index], .msg_iovlen = 1}};
  }
  for (;;) {
    int ready = epoll_wait(poller, events, EVENTS, -1);
    for (int event = 0; event < ready; event++) {
      int index = (int)events[event].data.u32, side = index % 4 / 2, got;
      do {
        got = recvmmsg(sockets[index], in, BATCH, MSG_DONTWAIT, NULL);
        for (int each = 0; each < got; each++) {
          out[each].msg_hdr.msg_name = &phones[!side];
          out_vectors[each] = (struct iovec){slots[each], in[each].msg_len};
          in[each].msg_hdr.msg_namelen = sizeof sources[each];
        }
        if (got > 0) sendmmsg(sockets[index ^ 2], out, got, MSG_DONTWAIT);
      } while (got == BATCH);
    }
  }
}
