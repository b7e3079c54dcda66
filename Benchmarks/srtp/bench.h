// What both C programs share: the same packets, the same rounds and the same output as Benchmarks/BenchmarkSRTP.
//
// usage: PROGRAM protect|unprotect SUITE [PACKETS]
// One round works for 0.2 s of this thread's CPU time on batches of packets; the median of nine counts. With PACKETS that
// many packets are protected, or protected and let through, and nothing is printed: that is for instruction counts.

#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// 172 bytes are 20 ms of G.711 with a header. A slot has room for the trailer.
enum { ROUNDS = 9, BATCH = 64, PACKET = 172, SLOT = 256 };

static uint8_t slots[BATCH][SLOT] __attribute__((aligned(64)));
static uint32_t sequence;

/// Protects or opens the packet in a slot; false when it is refused.
typedef bool work(uint8_t *packet, int *length);

static double thread_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void fill(void) {
  for (int at = 0; at < BATCH; at++) {
    uint8_t *packet = slots[at];
    uint16_t number = (uint16_t)sequence++;
    memset(packet, 0xAB, PACKET);
    const uint8_t header[12] = {0x80, 0, number >> 8, number & 0xFF, 0, 0, 0, 0, 0xCA, 0xFE, 0xBA, 0xBE};
    memcpy(packet, header, sizeof header);
  }
}

static void run(work *each, int *lengths, const char *name) {
  for (int at = 0; at < BATCH; at++) {
    if (!each(slots[at], &lengths[at])) {
      fprintf(stderr, "%s refused a packet\n", name);
      exit(1);
    }
  }
}

static int by_size(const void *left, const void *right) {
  double difference = *(const double *)left - *(const double *)right;
  return difference < 0 ? -1 : difference > 0;
}

static int bench(work *protect, work *unprotect, bool opens, long packets) {
  int lengths[BATCH];
  double results[ROUNDS];
  if (packets > 0) {
    for (long done = 0; done < packets; done += BATCH) {
      fill();
      for (int at = 0; at < BATCH; at++) lengths[at] = PACKET;
      run(protect, lengths, "protect");
      if (opens) run(unprotect, lengths, "unprotect");
    }
    return 0;
  }
  for (int round = 0; round < ROUNDS; round++) {
    double spent = 0;
    long done = 0;
    while (spent < 0.2) {
      fill();
      for (int at = 0; at < BATCH; at++) lengths[at] = PACKET;
      double start = thread_seconds();
      run(protect, lengths, "protect");
      if (opens) {
        start = thread_seconds();
        run(unprotect, lengths, "unprotect");
      }
      spent += thread_seconds() - start;
      done += BATCH;
    }
    results[round] = spent / (double)done * 1e9;
  }
  qsort(results, ROUNDS, sizeof *results, by_size);
  printf("%.1f\n", results[ROUNDS / 2]);
  return 0;
}

#endif
