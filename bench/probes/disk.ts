// The disk probe: what this disk takes, or gives, when it is used in the pattern of the workload and nothing
// else is done. Plain system calls of this process, one thread, as the broker's host does them.
//
//   append   writes of one size, in turn to as many files as there are partitions; with fsync before the
//            acknowledgement every file gets one, then all are fdatasynced side by side, and so on
//   read     files in pieces from the page cache: what a consumer right behind the producer has
//
// New files grow here as the broker's do: on a machine that touches its memory for the first time this is
// slower than a second run, for both alike.

import fs from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Limit } from '../result.ts';

const probeMs = 1_000;
/** Without fsync the page cache takes gigabytes a second: enough is enough. */
const probeBytesMax = 1_500_000_000;
const probeFilesMax = 256;

export interface DiskPattern {
  readonly kind: 'append' | 'read';
  readonly files: number;
  /** Bytes of one write or read. */
  readonly bytes: number;
  readonly fsync: 'none' | 'before-ack' | { readonly everyMs: number };
}

export async function probeDisk(folder: string, pattern: DiskPattern): Promise<Limit> {
  fs.mkdirSync(folder, { recursive: true });
  const files = Array.from({ length: Math.min(probeFilesMax, pattern.files) }, (_, index) =>
    fs.openSync(join(folder, `probe-${index}`), 'w+'),
  );
  try {
    return pattern.kind === 'append' ? await append(files, pattern) : read(files, pattern);
  } finally {
    for (const file of files) fs.closeSync(file);
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

const fdatasync = promisify(fs.fdatasync);

async function append(files: readonly number[], { bytes, fsync }: DiskPattern): Promise<Limit> {
  const chunk = new Uint8Array(bytes).fill(0xa5);
  const startMs = performance.now();
  let syncedMs = startMs;
  let writes = 0;
  let nowMs = startMs;
  while (nowMs - startMs < probeMs && writes * bytes < probeBytesMax) {
    for (const file of files) fs.writeSync(file, chunk);
    writes += files.length;
    nowMs = performance.now();
    const due = fsync === 'before-ack' || (fsync !== 'none' && nowMs - syncedMs >= fsync.everyMs);
    if (!due) continue;
    await Promise.all(files.map((file) => fdatasync(file)));
    nowMs = performance.now();
    syncedMs = nowMs;
  }
  const policy =
    fsync === 'none'
      ? 'no fsync'
      : fsync === 'before-ack'
        ? 'fsync after each'
        : `fsync every ${fsync.everyMs} ms`;
  return limitOf(`${files.length} files, appends of ${bytes} B, ${policy}`, writes, bytes, nowMs - startMs);
}

function read(files: readonly number[], { bytes }: DiskPattern): Limit {
  const piece = new Uint8Array(bytes);
  const piecesOfFile = Math.max(1, Math.floor((64 << 20) / files.length / bytes));
  for (const file of files) {
    for (let index = 0; index < piecesOfFile; index++) fs.writeSync(file, piece);
  }
  const startMs = performance.now();
  let nowMs = startMs;
  let reads = 0;
  while (nowMs - startMs < probeMs) {
    const position = (Math.floor(reads / files.length) % piecesOfFile) * bytes;
    for (const file of files) fs.readSync(file, piece, 0, bytes, position);
    reads += files.length;
    nowMs = performance.now();
  }
  return limitOf(`${files.length} files, reads of ${bytes} B, page cache`, reads, bytes, nowMs - startMs);
}

function limitOf(pattern: string, operations: number, bytes: number, tookMs: number): Limit {
  return {
    of: 'disk',
    cpuUsPerRecord: null,
    pattern,
    megabytesPerSecond: (operations * bytes) / 1e3 / tookMs,
    operationsPerSecond: (operations * 1000) / tookMs,
  };
}
