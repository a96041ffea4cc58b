// Producers: each sends numbered records, one after the other, and writes down what became of each. At a steady rate,
// or each at its own moment (`sends`), for scenarios in which every single operation counts.

import { z } from 'zod';
import { Producer, type Task } from '../../engine/index.ts';
import type { SendOperation } from '../record/history.ts';
import { makeValue, valueBytesMin } from '../record/value.ts';
import { type Session, workload } from '../workload.ts';

const acksOf = { all: -1, 0: 0, 1: 1 } as const;

/** Sends without outcome at which a producer waits before it sends more. */
const unsettledMax = 2_000;

/** Records that a scenario names one by one; who wants more wants a rate. */
export const listedSendsMax = 20_000;

const listedSend = z.strictObject({
  at: z.number().min(0).max(86_400).describe("seconds since the client's life began"),
  client: z.int().min(1).max(50).optional().describe('which of the clients; default 1'),
  life: z.int().min(1).optional().describe('in which life of that client; default 1'),
  partition: z.int().min(0).max(63).optional().describe('default 0; with a key, the key decides'),
  key: z.string().min(1).max(100).optional(),
});

const parameters = {
  topic: z.string(),
  sends: z
    .array(listedSend)
    .max(listedSendsMax)
    .optional()
    .describe('exactly these records, each at its moment, instead of `records` at a rate'),
  records: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe('how many each producer sends; default: until the phase ends'),
  perSecond: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe('records per second of each producer; default 100'),
  idleEvery: z.int().min(1).optional().describe('after so many records it stands still for `idleMs`'),
  idleMs: z.int().min(1).max(600_000).optional().describe('default 5000'),
  recordBytes: z.int().min(valueBytesMin).max(100_000).optional().describe('default 100'),
  partitions: z
    .enum(['all', 'one', 'by-key'])
    .optional()
    .describe('in turn (default), only partition 0, or by key'),
  acks: z.enum(['all', '1', '0']).optional().describe('default all'),
  idempotent: z.boolean().optional().describe('default true with acks=all, else false'),
  maxInFlight: z.int().min(1).max(100).optional().describe('default 5'),
  retries: z.int().min(0).optional(),
  lingerMs: z.int().min(0).optional().describe('default 5'),
  batchBytes: z.int().min(1).optional(),
  requestTimeoutMs: z.int().min(1).optional().describe('default 3000'),
  deliveryTimeoutMs: z.int().min(1).optional().describe('default 60000'),
  metadataMaxAgeMs: z.int().min(1).optional().describe('default 300000'),
  sendsAgain: z
    .boolean()
    .optional()
    .describe('whether the application sends again what it does not know the fate of; default false'),
  compression: z.enum(['none', 'gzip', 'snappy', 'lz4', 'zstd']).optional(),
};

type Parameters = z.infer<z.ZodObject<typeof parameters>>;
type ListedSend = z.infer<typeof listedSend>;

export const produce = workload({
  name: 'produce',
  doc: 'producers that send numbered records at a steady rate',
  parameters,
  drains: false,

  *live(session: Session, given: Parameters): Task<void> {
    const { runtime } = session;
    const { acks, idempotent, maxInFlight, options } = producerOptionsOf(given);
    const producer = new Producer(runtime, {
      bootstrapServers: session.bootstrap,
      clientId: session.client,
      ...options,
    });
    const work = new Work(session, producer, given, { acks, idempotent, maxInFlight });
    yield* given.sends === undefined ? steadily(session, given, work) : listed(session, given.sends, work);
    yield* producer.flush();
    yield* producer.close();
  },
});

/** Record after record at a rate. */
function* steadily(session: Session, given: Parameters, work: Work): Task<void> {
  const { runtime } = session;
  const partitions = session.topics[given.topic]?.partitions ?? 1;
  const gapUs = Math.floor(1_000_000 / (given.perSecond ?? 100));
  let begunUs = runtime.clock.monotonicUs();
  for (let n = 0; n < (given.records ?? Number.POSITIVE_INFINITY) && !session.stopping(); n++) {
    const key = given.partitions === 'by-key' ? `key-${runtime.random.below(20)}` : null;
    work.begin(n, partitionOf(given, session, n, partitions), key);
    const dueUs = begunUs + (n + 1) * gapUs;
    const earlyUs = dueUs - runtime.clock.monotonicUs();
    if (earlyUs > 0) yield* runtime.sleep(earlyUs / 1000, 'the next record is due');
    if ((n + 1) % (given.idleEvery ?? Number.POSITIVE_INFINITY) === 0) {
      begunUs += (given.idleMs ?? 5_000) * 1000;
      yield* runtime.sleep(given.idleMs ?? 5_000, 'it has nothing to send for a while');
    }
    yield* work.settle();
  }
}

/** Each record at its own moment. */
function* listed(session: Session, sends: readonly ListedSend[], work: Work): Task<void> {
  const { runtime, index, life } = session;
  const begunUs = runtime.clock.monotonicUs();
  const mine = sends.filter((one) => (one.client ?? 1) === index + 1 && (one.life ?? 1) === life);
  mine.sort((a, b) => a.at - b.at);
  for (const [n, { at, partition = 0, key }] of mine.entries()) {
    const earlyUs = begunUs + Math.round(at * 1e6) - runtime.clock.monotonicUs();
    if (earlyUs > 0) yield* runtime.sleep(earlyUs / 1000, 'the next record is due');
    if (session.stopping()) return;
    work.begin(n, key === undefined ? partition : -1, key ?? null);
    yield* work.settle();
  }
}

/** The sends of one life that are under way. */
class Work {
  readonly #session: Session;
  readonly #producer: Producer;
  readonly #given: Parameters;
  readonly #how: Pick<SendOperation, 'acks' | 'idempotent' | 'maxInFlight'>;
  #unsettled = 0;

  constructor(
    session: Session,
    producer: Producer,
    given: Parameters,
    how: Pick<SendOperation, 'acks' | 'idempotent' | 'maxInFlight'>,
  ) {
    this.#session = session;
    this.#producer = producer;
    this.#given = given;
    this.#how = how;
  }

  begin(n: number, partition: number, key: string | null): void {
    const { client, name, history } = this.#session;
    const { topic, retries } = this.#given;
    const place = { client, session: name, topic, partition, key, n };
    const limit = retries === undefined ? {} : { retries };
    const operation = history.send({ ...place, ...this.#how, ...limit });
    this.#unsettled++;
    send(this.#session, this.#producer, operation, this.#given, () => this.#unsettled--);
  }

  /** Waits while there are too many of them. */
  *settle(): Task<void> {
    while (this.#unsettled >= unsettledMax) {
      yield* this.#session.runtime.sleep(10, 'too many sends without outcome');
    }
  }
}

function producerOptionsOf(given: Parameters) {
  const acks = acksOf[given.acks ?? 'all'];
  const idempotent = given.idempotent ?? acks === -1;
  const maxInFlight = given.maxInFlight ?? 5;
  const requestTimeoutMs = given.requestTimeoutMs ?? 3_000;
  const options = {
    acks,
    enableIdempotence: idempotent,
    maxInFlightRequestsPerConnection: maxInFlight,
    requestTimeoutMs,
    deliveryTimeoutMs: given.deliveryTimeoutMs ?? 60_000,
    lingerMs: given.lingerMs ?? 5,
    ...(given.batchBytes === undefined ? {} : { batchSizeBytes: given.batchBytes }),
    ...(given.metadataMaxAgeMs === undefined ? {} : { metadataMaxAgeMs: given.metadataMaxAgeMs }),
    ...(given.retries === undefined ? {} : { retries: given.retries }),
    compressionType: given.compression ?? 'none',
  } as const;
  return { acks, idempotent, maxInFlight, options };
}

function partitionOf(given: Parameters, session: Session, n: number, partitions: number): number {
  if (given.partitions === 'by-key') return -1;
  return given.partitions === 'one' ? 0 : (n + session.index) % partitions;
}

function send(
  session: Session,
  producer: Producer,
  operation: SendOperation,
  given: Parameters,
  settled: () => void,
): void {
  const { topic, partition, key } = operation;
  const record = {
    topic,
    ...(partition < 0 ? {} : { partition }),
    key: key === null ? null : new TextEncoder().encode(key),
    value: makeValue(operation, given.recordBytes ?? 100),
  };
  producer.send(record).onSettled((outcome) => {
    operation.attempts += outcome.attempts;
    const isOpen = outcome.kind !== 'ok' && outcome.certainty !== 'not-written';
    if (isOpen && given.sendsAgain && !session.stopping()) {
      operation.sentAgain++;
      send(session, producer, operation, given, settled);
      return;
    }
    settled();
    if (outcome.kind === 'ok') {
      operation.ackedPartition = outcome.partition;
      operation.offset = outcome.offset;
      session.history.end(operation, 'ok', null);
    } else {
      // What was sent several times may have been written by any of them.
      const certainty = isOpen || operation.sentAgain > 0 ? 'unknown' : 'failed';
      session.history.end(operation, certainty, outcome.error);
    }
  });
}
