// How large the batches really are that our broker wrote: read off its files, so that the probes can write
// the same.

import fs from 'node:fs';
import { join } from 'node:path';

/** Of each segment file at most so much is looked at. */
const bytesOfFileMax = 32 << 20;
/** Where a batch says how long the rest of it is, and how long what comes before that rest is. */
const lengthPosition = 8;
const overheadBytes = 12;

/** The mean size of the batches in the logs of `topic` below `dataDir`; undefined when there are none. */
export function meanBatchBytes(dataDir: string, topic: string): number | undefined {
  let batches = 0;
  let bytes = 0;
  for (const name of fs.readdirSync(dataDir)) {
    if (!name.startsWith(`${topic}-`)) continue;
    for (const file of fs.readdirSync(join(dataDir, name)).filter((each) => each.endsWith('.log'))) {
      const found = batchesIn(join(dataDir, name, file));
      batches += found.batches;
      bytes += found.bytes;
    }
  }
  return batches === 0 ? undefined : Math.round(bytes / batches);
}

function batchesIn(path: string): { batches: number; bytes: number } {
  const file = fs.openSync(path, 'r');
  try {
    const content = Buffer.alloc(Math.min(bytesOfFileMax, fs.fstatSync(file).size));
    const end = fs.readSync(file, content, 0, content.length, 0);
    let at = 0;
    let batches = 0;
    while (at + overheadBytes <= end) {
      const sizeBytes = content.readInt32BE(at + lengthPosition) + overheadBytes;
      if (sizeBytes <= overheadBytes || at + sizeBytes > end) break;
      at += sizeBytes;
      batches++;
    }
    return { batches, bytes: at };
  } finally {
    fs.closeSync(file);
  }
}
