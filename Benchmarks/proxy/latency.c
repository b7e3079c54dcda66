// How long a SIP proxy holds a message: a MESSAGE is sent to it at even intervals, and the time until the far side has
// it is taken. Both sides are this one thread, so that one clock is read and nothing else has to wake up.
//
//   latency PROXY_PORT NEAR_PORT FAR_PORT PER_SECOND COUNT
//
// With FAR_PORT for PROXY_PORT there is no proxy between, which shows what the sockets alone cost. Real-time priority is
// asked for and done without when it is not given. Prints one line: sent, arrived, p50 and p99 in nanoseconds.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1000000, SPACE = 65536 };

static int64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static struct sockaddr_in loopback(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static int open_port(int port) {
  int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = loopback(port);
  if (descriptor < 0 || bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
    perror("latency: port");
    exit(1);
  }
  return descriptor;
}

static int ascending(const void *left, const void *right) {
  int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
  return (a > b) - (a < b);
}

// The number that a message carries in its Call-ID, or -1.
static long number_of(const char *message, unsigned run) {
  char mark[32];
  snprintf(mark, sizeof mark, "probe-%u-", run);
  const char *found = strstr(message, mark);
  return found ? strtol(found + strlen(mark), NULL, 10) : -1;
}

// A 200 with the headers that must come back, for the request that arrived.
static int answer(const char *request, char *out, int space) {
  int length = snprintf(out, (size_t)space, "SIP/2.0 200 OK\r\n");
  const char *line = strstr(request, "\r\n");
  while (line && line[2] != '\r' && line[2] != '\0') {
    line += 2;
    const char *end = strstr(line, "\r\n");
    if (!end) break;
    int size = (int)(end - line);
    if (!strncasecmp(line, "Via:", 4) || !strncasecmp(line, "From:", 5) || !strncasecmp(line, "Call-ID:", 8) ||
        !strncasecmp(line, "CSeq:", 5)) {
      length += snprintf(out + length, (size_t)(space - length), "%.*s\r\n", size, line);
    } else if (!strncasecmp(line, "To:", 3)) {
      length += snprintf(out + length, (size_t)(space - length), "%.*s;tag=far\r\n", size, line);
    }
    line = end;
  }
  return length + snprintf(out + length, (size_t)(space - length), "Content-Length: 0\r\n\r\n");
}

int main(int count, char **words) {
  if (count != 6) {
    fprintf(stderr, "latency PROXY_PORT NEAR_PORT FAR_PORT PER_SECOND COUNT\n");
    return 2;
  }
  int near_port = atoi(words[2]), far_port = atoi(words[3]);
  long per_second = atol(words[4]), total = atol(words[5]);
  if (per_second < 1 || total < 1 || total > MOST) return 2;
  struct sched_param highest = {.sched_priority = 10};
  sched_setscheduler(0, SCHED_FIFO, &highest);

  struct sockaddr_in proxy = loopback(atoi(words[1]));
  int near = open_port(near_port), far = open_port(far_port);
  int64_t *sent_at = calloc((size_t)total, sizeof *sent_at), *taken = calloc((size_t)total, sizeof *taken);
  if (!sent_at || !taken) return 1;
  static char in[SPACE], out[SPACE];
  unsigned run = (unsigned)getpid();
  int64_t interval = 1000000000 / per_second, begin = nanoseconds(), end = begin + interval * total + 5000000000;
  long sent = 0, arrived = 0;
  while (arrived < total) {
    int64_t now = nanoseconds(), due = sent < total ? begin + interval * sent : end;
    if (now >= end) break;
    if (sent < total && now >= due) {
      int length = snprintf(out, sizeof out,
                            "MESSAGE sip:probe@127.0.0.1:%d SIP/2.0\r\n"
                            "Via: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bKprobe%u-%ld\r\n"
                            "Max-Forwards: 70\r\n"
                            "From: <sip:probe@if.internal>;tag=near%ld\r\n"
                            "To: <sip:probe@127.0.0.1:%d>\r\n"
                            "Call-ID: probe-%u-%ld\r\n"
                            "CSeq: 1 MESSAGE\r\n"
                            "Content-Type: text/plain\r\n"
                            "Content-Length: 5\r\n\r\nhello",
                            far_port, near_port, run, sent, sent, far_port, run, sent);
      sent_at[sent++] = nanoseconds();
      sendto(near, out, (size_t)length, 0, (struct sockaddr *)&proxy, sizeof proxy);
      continue;
    }
    struct timespec wait = {.tv_sec = (due - now) / 1000000000, .tv_nsec = (due - now) % 1000000000};
    struct pollfd sockets[2] = {{.fd = near, .events = POLLIN}, {.fd = far, .events = POLLIN}};
    if (ppoll(sockets, 2, &wait, NULL) <= 0) continue;
    if (sockets[1].revents) {
      struct sockaddr_in from;
      socklen_t size = sizeof from;
      ssize_t length = recvfrom(far, in, sizeof in - 1, 0, (struct sockaddr *)&from, &size);
      int64_t then = nanoseconds();
      if (length > 0) {
        in[length] = '\0';
        long number = number_of(in, run);
        if (number >= 0 && number < sent && sent_at[number] != 0) {
          taken[arrived++] = then - sent_at[number];
          sent_at[number] = 0;  // a retransmission is not counted again
        }
        int size_out = answer(in, out, sizeof out);
        sendto(far, out, (size_t)size_out, 0, (struct sockaddr *)&from, size);
      }
    }
    if (sockets[0].revents) {
      while (recv(near, in, sizeof in, 0) > 0) {
      }
    }
  }
  if (arrived == 0) {
    fprintf(stderr, "latency: nothing arrived of %ld\n", sent);
    return 1;
  }
  qsort(taken, (size_t)arrived, sizeof *taken, ascending);
  printf("%ld %ld %lld %lld\n", sent, arrived, (long long)taken[arrived / 2], (long long)taken[arrived * 99 / 100]);
  return 0;
}
