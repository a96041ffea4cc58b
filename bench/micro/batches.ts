// Checksums, and making and reading record batches: what a client does for every record, and the broker for
// every batch.

import { type BatchRecord, batchAt, buildBatch, crc32c, decodeRecords } from '../../engine/index.ts';
import { SeededRandom } from '../random.ts';
import type { MicroCase } from './cases.ts';

const checksumBytes = [100, 1024, 16_384, 1_048_576];
/** So much is checksummed in one call, in pieces of the size in question. */
const bytesOfCall = 1 << 20;

export function checksumCases(): MicroCase[] {
  return checksumBytes.map((size) => {
    const bytes = randomBytes(size, 'checksum');
    const operations = Math.ceil(bytesOfCall / size);
    return {
      name: `CRC-32C of ${size} B`,
      operations,
      bytes: size,
      run: () => {
        let sum = 0;
        for (let time = 0; time < operations; time++) sum ^= crc32c(bytes);
        return sum;
      },
    };
  });
}

export function batchCases(): MicroCase[] {
  return [casesOf(60, 1024), casesOf(500, 100)].flat();
}

/** One operation is one record, so that the sizes can be compared. */
function casesOf(count: number, recordBytes: number): MicroCase[] {
  const records: BatchRecord[] = Array.from({ length: count }, (_, index) => ({
    timestamp: 1_700_000_000_000 + index,
    key: null,
    value: randomBytes(recordBytes, `value ${index}`),
  }));
  const batch = batchAt(buildBatch({ records }));
  const what = `a batch of ${count} x ${recordBytes} B, per record`;
  return [
    { name: `build ${what}`, operations: count, bytes: recordBytes, run: () => buildBatch({ records }) },
    {
      name: `check and decode ${what}`,
      operations: count,
      bytes: recordBytes,
      run: () => {
        if (!batch.isCrcValid()) throw new Error('a batch that we made has its checksum');
        return decodeRecords(batch);
      },
    },
  ];
}

function randomBytes(length: number, seed: string): Uint8Array {
  const bytes = new Uint8Array(length);
  new SeededRandom(seed).fill(bytes);
  return bytes;
}
