// What the host's disk asks of the system: writes that are complete, sizes shared by all openings of one file, and the
// system's errors in the words of the port.

import fs from 'node:fs';
import type { DiskError, DiskErrorKind } from '../ports.ts';

/** The system takes no more pieces in one gathered write. */
const piecesPerWrite = 1024;

/** What is known of a file that is open, by whatever name and however often. */
export interface OpenNode {
  readonly key: string;
  /** How large the file is. */
  sizeBytes: number;
  /** How large it is as far as callers were told. */
  toldBytes: number;
  /** Written since somebody last asked to make it durable. */
  unsyncedBytes: number;
  /** Why making it durable in the background failed. Stays: what was lost does not come back. */
  writeBackError: Error | undefined;
  openings: number;
}

/** The open files by the system's own identity, which a rename does not change. */
export class OpenNodes {
  readonly #nodes = new Map<string, OpenNode>();

  enter(descriptor: number): OpenNode {
    const { dev, ino, size } = fs.fstatSync(descriptor, { bigint: true });
    const key = `${dev}:${ino}`;
    const sizeBytes = Number(size);
    let node = this.#nodes.get(key);
    if (node === undefined) {
      node = {
        key,
        sizeBytes,
        toldBytes: sizeBytes,
        unsyncedBytes: 0,
        writeBackError: undefined,
        openings: 0,
      };
      this.#nodes.set(key, node);
    }
    node.openings++;
    return node;
  }

  leave(node: OpenNode): void {
    node.openings--;
    if (node.openings === 0) this.#nodes.delete(node.key);
  }
}

/** Writes all of `chunks` at `position`, in as few calls as the system allows; returns the number of bytes. */
export function writeFully(descriptor: number, chunks: readonly Uint8Array[], position: number): number {
  let written = 0;
  let left: readonly Uint8Array[] = chunks.filter((chunk) => chunk.length > 0);
  while (left.length > 0) {
    const first = left[0] as Uint8Array;
    const count =
      left.length === 1
        ? fs.writeSync(descriptor, first, 0, first.length, position + written)
        : fs.writevSync(descriptor, left.slice(0, piecesPerWrite), position + written);
    written += count;
    left = without(left, count);
  }
  return written;
}

/** The chunks without their first `count` bytes: the system may take only a part. */
function without(chunks: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let at = 0;
  let rest = count;
  while (at < chunks.length && rest >= (chunks[at] as Uint8Array).length) {
    rest -= (chunks[at] as Uint8Array).length;
    at++;
  }
  if (rest === 0) return chunks.slice(at);
  return [(chunks[at] as Uint8Array).subarray(rest), ...chunks.slice(at + 1)];
}

const kinds: ReadonlyMap<string, DiskErrorKind> = new Map([
  ['ENOENT', 'missing'],
  ['ENOTDIR', 'missing'],
  ['ENOSPC', 'full'],
  ['EDQUOT', 'full'],
]);

/** What the system said, as the port says it. Whatever is not the system's error is a bug and goes on. */
export function diskError(what: string, error: unknown): DiskError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) throw error;
  return { kind: kinds.get(code) ?? 'io', detail: `${what}: ${(error as Error).message}` };
}
