import { expect, test } from 'vitest';
import { FrameCounter } from './frames.ts';
import { Tally } from './tally.ts';

/** A frame of an API (0: Produce, 1: Fetch) with `more` bytes behind its head. */
function request(api: number, correlationId: number, more: number): number[] {
  return [0, 0, 0, 8 + more, 0, api, 0, 9, 0, 0, 0, correlationId, ...new Array<number>(more).fill(0x55)];
}

function response(correlationId: number, more: number): number[] {
  return [0, 0, 0, 4 + more, 0, 0, 0, correlationId, ...new Array<number>(more).fill(0x55)];
}

test.each([1, 3, 7, 1000])('requests and responses are found in chunks of %i bytes', (chunkBytes) => {
  const tally = new Tally();
  const counter = new FrameCounter(tally);
  const came = [...request(0, 1, 20), ...request(1, 2, 0), ...request(0, 3, 5)];
  const went = [...response(1, 0), ...response(2, 30), ...response(3, 2)];
  for (let at = 0; at < came.length; at += chunkBytes) {
    counter.received(Uint8Array.from(came.slice(at, at + chunkBytes)));
  }
  for (let at = 0; at < went.length; at += chunkBytes) {
    counter.sent(Uint8Array.from(went.slice(at, at + chunkBytes)));
  }
  expect(tally.counts()).toEqual({
    'requestBytes.Fetch': 12,
    'requestBytes.Produce': 12 + 20 + 12 + 5,
    'requests.Fetch': 1,
    'requests.Produce': 2,
    'responseBytes.Fetch': 8 + 30,
    'responseBytes.Produce': 8 + 8 + 2,
    'responses.Fetch': 1,
    'responses.Produce': 2,
  });
});

test('a response that answers nothing is a bug', () => {
  const counter = new FrameCounter(new Tally());
  expect(() => counter.sent(Uint8Array.from(response(9, 0)))).toThrow('answers a request');
});
