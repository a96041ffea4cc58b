import { createServer, type Server } from 'node:net';
import { describe, expect, test } from 'vitest';
import { HeldPorts } from './held-ports.ts';

const host = '127.0.0.1';

async function hold(first: number, count: number): Promise<HeldPorts> {
  const held = await HeldPorts.hold(host, first, count);
  if (!held.ok) throw new Error(held.error);
  return held.value;
}

function listen(port: number): Promise<Server | string> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    server.listen({ host, port }, () => resolve(server));
  });
}

describe('held ports', () => {
  test('are held for nobody else until they are let go', async () => {
    const held = await hold(0, 3);
    expect(new Set(held.ports).size).toBe(3);
    for (const port of held.ports) expect(await listen(port)).toBe('EADDRINUSE');
    const [first, second] = held.ports as [number, number];
    held.release([first]);
    const mine = await listen(first);
    expect(mine).toHaveProperty('listening', true);
    expect(await listen(second)).toBe('EADDRINUSE');
    (mine as Server).close();
    held.release();
  });

  test('in a row are told when one of them is taken, and the others are free again', async () => {
    const held = await hold(0, 1);
    const [taken] = held.ports as [number];
    const outcome = await HeldPorts.hold(host, taken - 1, 2);
    expect(outcome).toMatchObject({
      ok: false,
      error: expect.stringMatching(`${host}:${taken}.*EADDRINUSE`),
    });
    const before = await listen(taken - 1);
    expect(before).toHaveProperty('listening', true);
    (before as Server).close();
    held.release();
  });
});
