import { describe, expect, test } from 'vitest';
import { BufferPool } from './buffer-pool.ts';

describe('a pool of buffers', () => {
  test('gives a buffer of the size that was asked for, and uses what comes back again', () => {
    const pool = new BufferPool({ scribbles: false });
    const first = pool.take(65_000);
    expect(first.length).toBe(65_000);
    pool.giveBack(first.subarray(10, 20));
    expect(pool.hasIdle(60_000)).toBe(true);
    const second = pool.take(60_000);
    expect(second.length).toBe(60_000);
    expect(second.buffer).toBe(first.buffer);
    expect(pool.hasIdle(60_000)).toBe(false);
    expect(pool.take(60_000).buffer).not.toBe(first.buffer);
  });

  test('does not mix sizes: what is taken is never smaller than what was asked for', () => {
    const pool = new BufferPool({ scribbles: false });
    for (const bytes of [1024, 1025, 4096, 70_000, 4 << 20]) pool.giveBack(pool.take(bytes));
    for (const bytes of [1024, 1025, 4096, 70_000, 4 << 20]) expect(pool.take(bytes).length).toBe(bytes);
  });

  test('what is given back twice is a bug, and said', () => {
    const pool = new BufferPool({ scribbles: false });
    const buffer = pool.take(2048);
    pool.giveBack(buffer);
    expect(() => pool.giveBack(buffer)).toThrow('given back once');
  });

  test('keeps no more than its limit, nothing small or huge, and nothing that is not its own', () => {
    const pool = new BufferPool({ scribbles: false });
    const large = Array.from({ length: 20 }, () => pool.take(4 << 20));
    for (const buffer of large) pool.giveBack(buffer);
    const again = new Set(large.map(({ buffer }) => buffer));
    const reused = Array.from({ length: 20 }, () => pool.take(4 << 20)).filter(({ buffer }) =>
      again.has(buffer),
    );
    expect(reused.length).toBe(8);
    pool.giveBack(new Uint8Array(100));
    pool.giveBack(new Uint8Array(4096));
    expect(pool.hasIdle(4096)).toBe(false);
    pool.giveBack(pool.take((4 << 20) + 1));
    expect(pool.hasIdle(5 << 20)).toBe(false);
  });

  test('under simulation whoever kept a byte finds nonsense', () => {
    const pool = new BufferPool({ scribbles: true });
    const buffer = pool.take(100).fill(7);
    const kept = buffer.subarray(50);
    pool.giveBack(buffer);
    expect([...new Set(kept)]).toEqual([0xdb]);
    expect(pool.hasIdle(100)).toBe(false);
  });
});
