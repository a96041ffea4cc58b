// What is packed comes out again, whatever it is.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventColumns, packEvents } from './columns.ts';
import type { PageEvent } from './page-event.ts';

const value = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
  fc.string({ unit: 'grapheme' }),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
);

const event = fc.record({
  step: fc.nat(),
  timeUs: fc.nat({ max: 2 ** 45 }),
  node: fc.constantFrom('broker-1', 'broker-2', 'client'),
  incarnation: fc.integer({ min: 0, max: 300 }),
  event: fc
    .dictionary(fc.constantFrom('a', 'b', 'topic', '__proto__x'), value, { noNullPrototype: true })
    .chain((fields) => fc.constantFrom('one', 'two').map((kind) => ({ kind, ...fields }))),
});

/** As JSON would have it: a field that is undefined is not there. */
const plain = (events: readonly unknown[]) => JSON.parse(JSON.stringify(events)) as unknown[];

test('events come out as they went in', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const columns = new EventColumns(packEvents(events as unknown as PageEvent[]));
      const out = Array.from({ length: columns.count }, (_, at) => columns.event(at));
      expect(plain(out)).toEqual(plain(events));
    }),
  );
});

test('an event of a large run costs a few bytes', () => {
  const events = Array.from({ length: 10_000 }, (_, index) => ({
    ...{ step: index * 2, timeUs: index * 700, node: `broker-${index % 5}`, incarnation: 1 },
    event: { kind: 'log-flushed', topic: 'orders', partition: index % 3, recoveryPoint: index },
  })) as PageEvent[];
  expect(packEvents(events).length).toBeLessThan(10_000 * 11);
});
