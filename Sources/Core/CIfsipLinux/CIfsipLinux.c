#define _GNU_SOURCE
#include "CIfsipLinux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <malloc.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// MARK: Our structures are the system's

#define SAME_PLACE(ours, our_field, theirs, their_field)                                        \
  _Static_assert(offsetof(ours, our_field) == offsetof(theirs, their_field), #our_field " lies elsewhere")

SAME_PLACE(struct ifsip_sockaddr, family, struct sockaddr_in, sin_family);
SAME_PLACE(struct ifsip_sockaddr, port, struct sockaddr_in, sin_port);
SAME_PLACE(struct ifsip_sockaddr, v4, struct sockaddr_in, sin_addr);
SAME_PLACE(struct ifsip_sockaddr, family, struct sockaddr_in6, sin6_family);
SAME_PLACE(struct ifsip_sockaddr, port, struct sockaddr_in6, sin6_port);
SAME_PLACE(struct ifsip_sockaddr, v4, struct sockaddr_in6, sin6_flowinfo);
SAME_PLACE(struct ifsip_sockaddr, v6_high, struct sockaddr_in6, sin6_addr);
SAME_PLACE(struct ifsip_sockaddr, scope, struct sockaddr_in6, sin6_scope_id);
_Static_assert(sizeof(struct ifsip_sockaddr) >= sizeof(struct sockaddr_in6), "room for an IPv6 address");
_Static_assert(sizeof(struct sockaddr_in) == 16 && sizeof(struct sockaddr_in6) == 28, "ifsip_sockaddr_length");
_Static_assert(AF_INET == IFSIP_AF_INET && AF_INET6 == IFSIP_AF_INET6, "families");

SAME_PLACE(struct ifsip_vector, base, struct iovec, iov_base);
SAME_PLACE(struct ifsip_vector, length, struct iovec, iov_len);
_Static_assert(sizeof(struct ifsip_vector) == sizeof(struct iovec), "iovec");

SAME_PLACE(struct ifsip_message, name, struct mmsghdr, msg_hdr.msg_name);
SAME_PLACE(struct ifsip_message, name_length, struct mmsghdr, msg_hdr.msg_namelen);
SAME_PLACE(struct ifsip_message, vectors, struct mmsghdr, msg_hdr.msg_iov);
SAME_PLACE(struct ifsip_message, vector_count, struct mmsghdr, msg_hdr.msg_iovlen);
SAME_PLACE(struct ifsip_message, control, struct mmsghdr, msg_hdr.msg_control);
SAME_PLACE(struct ifsip_message, control_length, struct mmsghdr, msg_hdr.msg_controllen);
SAME_PLACE(struct ifsip_message, flags, struct mmsghdr, msg_hdr.msg_flags);
SAME_PLACE(struct ifsip_message, count, struct mmsghdr, msg_len);
_Static_assert(sizeof(struct ifsip_message) == sizeof(struct mmsghdr), "mmsghdr");
_Static_assert(sizeof(struct ifsip_outgoing) == sizeof(struct ifsip_message), "one offset for both");
_Static_assert(IFSIP_MSG_TRUNC == MSG_TRUNC, "flags");
_Static_assert(IFSIP_EVENT_IN == (uint32_t)EPOLLIN && IFSIP_EVENT_OUT == (uint32_t)EPOLLOUT, "events");
_Static_assert(IFSIP_EVENT_ERROR == (uint32_t)EPOLLERR && IFSIP_EVENT_EDGE == (uint32_t)EPOLLET, "events");
SAME_PLACE(struct ifsip_event, events, struct epoll_event, events);
SAME_PLACE(struct ifsip_event, token, struct epoll_event, data);
_Static_assert(sizeof(struct ifsip_event) == sizeof(struct epoll_event), "epoll_event");
_Static_assert(IFSIP_CONTROL_BYTES >= CMSG_SPACE(sizeof(struct in6_pktinfo)), "room for packet information");

static int result(long value) { return value < 0 ? -errno : (int)value; }

// MARK: Messages

// The three calls of every wake-up go to the kernel directly: the C library's wrappers are cancellation points, which
// costs every call in a process with several threads two atomic operations for something that nobody uses here.

int ifsip_receive_messages(int descriptor, struct ifsip_message *messages, uint32_t count) {
  return result(syscall(SYS_recvmmsg, descriptor, messages, (unsigned long)count, (unsigned long)MSG_DONTWAIT, NULL));
}

int ifsip_send_messages(int descriptor, struct ifsip_message *messages, uint32_t count) {
  return result(
      syscall(SYS_sendmmsg, descriptor, messages, (unsigned long)count, (unsigned long)(MSG_DONTWAIT | MSG_NOSIGNAL)));
}

int ifsip_local_address(const struct ifsip_message *message, struct ifsip_sockaddr *local) {
  struct msghdr header = {.msg_control = message->control, .msg_controllen = message->control_length};
  for (struct cmsghdr *each = CMSG_FIRSTHDR(&header); each != NULL; each = CMSG_NXTHDR(&header, each)) {
    if (each->cmsg_level == IPPROTO_IP && each->cmsg_type == IP_PKTINFO) {
      struct in_pktinfo information;
      memcpy(&information, CMSG_DATA(each), sizeof information);
      local->family = AF_INET;
      // For a datagram sent to a broadcast address this is the one to answer from; otherwise the two are equal.
      local->v4 = information.ipi_spec_dst.s_addr;
      return 1;
    }
    if (each->cmsg_level == IPPROTO_IPV6 && each->cmsg_type == IPV6_PKTINFO) {
      struct in6_pktinfo information;
      memcpy(&information, CMSG_DATA(each), sizeof information);
      local->family = AF_INET6;
      memcpy(&local->v6_high, &information.ipi6_addr, sizeof information.ipi6_addr);
      return 1;
    }
  }
  return 0;
}

size_t ifsip_set_source(void *control, const struct ifsip_sockaddr *local) {
  struct msghdr header = {.msg_control = control, .msg_controllen = IFSIP_CONTROL_BYTES};
  struct cmsghdr *record = CMSG_FIRSTHDR(&header);
  if (local->family == AF_INET) {
    // The interface stays 0: the kernel routes, we only name the source.
    struct in_pktinfo information = {.ipi_spec_dst = {.s_addr = local->v4}};
    record->cmsg_level = IPPROTO_IP;
    record->cmsg_type = IP_PKTINFO;
    record->cmsg_len = CMSG_LEN(sizeof information);
    memcpy(CMSG_DATA(record), &information, sizeof information);
    return CMSG_SPACE(sizeof information);
  }
  struct in6_pktinfo information = {0};
  memcpy(&information.ipi6_addr, &local->v6_high, sizeof information.ipi6_addr);
  record->cmsg_level = IPPROTO_IPV6;
  record->cmsg_type = IPV6_PKTINFO;
  record->cmsg_len = CMSG_LEN(sizeof information);
  memcpy(CMSG_DATA(record), &information, sizeof information);
  return CMSG_SPACE(sizeof information);
}

int ifsip_receive_error(int descriptor, void *payload, size_t capacity, struct ifsip_sockaddr *destination,
                        int32_t *error) {
  // An error report carries the offender's address behind the record; packet information may come along.
  _Alignas(struct cmsghdr) char control[512];
  struct iovec vector = {.iov_base = payload, .iov_len = capacity};
  memset(destination, 0, sizeof *destination);
  *error = 0;
  struct msghdr header = {
      .msg_name = destination,
      .msg_namelen = sizeof(struct sockaddr_in6),
      .msg_iov = &vector,
      .msg_iovlen = 1,
      .msg_control = control,
      .msg_controllen = sizeof control,
  };
  ssize_t length = recvmsg(descriptor, &header, MSG_ERRQUEUE | MSG_DONTWAIT);
  if (length < 0) {
    // An error without a report would make the socket look ready for ever; reading it ends that.
    int reason = errno, pending = 0;
    socklen_t size = sizeof pending;
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &pending, &size);
    return -reason;
  }
  for (struct cmsghdr *each = CMSG_FIRSTHDR(&header); each != NULL; each = CMSG_NXTHDR(&header, each)) {
    bool v4 = each->cmsg_level == IPPROTO_IP && each->cmsg_type == IP_RECVERR;
    bool v6 = each->cmsg_level == IPPROTO_IPV6 && each->cmsg_type == IPV6_RECVERR;
    if (!v4 && !v6) continue;
    struct sock_extended_err report;
    memcpy(&report, CMSG_DATA(each), sizeof report);
    *error = (int32_t)report.ee_errno;
  }
  return (int)length;
}

// MARK: Sockets

static int set_option(int descriptor, int level, int name, int value) {
  return setsockopt(descriptor, level, name, &value, sizeof value);
}

int ifsip_udp_socket(const struct ifsip_sockaddr *local, int options, int receive_buffer, int send_buffer) {
  bool v6 = local->family == AF_INET6;
  int descriptor = socket(local->family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -errno;
  bool failed = false;
  if (v6) failed |= set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1) < 0;
  if (options & IFSIP_SOCKET_SHARED) failed |= set_option(descriptor, SOL_SOCKET, SO_REUSEPORT, 1) < 0;
  if (options & IFSIP_SOCKET_PACKET_INFO) {
    failed |= v6 ? set_option(descriptor, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) < 0
                 : set_option(descriptor, IPPROTO_IP, IP_PKTINFO, 1) < 0;
  }
  if (options & IFSIP_SOCKET_ERROR_QUEUE) {
    failed |= v6 ? set_option(descriptor, IPPROTO_IPV6, IPV6_RECVERR, 1) < 0
                 : set_option(descriptor, IPPROTO_IP, IP_RECVERR, 1) < 0;
  }
  // The kernel takes what its maximum allows; a smaller buffer is no reason to refuse.
  if (receive_buffer > 0) set_option(descriptor, SOL_SOCKET, SO_RCVBUF, receive_buffer);
  if (send_buffer > 0) set_option(descriptor, SOL_SOCKET, SO_SNDBUF, send_buffer);
  failed = failed || bind(descriptor, (const struct sockaddr *)local, ifsip_sockaddr_length(local->family)) < 0;
  if (!failed && options & IFSIP_SOCKET_FIRST) failed = set_option(descriptor, SOL_SOCKET, SO_REUSEPORT, 1) < 0;
  if (failed) {
    int error = errno;
    close(descriptor);
    return -error;
  }
  return descriptor;
}

int ifsip_socket_address(int descriptor, struct ifsip_sockaddr *local) {
  socklen_t length = sizeof(struct sockaddr_in6);
  memset(local, 0, sizeof *local);
  return result(getsockname(descriptor, (struct sockaddr *)local, &length));
}

int ifsip_close(int descriptor) { return result(close(descriptor)); }

int ifsip_connect(int descriptor, const struct ifsip_sockaddr *peer) {
  if (peer == NULL) {
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    return result(connect(descriptor, &nobody, sizeof nobody));
  }
  return result(connect(descriptor, (const struct sockaddr *)peer, ifsip_sockaddr_length(peer->family)));
}

int ifsip_set_traffic_class(int descriptor, uint16_t family, int traffic_class) {
  return result(family == AF_INET6 ? set_option(descriptor, IPPROTO_IPV6, IPV6_TCLASS, traffic_class)
                                   : set_option(descriptor, IPPROTO_IP, IP_TOS, traffic_class));
}

// A classic BPF program; offsets count from the UDP header, which is eight bytes long. A load beyond the end would drop
// the datagram, so short ones (keep-alives) are let in first.
int ifsip_thin_out(int descriptor, const char *first_four_bytes, uint32_t admitted) {
  if (admitted == UINT32_MAX) {
    int unused = 0;
    int error = result(setsockopt(descriptor, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused));
    return error == -ENOENT ? 0 : error;
  }
  uint32_t word;
  memcpy(&word, first_four_bytes, sizeof word);
  struct sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 12, 0, 4),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 8),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohl(word), 0, 2),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_RANDOM)),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, admitted, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  struct sock_fprog filter = {.len = sizeof program / sizeof program[0], .filter = program};
  return result(setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter));
}

// MARK: Waiting

int ifsip_poller_create(void) { return result(epoll_create1(EPOLL_CLOEXEC)); }

static int control(int poller, int operation, int descriptor, uint32_t events, uint64_t token) {
  struct epoll_event event = {.events = events, .data.u64 = token};
  return result(epoll_ctl(poller, operation, descriptor, &event));
}

int ifsip_poller_add(int poller, int descriptor, uint32_t events, uint64_t token) {
  return control(poller, EPOLL_CTL_ADD, descriptor, events, token);
}

int ifsip_poller_change(int poller, int descriptor, uint32_t events, uint64_t token) {
  return control(poller, EPOLL_CTL_MOD, descriptor, events, token);
}

static int wait_milliseconds(int poller, struct ifsip_event *events, int capacity, int milliseconds) {
  return (int)syscall(SYS_epoll_pwait, poller, events, capacity, milliseconds, NULL, (size_t)0);
}

// The call is newer (Linux 5.11) than some C libraries that lack its wrapper, than some tools that run programs without a
// kernel of their own, and than some containers' lists of permitted calls (EPERM); those get whole milliseconds, rounded
// up so that a timer is never early.
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

static int wait_nanoseconds(int poller, struct ifsip_event *events, int capacity, int64_t timeout) {
  static _Atomic bool missing = false;
  if (!missing) {
    struct timespec limit = {.tv_sec = timeout / 1000000000, .tv_nsec = timeout % 1000000000};
    long count = syscall(SYS_epoll_pwait2, poller, events, capacity, &limit, NULL, (size_t)0);
    if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return (int)count;
    missing = true;
  }
  int64_t milliseconds = (timeout + 999999) / 1000000;
  return wait_milliseconds(poller, events, capacity, milliseconds > 3600000 ? 3600000 : (int)milliseconds);
}

int ifsip_poller_wait(int poller, struct ifsip_event *events, int capacity, int64_t timeout_nanoseconds) {
  int count = timeout_nanoseconds <= 0
                  ? wait_milliseconds(poller, events, capacity, timeout_nanoseconds < 0 ? -1 : 0)
                  : wait_nanoseconds(poller, events, capacity, timeout_nanoseconds);
  if (count < 0) return errno == EINTR ? 0 : -errno;
  return count;
}

int ifsip_eventfd_create(void) { return result(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)); }

int ifsip_eventfd_signal(int descriptor) {
  uint64_t one = 1;
  return write(descriptor, &one, sizeof one) < 0 ? -errno : 0;
}

int ifsip_eventfd_clear(int descriptor) {
  uint64_t count;
  return read(descriptor, &count, sizeof count) < 0 ? -errno : 0;
}

int64_t ifsip_monotonic_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void ifsip_error_text(int error, char *text, size_t capacity) {
  // The GNU form returns the text, which need not lie in the buffer given.
  char buffer[128];
  const char *words = strerror_r(error, buffer, sizeof buffer);
  if (capacity == 0) return;
  strncpy(text, words, capacity - 1);
  text[capacity - 1] = 0;
}

// MARK: Memory and threads

void *ifsip_map_pages(size_t length) {
  void *pages = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED) return NULL;
  // A huge page would be touched whole by the first datagram.
  madvise(pages, length, MADV_NOHUGEPAGE);
  return pages;
}

void ifsip_unmap_pages(void *pages, size_t length) { munmap(pages, length); }

void ifsip_give_memory_back(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

int ifsip_start_thread(void *(*body)(void *), void *argument, int processor) {
  pthread_attr_t attributes;
  int error = pthread_attr_init(&attributes);
  if (error != 0) return -error;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  if (processor >= 0 && processor < CPU_SETSIZE) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    pthread_attr_setaffinity_np(&attributes, sizeof set, &set);
  }
  pthread_t thread;
  error = pthread_create(&thread, &attributes, body, argument);
  pthread_attr_destroy(&attributes);
  return -error;
}

void ifsip_name_thread(const char *name) {
  char shortened[16] = {0};
  strncpy(shortened, name, sizeof shortened - 1);
  pthread_setname_np(pthread_self(), shortened);
}

int ifsip_processor_count(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) < 0) return -errno;
  return CPU_COUNT(&set);
}
