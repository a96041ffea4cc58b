// The other process of the fault `slow-disk`: writes pieces to a few files and syncs each, until its time is over, its
// bytes are used up, or the benchmark that started it is gone. Tells on standard output when it begins, and at the end
// how much it wrote.

import { randomFillSync } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';

const pieceBytes = 1 << 20;
/** So many files are written at the same time, that the disk has a queue. */
const writers = 4;
/** Each is written over from the start when it is as large as this. */
const fileBytesMax = 64 << 20;

async function write(path: string, forMs: number, bytesMax: number): Promise<void> {
  // The other end of standard input is held by the benchmark, which may be killed.
  process.stdin.on('end', () => process.exit(1)).resume();
  const paths = Array.from({ length: writers }, (_, index) => `${path}-${index}`);
  const files = await Promise.all(paths.map((each) => open(each, 'w')));
  await say({ begins: true });
  const untilMs = performance.now() + forMs;
  const syncs = await Promise.all(files.map((file) => writeUntil(file, untilMs, bytesMax / writers)));
  const all = syncs.reduce((sum, each) => sum + each, 0);
  for (const file of files) await file.close();
  for (const each of paths) await rm(each);
  await say({ bytes: all * pieceBytes, syncs: all });
  process.exit(0);
}

/** How many pieces were written, each synced. */
async function writeUntil(file: FileHandle, untilMs: number, bytesMax: number): Promise<number> {
  const piece = randomFillSync(new Uint8Array(pieceBytes));
  let pieces = 0;
  for (; performance.now() < untilMs && (pieces + 1) * pieceBytes <= bytesMax; pieces++) {
    await file.write(piece, 0, pieceBytes, (pieces * pieceBytes) % fileBytesMax);
    await file.datasync();
  }
  return pieces;
}

function say(what: object): Promise<void> {
  return new Promise((resolve) => process.stdout.write(`${JSON.stringify(what)}\n`, () => resolve()));
}

const [path, forMs, bytesMax] = process.argv.slice(2);
await write(path as string, Number(forMs), Number(bytesMax));
