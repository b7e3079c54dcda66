// All phones of many G.711 calls: one socket for the callers, one for the callees. Each call sends a packet of 172 bytes
// every 20 ms in both directions, spread evenly over that time; each packet carries when it was sent.
//
//   drive PID CALLS SECONDS CALLER-IP CALLEE-IP PORT < PORTS
//
// PORTS has a line for each call: where the caller sends to, where the callee does. Writes one line:
// packets sent, packets received, CPU nanoseconds of the process PID per packet received, and of the time from sending to
// receiving p50, p99 and the longest in microseconds.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BYTES = 172, BATCH = 32, TICKS = 80, TICK = 250000, BUCKETS = 100000 };

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

// What all threads of a process have used.
static int64_t cpu(const char *process) {
  char path[300];
  snprintf(path, sizeof path, "/proc/%s/task", process);
  DIR *tasks = opendir(path);
  int64_t sum = 0;
  for (struct dirent *each; tasks && (each = readdir(tasks));) {
    if (each->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "/proc/%s/task/%s/schedstat", process, each->d_name);
    FILE *file = fopen(path, "r");
    long long value;
    if (file && fscanf(file, "%lld", &value) == 1) sum += value;
    if (file) fclose(file);
  }
  if (tasks) closedir(tasks);
  return sum;
}

static int open_socket(const char *ip, int port) {
  int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), size = 8 << 20;
  struct sockaddr_in local = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, ip, &local.sin_addr);
  setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  setsockopt(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
  if (bind(descriptor, (struct sockaddr *)&local, sizeof local) < 0) {
    perror("bind");
    exit(1);
  }
  return descriptor;
}

static unsigned char in_bytes[BATCH][2048], out_bytes[BATCH][BYTES];
static struct mmsghdr in[BATCH], out[BATCH];
static struct iovec in_vectors[BATCH], out_vectors[BATCH];
static uint32_t histogram[BUCKETS];
static int64_t received, longest;

static void receive(int descriptor, int64_t from) {
  for (;;) {
    int got = recvmmsg(descriptor, in, BATCH, MSG_DONTWAIT, NULL);
    if (got <= 0) return;
    int64_t at = now();
    for (int each = 0; each < got; each++) {
      int64_t sent;
      memcpy(&sent, in_bytes[each] + 12, sizeof sent);
      if (in[each].msg_len != BYTES || sent < from) continue;
      int64_t took = at - sent;
      received++;
      if (took > longest) longest = took;
      histogram[took / 1000 < BUCKETS ? took / 1000 : BUCKETS - 1]++;
    }
    if (got < BATCH) return;
  }
}

static int64_t percentile(double share) {
  int64_t wanted = (int64_t)((double)received * share), seen = 0;
  for (int bucket = 0; bucket < BUCKETS; bucket++) {
    seen += histogram[bucket];
    if (seen > wanted) return bucket;
  }
  return BUCKETS;
}

int main(int count, char **arguments) {
  if (count != 7) return 2;
  int calls = atoi(arguments[2]), port = atoi(arguments[6]);
  double seconds = atof(arguments[3]);
  int sockets[2] = {open_socket(arguments[4], port), open_socket(arguments[5], port)};
  struct sockaddr_in *relay = calloc(2 * calls, sizeof *relay);
  uint16_t *numbers = calloc(2 * calls, sizeof *numbers);
  for (int call = 0; call < calls; call++) {
    int ports[2];
    if (scanf("%d %d", &ports[0], &ports[1]) != 2) return 1;
    for (int side = 0; side < 2; side++) {
      relay[2 * call + side] =
          (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(ports[side]), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    }
  }
  for (int index = 0; index < BATCH; index++) {
    in_vectors[index] = (struct iovec){in_bytes[index], sizeof in_bytes[index]};
    in[index] = (struct mmsghdr){.msg_hdr = {.msg_iov = &in_vectors[index], .msg_iovlen = 1}};
    out_vectors[index] = (struct iovec){out_bytes[index], BYTES};
    out[index] = (struct mmsghdr){
        .msg_hdr = {.msg_namelen = sizeof relay[0], .msg_iov = &out_vectors[index], .msg_iovlen = 1}};
    out_bytes[index][0] = 0x80;
  }

  // A second to get under way, which does not count.
  int64_t start = now(), from = start + 1000000000, end = from + (int64_t)(seconds * 1e9), sent = 0;
  int64_t cpu_start = 0, received_start = 0, counted = 0;
  for (int64_t tick = 0;; tick++) {
    int64_t due = start + tick * TICK;
    while (now() < due) {
      receive(sockets[0], from);
      receive(sockets[1], from);
    }
    if (due >= end) break;
    if (!counted && due >= from) {
      cpu_start = cpu(arguments[1]);
      received_start = received;
      counted = 1;
    }
    for (int side = 0; side < 2; side++) {
      int fill = 0;
      for (int call = (int)(tick % TICKS); call < calls || fill; call += TICKS) {
        if (call < calls) {
          int place = 2 * call + side;
          uint16_t number = htons(numbers[place]);
          uint32_t timestamp = htonl(numbers[place] * 160u), source = htonl(place + 1);
          numbers[place]++;
          memcpy(out_bytes[fill] + 2, &number, 2);
          memcpy(out_bytes[fill] + 4, &timestamp, 4);
          memcpy(out_bytes[fill] + 8, &source, 4);
          out[fill++].msg_hdr.msg_name = &relay[place];
          if (fill < BATCH && call + TICKS < calls) continue;
        }
        // Just before they leave, so that what this program takes to write them does not count.
        int64_t at = now();
        for (int each = 0; each < fill; each++) memcpy(out_bytes[each] + 12, &at, sizeof at);
        if (at >= from) sent += fill;
        int done = 0;
        while (done < fill) {
          int taken = sendmmsg(sockets[side], out + done, fill - done, MSG_DONTWAIT);
          if (taken > 0) {
            done += taken;
          } else if (errno != EAGAIN) {
            perror("sendmmsg");
            return 1;
          }
          receive(sockets[0], from);
          receive(sockets[1], from);
        }
        fill = 0;
      }
    }
  }
  int64_t used = cpu(arguments[1]) - cpu_start, during = received - received_start;
  for (int64_t wait = now() + 300000000; now() < wait;) {
    receive(sockets[0], from);
    receive(sockets[1], from);
  }
  printf("%lld %lld %.0f %lld %lld %lld\n", (long long)sent, (long long)received,
         during ? (double)used / (double)during : 0.0, (long long)percentile(0.5), (long long)percentile(0.99),
         (long long)(longest / 1000));
  return 0;
}
