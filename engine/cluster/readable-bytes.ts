// How many bytes of a log have become readable so far, for consumers (committed) and for followers (written): a parked
// fetch compares two such counts instead of reading again. What is written waits here for the high watermark.

interface Uncommitted {
  endOffset: number;
  /** All that was written through it. */
  writtenBytes: number;
}

/** Beyond it neighbours are counted as one: bytes are told late then, never too early. */
const uncommittedMax = 4096;

export class ReadableBytes {
  readonly #uncommitted: Uncommitted[] = [];
  #written = 0;
  #committed = 0;

  get written(): number {
    return this.#written;
  }

  get committed(): number {
    return this.#committed;
  }

  wrote(bytes: number, endOffset: number): void {
    this.#written += bytes;
    const last = this.#uncommitted.at(-1);
    if (last !== undefined && (this.#uncommitted.length >= uncommittedMax || last.endOffset === endOffset)) {
      last.endOffset = endOffset;
      last.writtenBytes = this.#written;
    } else {
      this.#uncommitted.push({ endOffset, writtenBytes: this.#written });
    }
  }

  committedTo(highWatermark: number): void {
    let count = 0;
    for (const { endOffset, writtenBytes } of this.#uncommitted) {
      if (endOffset > highWatermark) break;
      this.#committed = writtenBytes;
      count++;
    }
    if (count > 0) this.#uncommitted.splice(0, count);
  }

  /** What was cut off will never be committed. */
  cutTo(endOffset: number): void {
    while ((this.#uncommitted.at(-1)?.endOffset ?? 0) > endOffset) this.#uncommitted.pop();
  }
}
