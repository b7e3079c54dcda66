// The few Linux calls that Swift's Glibc overlay does not offer in a usable shape.
//
// Every structure here is our own: the system headers that declare the originals want _GNU_SOURCE, which changes
// other structures (fd_set among them) under the feet of Swift's Glibc module and breaks debug builds. The layouts are
// held against the system's by static assertions in CIfsipLinux.c.
//
// Every function returns a value of zero or more when it worked and the negated errno when it did not.
#ifndef CIFSIPLINUX_H
#define CIFSIPLINUX_H

#include <stddef.h>
#include <stdint.h>

// MARK: Addresses

/// Large enough for and laid out like sockaddr_in and sockaddr_in6: family and port are shared, the IPv4 address and
/// the IPv6 flow label share a place, and the IPv6 address lies at an offset of eight.
struct ifsip_sockaddr {
  uint16_t family;
  uint16_t port;     // network order
  uint32_t v4;       // network order; IPv6: flow label
  uint64_t v6_high;  // network order
  uint64_t v6_low;   // network order
  uint32_t scope;
  uint32_t reserved;
};

#define IFSIP_AF_INET 2
#define IFSIP_AF_INET6 10

/// What the kernel wants as the length of the address above.
static inline uint32_t ifsip_sockaddr_length(uint16_t family) {
  return family == IFSIP_AF_INET6 ? 28 : 16;
}

// MARK: Messages

/// struct iovec
struct ifsip_vector {
  void *base;
  size_t length;
};

/// struct mmsghdr
struct ifsip_message {
  void *name;
  uint32_t name_length;
  struct ifsip_vector *vectors;
  size_t vector_count;
  void *control;
  size_t control_length;
  int32_t flags;
  uint32_t padding;
  uint32_t count;  // bytes received or sent
  uint32_t reserved;
};

/// What one waiting datagram's ifsip_message points to. As long as that structure, so that both have one offset.
struct ifsip_outgoing {
  struct ifsip_vector vector;
  struct ifsip_sockaddr name;
  uint32_t socket;
  uint32_t reserved[3];
};

#define IFSIP_MSG_TRUNC 0x20
/// Room for one packet information record of either family, with its header.
#define IFSIP_CONTROL_BYTES 64

int ifsip_receive_messages(int descriptor, struct ifsip_message *messages, uint32_t count);
int ifsip_send_messages(int descriptor, struct ifsip_message *messages, uint32_t count);

/// Reads the local address a datagram was sent to from its packet information. The port stays as it is.
/// Returns 1 when there was one, otherwise 0.
int ifsip_local_address(const struct ifsip_message *message, struct ifsip_sockaddr *local);

/// Writes the packet information that makes the kernel send from this address; returns the control length.
size_t ifsip_set_source(void *control, const struct ifsip_sockaddr *local);

/// Takes one entry off a socket's error queue: where the datagram was going, why it failed, and how much of its
/// payload the report quotes. Returns that length.
int ifsip_receive_error(int descriptor, void *payload, size_t capacity, struct ifsip_sockaddr *destination,
                        int32_t *error);

// MARK: Sockets

/// Others may share the address (SO_REUSEPORT), and may have done so before.
#define IFSIP_SOCKET_SHARED 1
/// Others may share the address from now on, but nobody did before: binding fails otherwise, and port 0 becomes a port of
/// our own. (With SO_REUSEPORT set beforehand, the kernel may well choose one that is shared already.)
#define IFSIP_SOCKET_FIRST 8
#define IFSIP_SOCKET_PACKET_INFO 2
#define IFSIP_SOCKET_ERROR_QUEUE 4

/// A non-blocking UDP socket, bound; IPv6 ones do not speak IPv4. Buffer sizes of 0 leave the system's default.
int ifsip_udp_socket(const struct ifsip_sockaddr *local, int options, int receive_buffer, int send_buffer);
int ifsip_socket_address(int descriptor, struct ifsip_sockaddr *local);
int ifsip_close(int descriptor);
/// Ties a bound UDP socket to one peer: nothing else is received, and what is sent needs no address. NULL unties it.
int ifsip_connect(int descriptor, const struct ifsip_sockaddr *peer);
/// Marks what a socket sends with a traffic class: DSCP in the upper six bits (RFC 2474).
int ifsip_set_traffic_class(int descriptor, uint16_t family, int traffic_class);

// Lets the kernel drop some of the datagrams that begin with these four bytes before they are queued: each gets in with a
// probability of `admitted` / 2^32. UINT32_MAX lets all in again.
int ifsip_thin_out(int descriptor, const char *first_four_bytes, uint32_t admitted);

// MARK: Waiting

/// struct epoll_event, which is packed on x86-64 only.
#ifdef __x86_64__
struct __attribute__((packed)) ifsip_event {
#else
struct ifsip_event {
#endif
  uint32_t events;
  uint64_t token;
};

#define IFSIP_EVENT_IN 0x1u
#define IFSIP_EVENT_OUT 0x4u
#define IFSIP_EVENT_ERROR 0x8u
/// Report each signal once instead of as long as the state lasts.
#define IFSIP_EVENT_EDGE 0x80000000u

int ifsip_poller_create(void);
int ifsip_poller_add(int poller, int descriptor, uint32_t events, uint64_t token);
int ifsip_poller_change(int poller, int descriptor, uint32_t events, uint64_t token);
/// Waits for at most so many nanoseconds, for ever when negative. An interrupted wait returns 0.
int ifsip_poller_wait(int poller, struct ifsip_event *events, int capacity, int64_t timeout_nanoseconds);

int ifsip_eventfd_create(void);
int ifsip_eventfd_signal(int descriptor);
int ifsip_eventfd_clear(int descriptor);

/// CLOCK_MONOTONIC in nanoseconds.
int64_t ifsip_monotonic_nanoseconds(void);

/// The system's words for an error number; always terminated.
void ifsip_error_text(int error, char *text, size_t capacity);

// MARK: Memory and threads

/// Zeroed pages that cost nothing until they are touched; NULL when there are none.
void *ifsip_map_pages(size_t length);
void ifsip_unmap_pages(void *pages, size_t length);

// Gives memory that is free back to the system.
void ifsip_give_memory_back(void);

/// Starts a detached thread, on one processor only when that is zero or more.
int ifsip_start_thread(void *(*body)(void *), void *argument, int processor);
/// Names the calling thread; the kernel keeps 15 bytes.
void ifsip_name_thread(const char *name);
/// Processors this process may run on.
int ifsip_processor_count(void);

#endif
