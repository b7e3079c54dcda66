// Starts an echo server, sends it bursts of datagrams, waits for every echo, and prints what that cost the server.
//
//   drive together|apart BURST BURSTS BYTES SERVER [ARGUMENT…]      the server gets the port as its last argument
//
// Prints: datagrams, CPU nanoseconds per datagram (user and system, of the server's process), times the server slept,
// datagrams lost.
//
// together: both on one processor under SCHED_BATCH, where nobody is interrupted by whom he wakes up. The server finds a
//           burst whole, answers it whole, and goes to sleep before the driver runs again.
// apart:    each on a processor of its own, as clients are: a datagram wakes a server that sleeps.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAXIMUM_BURST = 64, MAXIMUM_BYTES = 2048 };

static struct mmsghdr outgoing[MAXIMUM_BURST], incoming[MAXIMUM_BURST];
static struct iovec outgoing_vectors[MAXIMUM_BURST], incoming_vectors[MAXIMUM_BURST];
static char text[MAXIMUM_BYTES], answers[MAXIMUM_BURST][MAXIMUM_BYTES];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

// Runs on one processor from now on.
static void settle(int number) {
  cpu_set_t processor;
  CPU_ZERO(&processor);
  CPU_SET(number, &processor);
  if (sched_setaffinity(0, sizeof processor, &processor) < 0) fail("sched_setaffinity");
}

static struct sockaddr_in loopback(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static int free_port(void) {
  struct sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  int descriptor = socket(AF_INET, SOCK_DGRAM, 0);
  if (bind(descriptor, (struct sockaddr *)&address, length) < 0) fail("bind");
  getsockname(descriptor, (struct sockaddr *)&address, &length);
  close(descriptor);
  return ntohs(address.sin_port);
}

static int64_t cpu_nanoseconds(pid_t process) {
  clockid_t clock;
  struct timespec time;
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) < 0) fail("the server's clock");
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// Voluntary context switches of all threads: how often the server went to sleep.
static long sleeps(pid_t process) {
  char command[128], line[64];
  snprintf(command, sizeof command, "cat /proc/%d/task/*/status | awk '/^voluntary/ { n += $2 } END { print n }'", process);
  FILE *pipe = popen(command, "r");
  long count = pipe && fgets(line, sizeof line, pipe) ? atol(line) : 0;
  if (pipe) pclose(pipe);
  return count;
}

// Sends one burst and waits for its echoes; returns how many came.
static int exchange(int descriptor, int burst) {
  for (int sent = 0; sent < burst;) {
    int more = sendmmsg(descriptor, outgoing + sent, burst - sent, 0);
    if (more < 0 && errno != ECONNREFUSED) fail("sendmmsg");
    if (more < 0) return 0;
    sent += more;
  }
  int received = 0;
  while (received < burst) {
    int more = recvmmsg(descriptor, incoming, burst - received, MSG_WAITFORONE, NULL);
    if (more < 0) break;
    received += more;
  }
  return received;
}

int main(int count, char **arguments) {
  int burst = count > 5 ? atoi(arguments[2]) : 0, bursts = count > 5 ? atoi(arguments[3]) : 0;
  int bytes = count > 5 ? atoi(arguments[4]) : 0;
  int together = count > 1 && strcmp(arguments[1], "together") == 0;
  if ((!together && (count < 2 || strcmp(arguments[1], "apart") != 0)) || burst < 1 || burst > MAXIMUM_BURST || bursts < 1 || bytes < 1 || bytes > MAXIMUM_BYTES) {
    fprintf(stderr, "usage: drive together|apart BURST(1-64) BURSTS BYTES(1-2048) SERVER [ARGUMENT...]\n");
    return 2;
  }
  int port = free_port();
  settle(0);
  if (together && sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0}) < 0) fail("sched_setscheduler");

  pid_t server = fork();
  if (server == 0) {
    char number[16];
    snprintf(number, sizeof number, "%d", port);
    char **command = calloc(count, sizeof *command);
    for (int i = 5; i < count; i++) command[i - 5] = arguments[i];
    command[count - 5] = number;
    execvp(command[0], command);
    fail(command[0]);
  }
  if (!together) settle(1);

  struct sockaddr_in address = loopback(port);
  int descriptor = socket(AF_INET, SOCK_DGRAM, 0);
  struct timeval patience = {.tv_sec = 0, .tv_usec = 200000};
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (connect(descriptor, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
  memset(text, 'x', sizeof text);
  for (int i = 0; i < MAXIMUM_BURST; i++) {
    outgoing_vectors[i] = (struct iovec){.iov_base = text, .iov_len = bytes};
    incoming_vectors[i] = (struct iovec){.iov_base = answers[i], .iov_len = MAXIMUM_BYTES};
    outgoing[i].msg_hdr = (struct msghdr){.msg_iov = &outgoing_vectors[i], .msg_iovlen = 1};
    incoming[i].msg_hdr = (struct msghdr){.msg_iov = &incoming_vectors[i], .msg_iovlen = 1};
  }
  int tries = 0;
  while (exchange(descriptor, 1) != 1) {
    if (++tries > 300 || waitpid(server, NULL, WNOHANG) == server) return fprintf(stderr, "no server\n"), 1;
    usleep(50000);
  }
  // Echoes of earlier tries would count for later ones.
  usleep(100000);
  while (recv(descriptor, answers[0], MAXIMUM_BYTES, MSG_DONTWAIT) > 0) {}
  for (int i = 0; i < 20; i++) exchange(descriptor, burst);

  long slept = sleeps(server), lost = 0;
  int64_t before = cpu_nanoseconds(server);
  for (int i = 0; i < bursts; i++) lost += burst - exchange(descriptor, burst);
  int64_t spent = cpu_nanoseconds(server) - before;
  slept = sleeps(server) - slept;
  long datagrams = (long)burst * bursts;
  printf("%ld %.1f %ld %ld\n", datagrams, (double)spent / datagrams, slept, lost);
  kill(server, SIGTERM);
  waitpid(server, NULL, 0);
  return lost > datagrams / 1000;
}
