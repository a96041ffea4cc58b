// The load generator over librdkafka, as efficient as that library can be driven: whole runs of records handed over in
// one call, values not copied, delivery reports taken in bulk from an event queue of each producer.
//
//   librdkafka PLAN        PLAN: lines "name value" (librdkafka-plan.ts); it talks as protocol.ts says
//
// A closed loop is one thread that sends and takes reports in turn. In an open loop a second thread takes the reports,
// so that nothing holds up the next send. Latencies go into buckets that are exactly those of an HdrHistogram with three
// significant digits. Record i of this process is of producer i modulo the number of producers.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PRODUCERS_MAX = 64, PARTITIONS_MAX = 10000, CONFS_MAX = 64, KEY_BYTES = 12, RUN_MAX = 1000, TAKEN_MAX = 10000 };
enum { UNFINISHED = 0, ACKNOWLEDGED = 1, REFUSED = 2, FAILED_UNKNOWN = 3 };
enum { BUCKETS = 2048 + 21 * 1024 };
/** Memory for so many is reserved, and used when it is touched. */
static const uint64_t RECORDS_MAX = 1ull << 29;
static const double HIGHEST_US = 3600e6;

// ---- the plan

struct plan {
  char mode[16];
  char broker[300];
  char topic[260];
  char pool_path[1024];
  char arrivals_path[1024];
  char outcomes_path[1024];
  int32_t partitions;
  int32_t process;
  int32_t producers;
  uint32_t tag;
  int64_t value_bytes;
  int64_t values;
  int64_t outstanding;
  int64_t records;
  int64_t run_records;
  int64_t seconds;
  int64_t drain_seconds;
  double until_us;
  int round_robin;
  int conf_count;
  char conf_names[CONFS_MAX][80];
  char conf_values[CONFS_MAX][200];
};

static struct plan plan;

static void fail(const char *format, ...) {
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  for (char *at = text; *at; at++)
    if (*at == '"' || *at == '\\' || (unsigned char)*at < ' ') *at = '\'';
  printf("{\"type\":\"error\",\"message\":\"%s\"}\n", text);
  fflush(stdout);
  _exit(2);
}

static void take_conf(const char *value) {
  const char *equals = strchr(value, '=');
  if (equals == NULL || plan.conf_count == CONFS_MAX) fail("a conf line that cannot be: %s", value);
  snprintf(plan.conf_names[plan.conf_count], sizeof plan.conf_names[0], "%.*s", (int)(equals - value), value);
  snprintf(plan.conf_values[plan.conf_count], sizeof plan.conf_values[0], "%s", equals + 1);
  plan.conf_count++;
}

static void take_line(const char *name, const char *value) {
#define TEXT(field) \
  if (strcmp(name, #field) == 0) { \
    if ((size_t)snprintf(plan.field, sizeof plan.field, "%s", value) >= sizeof plan.field) fail("%s is too long", name); \
    return; \
  }
#define NUMBER(field, read) \
  if (strcmp(name, #field) == 0) { \
    plan.field = read; \
    return; \
  }
  TEXT(mode) TEXT(broker) TEXT(topic) TEXT(pool_path) TEXT(arrivals_path) TEXT(outcomes_path)
  NUMBER(partitions, atoi(value)) NUMBER(process, atoi(value)) NUMBER(producers, atoi(value))
  NUMBER(tag, (uint32_t)strtoul(value, NULL, 10)) NUMBER(value_bytes, atoll(value)) NUMBER(values, atoll(value))
  NUMBER(outstanding, atoll(value)) NUMBER(records, atoll(value)) NUMBER(run_records, atoll(value))
  NUMBER(seconds, atoll(value)) NUMBER(drain_seconds, atoll(value)) NUMBER(until_us, atof(value))
  NUMBER(round_robin, atoi(value))
  if (strcmp(name, "conf") == 0) { take_conf(value); return; }
  fail("the plan has no %s", name);
}

static void read_plan(const char *path) {
  FILE *file = fopen(path, "r");
  if (file == NULL) fail("the plan cannot be read: %s", strerror(errno));
  char line[2048];
  while (fgets(line, sizeof line, file) != NULL) {
    line[strcspn(line, "\n")] = 0;
    char *blank = strchr(line, ' ');
    if (blank == NULL) fail("a line of the plan without a value: %s", line);
    *blank = 0;
    take_line(line, blank + 1);
  }
  fclose(file);
  if (plan.producers < 1 || plan.producers > PRODUCERS_MAX) fail("%d producers", plan.producers);
  if (plan.partitions < 1 || plan.partitions > PARTITIONS_MAX) fail("%d partitions", plan.partitions);
  if (plan.run_records < 1 || plan.run_records > RUN_MAX) fail("runs of %lld records", (long long)plan.run_records);
}

// ---- time, memory

static double start_us;

static double clock_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/** From the start of the load. */
static double now_us(void) { return clock_us() - start_us; }

static void *reserve(size_t bytes) {
  void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) fail("no memory for %zu bytes", bytes);
  return at;
}

static void *map_file(const char *path, size_t *bytes) {
  int file = open(path, O_RDONLY);
  struct stat about;
  if (file < 0 || fstat(file, &about) != 0) fail("%s cannot be read: %s", path, strerror(errno));
  *bytes = (size_t)about.st_size;
  if (*bytes == 0) return NULL;
  void *at = mmap(NULL, *bytes, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  if (at == MAP_FAILED) fail("%s cannot be mapped: %s", path, strerror(errno));
  close(file);
  return at;
}

// ---- latencies

struct latencies {
  uint32_t *buckets;
  uint64_t *max_us;
  uint64_t *censored;
};

static struct latencies acknowledged_latencies, lateness, polls;

static void make_latencies(struct latencies *of) {
  of->buckets = reserve((size_t)plan.seconds * BUCKETS * sizeof(uint32_t) + 1);
  of->max_us = reserve((size_t)plan.seconds * sizeof(uint64_t) + 1);
  of->censored = reserve((size_t)plan.seconds * sizeof(uint64_t) + 1);
}

static int bucket_of(uint64_t us) {
  if (us < 2048) return (int)us;
  int exponent = 63 - __builtin_clzll(us);
  return 2048 + (exponent - 11) * 1024 + (int)((us >> (exponent - 10)) - 1024);
}

static uint64_t lowest_of(int bucket) {
  if (bucket < 2048) return (uint64_t)bucket;
  int exponent = 11 + (bucket - 2048) / 1024;
  return (uint64_t)(1024 + (bucket - 2048) % 1024) << (exponent - 10);
}

/** By the second in which the operation was meant to begin, as LatencyRecorder does it. */
static void record_latency(struct latencies *of, double intended_us, double end_us, int censored) {
  int64_t second = (int64_t)(intended_us / 1e6);
  if (second < 0 || second >= plan.seconds) return;
  double age = end_us - intended_us;
  if (age > HIGHEST_US) age = HIGHEST_US;
  uint64_t us = age <= 0 ? 0 : (uint64_t)(age + 0.999999);
  of->buckets[second * BUCKETS + bucket_of(us)]++;
  if (us > of->max_us[second]) of->max_us[second] = us;
  of->censored[second] += (uint64_t)censored;
}

static void tell_latencies(const char *name, int from_intended, const struct latencies *of) {
  printf("{\"of\":\"%s\",\"fromIntendedTime\":%s,\"seconds\":[", name, from_intended ? "true" : "false");
  const char *between = "";
  for (int64_t second = 0; second < plan.seconds; second++) {
    const uint32_t *buckets = of->buckets + second * BUCKETS;
    const int last = bucket_of(of->max_us[second]);
    if (buckets[last] == 0) continue;
    printf("%s{\"second\":%lld,\"censored\":%llu,\"counts\":[", between, (long long)second,
           (unsigned long long)of->censored[second]);
    for (int bucket = 0; bucket <= last; bucket++) {
      // One of the last bucket is told as the exact largest value.
      uint32_t count = buckets[bucket] - (bucket == last ? 1 : 0);
      if (count > 0) printf("[%llu,%u],", (unsigned long long)lowest_of(bucket), count);
    }
    printf("[%llu,1]]}", (unsigned long long)of->max_us[second]);
    between = ",";
  }
  printf("]}");
}

// ---- the seconds

static uint64_t *second_records, *second_bytes;
static int64_t seconds_told;

static void count(double at_us, uint64_t records, uint64_t bytes) {
  int64_t second = (int64_t)(at_us / 1e6);
  if (second < 0 || second >= plan.seconds) return;
  second_records[second] += records;
  second_bytes[second] += bytes;
}

/** Tells the seconds that are over; called by the thread that counts. */
static void tell_seconds(double at_us) {
  int told = 0;
  for (; seconds_told < plan.seconds && (double)(seconds_told + 1) * 1e6 <= at_us; seconds_told++, told = 1)
    printf("{\"type\":\"second\",\"second\":%lld,\"records\":%llu,\"bytes\":%llu}\n", (long long)seconds_told,
           (unsigned long long)second_records[seconds_told], (unsigned long long)second_bytes[seconds_told]);
  if (told) fflush(stdout);
}

// ---- what became of each record

static uint8_t *states;
static uint16_t *partitions_of;
static uint32_t *offsets_of;
/** When each was meant to be sent: the file of an open loop, the time of the send in a closed one. */
static double *intended_us;
static uint64_t intended;
static _Atomic uint64_t settled;
static uint64_t acknowledged, failed;

static void write_all(FILE *file, const void *bytes, size_t size, size_t count_of) {
  if (fwrite(bytes, size, count_of, file) != count_of) fail("the outcomes cannot be written: %s", strerror(errno));
}

static void write_outcomes(void) {
  FILE *file = fopen(plan.outcomes_path, "w");
  if (file == NULL) fail("the outcomes cannot be written: %s", strerror(errno));
  const uint32_t version = 1;
  const double records = (double)intended;
  write_all(file, "ODOC", 1, 4);
  write_all(file, &version, sizeof version, 1);
  write_all(file, &records, sizeof records, 1);
  write_all(file, offsets_of, sizeof *offsets_of, intended);
  write_all(file, partitions_of, sizeof *partitions_of, intended);
  write_all(file, states, sizeof *states, intended);
  if (fclose(file) != 0) fail("the outcomes cannot be written: %s", strerror(errno));
}

// ---- producers

struct producer {
  rd_kafka_t *client;
  rd_kafka_topic_t *topic;
  /** Never forwarded into one for all: an event would then be destroyed as another client's (librdkafka 2.0). */
  rd_kafka_queue_t *reports;
  /** Of a sticky run: where it goes, and how many more. */
  int32_t partition;
  int64_t left;
};

static struct producer producers[PRODUCERS_MAX];
static const uint8_t *values;
static _Atomic int sending_is_over;

static rd_kafka_conf_t *configure(void) {
  char error[512];
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  for (int at = 0; at < plan.conf_count; at++)
    if (rd_kafka_conf_set(conf, plan.conf_names[at], plan.conf_values[at], error, sizeof error) != RD_KAFKA_CONF_OK)
      fail("librdkafka: %s", error);
  if (rd_kafka_conf_set(conf, "bootstrap.servers", plan.broker, error, sizeof error) != RD_KAFKA_CONF_OK)
    fail("librdkafka: %s", error);
  return conf;
}

static rd_kafka_t *make_client(rd_kafka_type_t type) {
  char error[512];
  rd_kafka_conf_t *conf = configure();
  if (type == RD_KAFKA_PRODUCER) rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
  rd_kafka_t *client = rd_kafka_new(type, conf, error, sizeof error);
  if (client == NULL) fail("librdkafka: %s", error);
  return client;
}

/** So that the load does not begin with asking where the partitions are. */
static void know_topic(rd_kafka_t *client, rd_kafka_topic_t *topic) {
  const struct rd_kafka_metadata *metadata;
  rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, topic, &metadata, 20000);
  if (error) fail("the broker does not tell of the topic: %s", rd_kafka_err2str(error));
  int found = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
  rd_kafka_metadata_destroy(metadata);
  if (found != plan.partitions) fail("the topic has %d partitions, not %d", found, plan.partitions);
}

static void make_producers(void) {
  for (int at = 0; at < plan.producers; at++) {
    struct producer *of = &producers[at];
    of->client = make_client(RD_KAFKA_PRODUCER);
    of->reports = rd_kafka_queue_get_main(of->client);
    of->topic = rd_kafka_topic_new(of->client, plan.topic, NULL);
    of->partition = at % plan.partitions;
    of->left = plan.run_records;
    know_topic(of->client, of->topic);
  }
}

static void settle(const rd_kafka_message_t *report, double at_us) {
  const uint64_t record = (uint64_t)(uintptr_t)report->_private;
  if (report->err == 0) {
    states[record] = ACKNOWLEDGED;
    partitions_of[record] = (uint16_t)report->partition;
    offsets_of[record] = report->offset < 0 ? 0xffffffffu
                         : report->offset >= 0xfffffffe ? 0xfffffffeu
                                                        : (uint32_t)report->offset;
    acknowledged++;
  } else {
    states[record] = rd_kafka_message_status(report) == RD_KAFKA_MSG_STATUS_NOT_PERSISTED ? REFUSED : FAILED_UNKNOWN;
    failed++;
  }
  record_latency(&acknowledged_latencies, intended_us[record], at_us, report->err != 0);
}

/** The reports of one event have the same time. Returns how many there were. */
static uint64_t take_event(rd_kafka_event_t *event) {
  if (event == NULL) return 0;
  uint64_t records = 0;
  if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR) {
    const double at_us = now_us();
    const uint64_t before = acknowledged;
    const rd_kafka_message_t *report;
    while ((report = rd_kafka_event_message_next(event)) != NULL) {
      settle(report, at_us);
      records++;
    }
    const uint64_t fresh = acknowledged - before;
    count(at_us, fresh, fresh * (uint64_t)(plan.value_bytes + KEY_BYTES));
    atomic_fetch_add_explicit(&settled, records, memory_order_release);
  }
  rd_kafka_event_destroy(event);
  return records;
}

/** Takes what has come from every producer, or waits for it: of several producers for one of them, and briefly. */
static void serve(int wait_ms) {
  static int turn;
  uint64_t taken = 0;
  for (int at = 0; at < plan.producers; at++) taken += take_event(rd_kafka_queue_poll(producers[at].reports, 0));
  if (taken == 0 && wait_ms > 0) {
    turn = (turn + 1) % plan.producers;
    take_event(rd_kafka_queue_poll(producers[turn].reports, plan.producers == 1 ? wait_ms : 1));
  }
  tell_seconds(now_us());
}

static void *serve_always(void *nothing) {
  while (!atomic_load(&sending_is_over)) serve(100);
  return nothing;
}

static uint64_t outstanding(void) { return intended - atomic_load_explicit(&settled, memory_order_acquire); }

static void write_key(uint8_t *key, uint64_t record) {
  const uint32_t words[3] = {htobe32(plan.tag), htobe32((uint32_t)plan.process), htobe32((uint32_t)record)};
  memcpy(key, words, KEY_BYTES);
}

static double give_up_us(void) { return plan.until_us + (double)plan.drain_seconds * 1e6; }

/** Hands messages over; those that nobody takes until the end of the drain stay unfinished. */
static void enqueue(struct producer *of, int32_t partition, rd_kafka_message_t *messages, int left, int alone) {
  const int flags = plan.round_robin ? RD_KAFKA_MSG_F_PARTITION : 0;
  for (;;) {
    if (rd_kafka_produce_batch(of->topic, partition, flags, messages, left) == left) return;
    int again = 0;
    for (int at = 0; at < left; at++) {
      if (messages[at].err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
      if (messages[at].err != RD_KAFKA_RESP_ERR__QUEUE_FULL)
        fail("librdkafka takes no record: %s", rd_kafka_err2str(messages[at].err));
      messages[again] = messages[at];
      messages[again++].err = RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    left = again;
    if (now_us() > give_up_us()) return;
    // Its memory is full: in a closed loop we take reports ourselves, in an open one somebody does.
    if (alone) serve(10);
    else usleep(1000);
  }
}

/** Sends the records of one producer among `count_of` that begin with `first`. */
static void send_run(int producer, uint64_t first, uint64_t count_of, int alone) {
  static rd_kafka_message_t messages[RUN_MAX];
  static uint8_t keys[RUN_MAX][KEY_BYTES];
  struct producer *of = &producers[producer];
  const uint64_t step = (uint64_t)plan.producers;
  const uint64_t skip = ((uint64_t)producer + step - first % step) % step;
  int held = 0;
  for (uint64_t record = first + skip; record < first + count_of; record += step) {
    write_key(keys[held], record);
    rd_kafka_message_t *message = &messages[held];
    memset(message, 0, sizeof *message);
    message->payload = (void *)(values + (record % (uint64_t)plan.values) * (uint64_t)plan.value_bytes);
    message->len = (size_t)plan.value_bytes;
    message->key = keys[held];
    message->key_len = KEY_BYTES;
    message->_private = (void *)(uintptr_t)record;
    message->partition = plan.round_robin ? (int32_t)(record / step % (uint64_t)plan.partitions) : of->partition;
    held++;
    if (!plan.round_robin) of->left--;
    if (held == RUN_MAX || of->left == 0) {
      enqueue(of, plan.round_robin ? RD_KAFKA_PARTITION_UA : of->partition, messages, held, alone);
      held = 0;
    }
    if (of->left == 0) {
      of->partition = (of->partition + 1) % plan.partitions;
      of->left = plan.run_records;
    }
  }
  if (held > 0) enqueue(of, plan.round_robin ? RD_KAFKA_PARTITION_UA : of->partition, messages, held, alone);
}

/** Sends the next `count_of` records, whose intended times are known; every producer its own. */
static void send_next(uint64_t count_of, int alone) {
  const uint64_t first = intended;
  intended += count_of;
  for (int producer = 0; producer < plan.producers; producer++) send_run(producer, first, count_of, alone);
}

static void closed_loop(void) {
  const uint64_t most = (uint64_t)plan.outstanding;
  const uint64_t end = plan.records > 0 ? (uint64_t)plan.records : RECORDS_MAX;
  uint64_t run = (uint64_t)plan.run_records * (uint64_t)plan.producers;
  // A quarter of what may be under way is the least worth a turn.
  if (run > most / 4) run = most / 4 > 0 ? most / 4 : 1;
  for (;;) {
    const double at_us = now_us();
    if (at_us >= plan.until_us || intended >= end) return;
    const uint64_t room = most - outstanding();
    uint64_t next = run < end - intended ? run : end - intended;
    if (room < next) {
      serve(10);
      continue;
    }
    for (uint64_t record = intended; record < intended + next; record++) intended_us[record] = at_us;
    send_next(next, 1);
    serve(0);
  }
}

static void open_loop(uint64_t arrivals) {
  pthread_t server;
  if (pthread_create(&server, NULL, serve_always, NULL) != 0) fail("no thread");
  while (intended < arrivals && intended_us[intended] < plan.until_us) {
    const double at_us = now_us();
    const double ahead_us = intended_us[intended] - at_us;
    if (ahead_us > 0) {
      struct timespec wait = {(time_t)(ahead_us / 1e6), (long)(ahead_us * 1e3) % 1000000000L};
      nanosleep(&wait, NULL);
      continue;
    }
    uint64_t due = 0;
    while (due < RUN_MAX && intended + due < arrivals && intended_us[intended + due] <= at_us) due++;
    for (uint64_t at = 0; at < due; at++) record_latency(&lateness, intended_us[intended + at], at_us, 0);
    // More without an outcome than memory has room for: the load stands, and the records wait their turn, later and
    // later. Their latencies count from when they were meant to be sent.
    while (outstanding() + due > (uint64_t)plan.outstanding && now_us() < plan.until_us) usleep(1000);
    send_next(due, 0);
  }
  while (outstanding() > 0 && now_us() < give_up_us()) usleep(1000);
  atomic_store(&sending_is_over, 1);
  pthread_join(server, NULL);
}

static void drain(void) {
  while (outstanding() > 0 && now_us() < give_up_us()) serve(10);
  const double at_us = now_us();
  for (uint64_t record = 0; record < intended; record++)
    if (states[record] == UNFINISHED) record_latency(&acknowledged_latencies, intended_us[record], at_us, 1);
}

// ---- a consumer

static rd_kafka_t *consumer;
static rd_kafka_topic_t *consumed;
static rd_kafka_queue_t *fetched;
static int64_t ends[PARTITIONS_MAX];

static void make_consumer(void) {
  consumer = make_client(RD_KAFKA_CONSUMER);
  consumed = rd_kafka_topic_new(consumer, plan.topic, NULL);
  fetched = rd_kafka_queue_new(consumer);
  know_topic(consumer, consumed);
  for (int32_t partition = 0; partition < plan.partitions; partition++) {
    int64_t low;
    rd_kafka_resp_err_t error =
        rd_kafka_query_watermark_offsets(consumer, plan.topic, partition, &low, &ends[partition], 20000);
    if (error) fail("the broker does not tell its offsets: %s", rd_kafka_err2str(error));
  }
}

/** Every partition from its beginning to its end, and then, by itself, from its beginning again. */
static void read_over_and_over(void) {
  static rd_kafka_message_t *taken[TAKEN_MAX];
  for (int32_t partition = 0; partition < plan.partitions; partition++)
    if (rd_kafka_consume_start_queue(consumed, partition, RD_KAFKA_OFFSET_BEGINNING, fetched) != 0)
      fail("librdkafka does not begin to read: %s", rd_kafka_err2str(rd_kafka_last_error()));
  for (double before_us = now_us(); before_us < plan.until_us; before_us = now_us()) {
    const ssize_t got = rd_kafka_consume_batch_queue(fetched, 100, taken, TAKEN_MAX);
    uint64_t records = 0, bytes = 0;
    for (ssize_t at = 0; at < got; at++) {
      const rd_kafka_message_t *message = taken[at];
      if (message->err == 0) {
        records++;
        bytes += message->len + message->key_len;
        if (message->offset + 1 == ends[message->partition])
          rd_kafka_seek(consumed, message->partition, RD_KAFKA_OFFSET_BEGINNING, 0);
      } else if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        fail("librdkafka cannot read on: %s", rd_kafka_message_errstr(message));
      }
      rd_kafka_message_destroy(taken[at]);
    }
    const double at_us = now_us();
    if (records > 0) {
      record_latency(&polls, before_us, at_us, 0);
      count(at_us, records, bytes);
    }
    tell_seconds(at_us);
  }
}

// ---- the conversation

static void tell_conf(const rd_kafka_t *client) {
  static const char *names[] = {
      "linger.ms", "batch.size", "batch.num.messages", "compression.type", "max.in.flight", "acks", "enable.idempotence",
      "message.max.bytes", "message.timeout.ms", "request.timeout.ms", "queue.buffering.max.messages",
      "queue.buffering.max.kbytes", "socket.nagle.disable", "fetch.min.bytes", "fetch.max.bytes", "fetch.wait.max.ms",
      "fetch.message.max.bytes", "queued.min.messages", "queued.max.messages.kbytes", "check.crcs"};
  const rd_kafka_conf_t *conf = rd_kafka_conf(client == NULL ? producers[0].client : (rd_kafka_t *)client);
  printf("{");
  const char *between = "";
  for (size_t at = 0; at < sizeof names / sizeof *names; at++) {
    char value[256];
    size_t size = sizeof value;
    if (rd_kafka_conf_get(conf, names[at], value, &size) != RD_KAFKA_CONF_OK) continue;
    printf("%s\"%s\":\"%s\"", between, names[at], value);
    between = ",";
  }
  printf("}");
}

static void tell_ready(void) {
  printf("{\"type\":\"ready\",\"version\":\"%s\",\"processIds\":[],\"settings\":{\"producer\":", rd_kafka_version_str());
  if (consumer == NULL) tell_conf(NULL);
  else printf("null");
  printf(",\"consumer\":");
  if (consumer != NULL) tell_conf(consumer);
  else printf("null");
  printf("}}\n");
  fflush(stdout);
}

static void tell_done(int open) {
  tell_seconds(1e18);
  printf("{\"type\":\"done\",\"intended\":%llu,\"acknowledged\":%llu,\"failed\":%llu,\"unfinished\":%llu,",
         (unsigned long long)intended, (unsigned long long)acknowledged, (unsigned long long)failed,
         (unsigned long long)(intended - acknowledged - failed));
  printf("\"delivery\":null,\"notes\":[%s],\"latencies\":[",
         intended >= RECORDS_MAX ? "\"the load ended early: more records than this generator can account for\"" : "");
  if (consumer != NULL) tell_latencies("poll", 0, &polls);
  else tell_latencies("acknowledge", open, &acknowledged_latencies);
  if (open) {
    printf(",");
    tell_latencies("send-lateness", 1, &lateness);
  }
  printf("]}\n");
  fflush(stdout);
}

static void wait_for_start(void) {
  char line[64];
  if (fgets(line, sizeof line, stdin) == NULL || strncmp(line, "start ", 6) != 0) fail("no line that starts the load");
  start_us = atof(line + 6);
  while (now_us() < 0) usleep(100);
}

static void produce(void) {
  size_t bytes = 0;
  values = map_file(plan.pool_path, &bytes);
  if (bytes != (size_t)(plan.values * plan.value_bytes)) fail("the pool has %zu bytes", bytes);
  states = reserve(RECORDS_MAX);
  partitions_of = reserve(RECORDS_MAX * sizeof *partitions_of);
  offsets_of = reserve(RECORDS_MAX * sizeof *offsets_of);
  const int open = plan.arrivals_path[0] != 0;
  uint64_t arrivals = 0;
  if (open) {
    intended_us = map_file(plan.arrivals_path, &bytes);
    arrivals = bytes / sizeof(double);
    if (arrivals > RECORDS_MAX) arrivals = RECORDS_MAX;
  } else {
    intended_us = reserve(RECORDS_MAX * sizeof *intended_us);
  }
  make_latencies(&acknowledged_latencies);
  make_latencies(&lateness);
  make_producers();
  tell_ready();
  wait_for_start();
  if (open) open_loop(arrivals);
  else closed_loop();
  drain();
  write_outcomes();
  tell_done(open);
}

static void consume(void) {
  make_latencies(&polls);
  make_consumer();
  tell_ready();
  wait_for_start();
  read_over_and_over();
  tell_done(0);
}

int main(int count_of, char **words) {
  if (count_of != 2) fail("one plan is wanted");
  read_plan(words[1]);
  second_records = reserve((size_t)plan.seconds * sizeof(uint64_t) + 1);
  second_bytes = reserve((size_t)plan.seconds * sizeof(uint64_t) + 1);
  if (strcmp(plan.mode, "consume") == 0) consume();
  else produce();
  // Its processor time is read until the other side lets it go.
  while (getchar() != EOF) continue;
  // Everything was told: what clients would tidy up now is of no use to anybody.
  _exit(0);
}
