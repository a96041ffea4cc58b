import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  type Address,
  BatchWalk,
  buildBatch,
  decodeResponse,
  encodeRequest,
  fetchApi,
  metadataApi,
  produceApi,
  Reader,
  Writer,
} from '../../engine/index.ts';
import { workloadSchema } from '../workload.ts';
import { boundingOf, whileAlive } from './bare.ts';
import type { BareConnection } from './bare-connection.ts';
import { BarePartition } from './bare-partition.ts';
import { type BareProcess, startBareProcess } from './bare-process.ts';
import { BareTurn } from './bare-turn.ts';

let folder: string;
let probe: BareProcess;

beforeAll(async () => {
  folder = fs.mkdtempSync(join(tmpdir(), 'odradek-bare-test-'));
  probe = await startBareProcess(join(folder, 'data'), 2, 'none');
});

afterAll(async () => {
  await probe.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

const hasKcat = spawnSync('kcat', ['-V']).status === 0;

/** A request in bytes, size first. */
function framed(
  apiKey: number,
  version: number,
  correlationId: number,
  body: (writer: Writer) => void,
): Buffer {
  const writer = new Writer(256);
  writer.int16(apiKey);
  writer.int16(version);
  writer.int32(correlationId);
  writer.int16(-1);
  body(writer);
  const bytes = writer.toBytes();
  const size = Buffer.alloc(4);
  size.writeInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
}

function produceRequest(topic: string, correlationId: number, records: Uint8Array): Buffer {
  return framed(produceApi.key, 8, correlationId, (writer) => {
    const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }];
    const body = { acks: -1, timeoutMs: 1000, topicData, transactionalId: null };
    encodeRequest(produceApi, 8, body as never, writer);
  });
}

/** Sends `pieces` one after the other and returns so many answers, without their sizes. */
async function exchange(address: Address, pieces: readonly Buffer[], answers: number): Promise<Buffer[]> {
  const socket = net.connect({ ...address, noDelay: true });
  await once(socket, 'connect');
  let held = Buffer.alloc(0);
  const found: Buffer[] = [];
  const all = new Promise<void>((resolve, reject) => {
    socket.on('close', () => reject(new Error('the connection was ended')));
    socket.on('data', (chunk) => {
      held = Buffer.concat([held, chunk]);
      while (held.length >= 4 && held.length >= 4 + held.readInt32BE(0)) {
        found.push(held.subarray(4, 4 + held.readInt32BE(0)));
        held = held.subarray(4 + held.readInt32BE(0));
      }
      if (found.length === answers) resolve();
    });
  });
  // Told below; it may break while there is still something to send.
  all.catch(() => {});
  for (const piece of pieces) {
    socket.write(piece);
    // A turn between the pieces: they arrive apart.
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await all;
  socket.removeAllListeners('close').destroy();
  return found;
}

async function knowTopic(topic: string): Promise<void> {
  const request = framed(metadataApi.key, 8, 1, (writer) => {
    encodeRequest(metadataApi, 8, { topics: [{ name: topic }] } as never, writer);
  });
  await exchange(probe.address, [request], 1);
}

function batchOf(values: readonly string[]): Uint8Array {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  return buildBatch({ records: values.map((value) => ({ timestamp: 7, key: null, value: bytes(value) })) });
}

function answered(answer: Buffer): { correlationId: number; errorCode: number; baseOffset: number } {
  const response = decodeResponse(produceApi, 8, new Reader(answer, 4));
  if (!response.ok) throw new Error(response.error);
  const partition = response.value.responses[0]?.partitionResponses[0];
  if (partition === undefined) throw new Error('no partition in the answer');
  return {
    correlationId: answer.readInt32BE(0),
    errorCode: partition.errorCode,
    baseOffset: partition.baseOffset,
  };
}

/** Base offsets and record counts of what lies in a file, each checksum looked at. */
function batchesIn(path: string): { baseOffset: number; records: number }[] {
  const bytes = fs.readFileSync(path);
  const walk = new BatchWalk(bytes);
  const found: { baseOffset: number; records: number }[] = [];
  for (let batch = walk.next(); batch !== undefined; batch = walk.next()) {
    expect(batch.isCrcValid()).toBe(true);
    found.push({ baseOffset: batch.baseOffset, records: batch.recordsCount });
  }
  expect(walk.wholeBytesEnd).toBe(bytes.length);
  return found;
}

describe('the bare pipeline', () => {
  test('writes what was sent, with offsets; a broken checksum is refused and leaves nothing', async () => {
    await knowTopic('raw');
    const good = batchOf(['a', 'b', 'c']);
    const broken = Uint8Array.from(good);
    broken[broken.length - 1] = (broken[broken.length - 1] as number) ^ 1;
    const requests = [good, broken, good].map((records, index) => produceRequest('raw', index, records));
    const answers = await exchange(probe.address, [Buffer.concat(requests)], 3);
    expect(answers.map(answered)).toEqual([
      { correlationId: 0, errorCode: 0, baseOffset: 0 },
      { correlationId: 1, errorCode: 2, baseOffset: -1 },
      { correlationId: 2, errorCode: 0, baseOffset: 3 },
    ]);
    const file = join(folder, 'data', 'raw-0.log');
    expect(batchesIn(file)).toEqual([
      { baseOffset: 0, records: 3 },
      { baseOffset: 3, records: 3 },
    ]);
    // Beside base offset and leader epoch, every byte is the client's.
    const bytes = fs.readFileSync(file);
    for (const start of [0, good.length]) {
      expect([...bytes.subarray(start + 16, start + good.length)]).toEqual([...good.subarray(16)]);
    }
  });

  test('cuts frames at any byte, and takes some that are larger than its slab', async () => {
    await knowTopic('cut');
    const small = produceRequest('cut', 1, batchOf(['x']));
    const large = produceRequest('cut', 2, batchOf(['y'.repeat(900_000)]));
    const whole = Buffer.concat([small, large, small]);
    const cuts = [0, 1, 4, 5, small.length - 1, small.length + 3, small.length + 300_000, whole.length - 2];
    const pieces = cuts.map((cut, index) => whole.subarray(cut, cuts[index + 1]));
    const answers = await exchange(probe.address, pieces, 3);
    expect(answers.map((answer) => answered(answer).baseOffset)).toEqual([0, 1, 2]);
    expect(batchesIn(join(folder, 'data', 'cut-0.log')).length).toBe(3);
  });

  test('ends a connection that speaks something else, and lives on', async () => {
    const nonsense = framed(produceApi.key, 2, 1, () => {});
    await expect(exchange(probe.address, [nonsense], 1)).rejects.toThrow('the connection was ended');
    const lying = framed(produceApi.key, 8, 1, (writer) => {
      writer.int16(-1);
      writer.int16(1);
      writer.int32(1000);
      writer.int32(1000);
    });
    await expect(exchange(probe.address, [lying], 1)).rejects.toThrow('the connection was ended');
    const fetching = framed(fetchApi.key, 11, 1, (writer) => {
      writer.raw(new Uint8Array(25));
      writer.int32(1000);
    });
    await expect(exchange(probe.address, [fetching], 1)).rejects.toThrow('the connection was ended');
    await knowTopic('still-there');
  });

  test.skipIf(!hasKcat)('serves kcat: what it sent is there, and what it reads is what it sent', () => {
    const { host, port } = probe.address;
    const broker = `${host}:${port}`;
    const lines = Array.from({ length: 5_000 }, (_, index) => `line ${index}`).join('\n');
    const sent = spawnSync('kcat', ['-b', broker, '-P', '-t', 'lines', '-p', '1', '-z', 'lz4'], {
      input: lines,
    });
    expect(sent.status, String(sent.stderr)).toBe(0);
    const read = spawnSync('kcat', ['-b', broker, '-C', '-t', 'lines', '-p', '1', '-e', '-q']);
    expect(String(read.stdout).trimEnd()).toBe(lines);
    const records = batchesIn(join(folder, 'data', 'lines-1.log')).map((batch) => batch.records);
    expect(records.reduce((sum, each) => sum + each, 0)).toBe(5_000);
  });
});

test('with fsync before the acknowledgement no answer leaves before its file is durable', () => {
  const synced: ((error: null) => void)[] = [];
  const fdatasync = vi.spyOn(fs, 'fdatasync').mockImplementation(((_file: number, done: () => void) => {
    synced.push(done);
  }) as typeof fs.fdatasync);
  try {
    const turn = new BareTurn('before-ack');
    const partition = new BarePartition(join(folder, 'synced.log'));
    let written = 0;
    const connection = {
      heldAnswers: 0,
      takeAnswers: () => [],
      holdsAnswers: (beforeAck: boolean) => beforeAck,
      write: () => written++,
    } as unknown as BareConnection;
    const append = (): void => {
      partition.place(1, 10);
      partition.append(new Uint8Array(10));
      turn.append(partition);
      turn.answer(connection);
      turn.flush();
    };
    append();
    append();
    append();
    expect([partition.writtenBytes, written, synced.length]).toEqual([30, 0, 1]);
    synced[0]?.(null);
    // The two that came meanwhile are one group.
    expect([written, synced.length]).toEqual([1, 2]);
    synced[1]?.(null);
    expect([written, synced.length]).toEqual([3, 2]);
    partition.close();
  } finally {
    fdatasync.mockRestore();
  }
});

test('ranges are whole batches: from the one that holds the offset, within the limit, and at least one', () => {
  const partition = new BarePartition(join(folder, 'ranges.log'));
  for (const bytes of [10, 20, 30]) {
    partition.place(5, bytes);
    partition.append(new Uint8Array(bytes));
  }
  partition.write();
  expect(partition.range(0, 1000)).toEqual({ position: 0, bytes: 60 });
  expect(partition.range(4, 30)).toEqual({ position: 0, bytes: 30 });
  expect(partition.range(0, 29)).toEqual({ position: 0, bytes: 10 });
  expect(partition.range(7, 1)).toEqual({ position: 10, bytes: 20 });
  expect(partition.range(14, 1)).toEqual({ position: 30, bytes: 30 });
  partition.close();
});

test('a probe that dies, or cannot start, is an error that says so', async () => {
  const dying = await startBareProcess(join(folder, 'dying'), 1, 'none');
  const load = whileAlive(dying, 'bare-pipeline', new Promise(() => {}));
  process.kill(dying.processId, 'SIGKILL');
  await expect(load).rejects.toThrow('the bare-pipeline probe ended during its load: SIGKILL');
  fs.writeFileSync(join(folder, 'file'), '');
  await expect(startBareProcess(join(folder, 'file'), 1, 'none')).rejects.toThrow('did not start');
});

test.each([
  [['--partitions', '2'], '--folder'],
  [['--folder', 'x', '--partitions', '0'], '--partitions 0'],
  [['--folder', 'x', '--fsync', 'sometimes'], '--fsync sometimes'],
  [['--folder', 'x', '--listen', 'here'], '--listen here'],
])('bad usage %j is told by name', (words, named) => {
  const program = join(import.meta.dirname, 'bare-main.ts');
  const { status, stderr } = spawnSync(process.execPath, [program, ...words]);
  expect(status).toBe(2);
  expect(String(stderr)).toContain(named);
});

test('a bare probe bounds a closed loop and no open one', () => {
  const limit = { pattern: '', megabytesPerSecond: 1, operationsPerSecond: 1, cpuUsPerRecord: null };
  const limits = [
    { ...limit, of: 'disk' as const },
    { ...limit, of: 'bare-pipeline' as const },
  ];
  const of = (load: object) => boundingOf(limits, workloadSchema.parse({ kind: 'produce', load })).length;
  expect(of({ loop: 'closed', outstandingRecords: 1 })).toBe(2);
  expect(of({ loop: 'open', recordsPerSecond: 1 })).toBe(1);
});
