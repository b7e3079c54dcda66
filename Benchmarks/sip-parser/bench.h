// What both C programs share: the same rounds and the same output as Benchmarks/BenchmarkSIPParser.
//
// One round parses for 0.3 s of this thread's CPU time; the best of nine counts. With ITER=n in the environment the first
// file is parsed exactly n times and nothing is printed: that is for instruction counts under valgrind.

#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 9, BATCH = 500, LARGEST = 65536 };

/// Parses one message with everything the library builds of it, and frees that again; false when it refused.
typedef bool parser(const char *bytes, size_t count);

static double thread_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/// The file's bytes with a NUL behind them.
static char *file_bytes(const char *path, size_t *count) {
  FILE *file = fopen(path, "rb");
  char *bytes = malloc(LARGEST + 1);
  if (file == NULL || bytes == NULL) {
    perror(path);
    exit(2);
  }
  *count = fread(bytes, 1, LARGEST, file);
  bytes[*count] = 0;
  fclose(file);
  return bytes;
}

static void repeat(parser *parse, const char *path, const char *bytes, size_t count, long times) {
  while (times-- > 0) {
    if (!parse(bytes, count)) {
      fprintf(stderr, "refused: %s\n", path);
      exit(1);
    }
  }
}

static int bench(const char *library, parser *parse, int count, char **arguments) {
  const char *times = getenv("ITER");
  if (count < 2) {
    fprintf(stderr, "usage: %s FILE...\n", arguments[0]);
    return 2;
  }
  for (int at = 1; at < count; at++) {
    const char *path = arguments[at];
    size_t length;
    char *bytes = file_bytes(path, &length);
    if (times != NULL) {
      repeat(parse, path, bytes, length, atol(times));
      return 0;
    }
    double best = 1e9, worst = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long parsed = 0;
      double start = thread_seconds(), now;
      do {
        repeat(parse, path, bytes, length, BATCH);
        parsed += BATCH;
        now = thread_seconds();
      } while (now - start < 0.3);
      double microseconds = (now - start) / (double)parsed * 1e6;
      if (microseconds < best) best = microseconds;
      if (microseconds > worst) worst = microseconds;
    }
    const char *slash = strrchr(path, '/');
    printf("%s\t%s\tbytes=%zu\tbest_us=%.3f\tworst_us=%.3f\tmsg_per_s=%.0f\tMB_per_s=%.3f\n", library,
           slash ? slash + 1 : path, length, best, worst, 1e6 / best, (double)length / best);
    free(bytes);
  }
  return 0;
}

#endif
