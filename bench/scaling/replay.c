// Replays Produce requests that were made before: the cheapest load there is, so that a broker is the limit and not its
// client. One thread, one epoll; every connection keeps so many requests under way. Of an answer only the error code is
// looked at (Produce versions 3 to 8, one topic, one partition each); whoever runs this compares end offsets
// afterwards.
//
//   replay SECONDS DEPTH { HOST PORT CONNECTIONS FILE }...
//
// FILE holds whole frames, sizes included, each sent again and again in their order. Prints one line of JSON.

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 256
#define ANSWER_BYTES_MAX 65536

struct frames {
  uint8_t *bytes;
  size_t *starts; /* one more than there are frames: the last is the end */
  int count;
};

struct connection {
  int socket;
  const struct frames *frames;
  int next;          /* the frame being sent */
  size_t sent_bytes; /* of it */
  long under_way;
  uint8_t answer[ANSWER_BYTES_MAX];
  size_t answer_bytes;
};

static struct connection *connections[CONNECTIONS_MAX];
static int connections_count;
static long acknowledged, refused;
static int first_error;

static void fail(const char *what) {
  fprintf(stderr, "replay: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double now_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static uint32_t int32_at(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
}

static struct frames *read_frames(const char *path) {
  int file = open(path, O_RDONLY);
  struct stat stat;
  if (file < 0 || fstat(file, &stat) < 0) fail(path);
  struct frames *frames = calloc(1, sizeof *frames);
  frames->bytes = malloc(stat.st_size);
  for (ssize_t have = 0, got; have < stat.st_size; have += got) {
    got = read(file, frames->bytes + have, stat.st_size - have);
    if (got <= 0) fail(path);
  }
  close(file);
  for (ssize_t at = 0; at + 4 <= stat.st_size; at += 4 + int32_at(frames->bytes + at)) frames->count++;
  frames->starts = malloc((frames->count + 1) * sizeof *frames->starts);
  size_t at = 0;
  for (int index = 0; index <= frames->count; index++) {
    frames->starts[index] = at;
    if (index < frames->count) at += 4 + int32_at(frames->bytes + at);
  }
  if (frames->count == 0 || at != (size_t)stat.st_size) {
    fprintf(stderr, "replay: %s does not hold whole frames\n", path);
    exit(1);
  }
  return frames;
}

static void connect_to(int epoll, const char *host, int port, const struct frames *frames) {
  if (connections_count == CONNECTIONS_MAX) {
    fprintf(stderr, "replay: at most %d connections\n", CONNECTIONS_MAX);
    exit(1);
  }
  struct connection *connection = calloc(1, sizeof *connection);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  int one = 1;
  inet_pton(AF_INET, host, &address.sin_addr);
  connection->frames = frames;
  connection->socket = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(connection->socket, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
  setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  fcntl(connection->socket, F_SETFL, O_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = connection};
  epoll_ctl(epoll, EPOLL_CTL_ADD, connection->socket, &event);
  connections[connections_count++] = connection;
}

/* Sends until so many requests are under way, or the system takes no more. */
static void send_more(struct connection *connection, long depth) {
  const struct frames *frames = connection->frames;
  while (connection->under_way < depth) {
    size_t start = frames->starts[connection->next], end = frames->starts[connection->next + 1];
    ssize_t count =
        send(connection->socket, frames->bytes + start + connection->sent_bytes,
             end - start - connection->sent_bytes, MSG_NOSIGNAL);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count < 0) fail("send");
    connection->sent_bytes += count;
    if (connection->sent_bytes < end - start) continue;
    connection->sent_bytes = 0;
    connection->under_way++;
    connection->next = (connection->next + 1) % frames->count;
  }
}

static void take_answer(struct connection *connection, const uint8_t *answer) {
  /* correlation id, one topic, its name, one partition, its index, the error */
  uint32_t name_bytes = answer[8] << 8 | answer[9];
  int error = (int16_t)(answer[10 + name_bytes + 8] << 8 | answer[10 + name_bytes + 9]);
  connection->under_way--;
  if (error == 0) acknowledged++;
  else {
    refused++;
    if (first_error == 0) first_error = error;
  }
}

static void receive(struct connection *connection) {
  for (;;) {
    ssize_t count = recv(connection->socket, connection->answer + connection->answer_bytes,
                         ANSWER_BYTES_MAX - connection->answer_bytes, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) fail("the broker ended the connection");
    connection->answer_bytes += count;
    size_t at = 0;
    while (at + 4 <= connection->answer_bytes) {
      size_t bytes = 4 + int32_at(connection->answer + at);
      if (bytes > ANSWER_BYTES_MAX) fail("an answer that is too large");
      if (at + bytes > connection->answer_bytes) break;
      take_answer(connection, connection->answer + at + 4);
      at += bytes;
    }
    memmove(connection->answer, connection->answer + at, connection->answer_bytes - at);
    connection->answer_bytes -= at;
  }
}

int main(int count, char **words) {
  if (count < 7 || (count - 3) % 4 != 0) {
    fprintf(stderr, "usage: replay SECONDS DEPTH { HOST PORT CONNECTIONS FILE }...\n");
    return 2;
  }
  double seconds = atof(words[1]);
  long depth = atol(words[2]);
  int epoll = epoll_create1(0);
  for (int at = 3; at < count; at += 4) {
    const struct frames *frames = read_frames(words[at + 3]);
    for (int index = 0; index < atoi(words[at + 2]); index++)
      connect_to(epoll, words[at], atoi(words[at + 1]), frames);
  }
  double start = now_seconds(), end = start + seconds, last = start + seconds + 30;
  struct epoll_event events[CONNECTIONS_MAX];
  for (;;) {
    double now = now_seconds();
    long under_way = 0;
    for (int index = 0; index < connections_count; index++) {
      struct connection *connection = connections[index];
      /* What was begun is sent to its end: the broker waits for whole frames. */
      if (now < end) send_more(connection, depth);
      else if (connection->sent_bytes > 0) send_more(connection, connection->under_way + 1);
      under_way += connection->under_way + (connection->sent_bytes > 0);
    }
    if (now >= end && under_way == 0) break;
    if (now >= last) {
      fprintf(stderr, "replay: %ld requests have no answer\n", under_way);
      return 1;
    }
    int ready = epoll_wait(epoll, events, CONNECTIONS_MAX, 10);
    for (int index = 0; index < ready; index++) receive(events[index].data.ptr);
  }
  struct rusage use;
  getrusage(RUSAGE_SELF, &use);
  double cpu = use.ru_utime.tv_sec + use.ru_stime.tv_sec + (use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
  printf("{\"acknowledged\":%ld,\"refused\":%ld,\"firstError\":%d,\"seconds\":%.6f,\"cpuSeconds\":%.6f}\n",
         acknowledged, refused, first_error, now_seconds() - start, cpu);
  return 0;
}
