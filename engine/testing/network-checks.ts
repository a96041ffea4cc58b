// The port checks of Network, and of the rule on a node's death.

import { assert } from '../base/assert.ts';
import type { Outcome } from '../base/outcome.ts';
import type { Connection, Listener, NetworkError } from '../ports.ts';
import { type Check, Ear, joined, pattern, sameBytes, text } from './probe.ts';

type Connected = (outcome: Outcome<Connection, NetworkError>) => void;
type Listening = (outcome: Outcome<Listener, NetworkError>) => void;

/** More than the buffers between two ends hold, in any life. */
const floodBytes = 32 << 20;

const reachingChecks: readonly Check[] = [
  {
    sentence: 'network: listen on port 0 takes a free port, and a connection reaches it',
    *run(probe) {
      const { dialled, accepted } = yield* probe.pipe();
      for (const { connection } of [dialled, accepted]) {
        assert(/^.+:\d+$/.test(connection.peer), `the peer is host:port, not "${connection.peer}"`);
      }
    },
  },
  {
    sentence: 'network: a port that is taken is "in-use"',
    *run(probe) {
      const { address } = yield* probe.listening();
      yield* probe.fails('listen', 'in-use', (done: Listening) =>
        probe.ports.network.listen(address, () => {}, done),
      );
    },
  },
  {
    sentence: 'network: where nobody listens, connect is "refused"',
    *run(probe) {
      const { address, stopListening } = yield* probe.listening();
      stopListening();
      yield* probe.pass(20);
      yield* probe.fails('connect', 'refused', (done: Connected) =>
        probe.peer.network.connect(address, done),
      );
    },
  },
  {
    sentence: 'network: a closed listener takes no more connections, those it has live on',
    *run(probe) {
      const { dialled, accepted, stopListening } = yield* probe.pipe();
      stopListening();
      stopListening();
      yield* probe.pass(20);
      dialled.attach();
      accepted.attach();
      dialled.send(text('ping'));
      yield* probe.until('ping arrives', () => accepted.receivedBytes === 4);
      accepted.send(text('pong'));
      yield* probe.until('pong arrives', () => dialled.receivedBytes === 4);
    },
  },
  {
    sentence: 'network: a hundred connections at once do not mix their bytes',
    *run(probe) {
      const { accepted, address } = yield* probe.listening();
      const dialled: Ear[] = [];
      for (let index = 0; index < 100; index++) {
        probe.act(() =>
          probe.peer.network.connect(address, (outcome) => {
            probe.heard('connect');
            if (outcome.ok) dialled.push(new Ear(probe, outcome.value, `dialled ${index}`).attach());
            else probe.complain(`connect must succeed: ${outcome.error.detail}`);
          }),
        );
      }
      yield* probe.until('all are connected', () => dialled.length === 100 && accepted.length === 100);
      for (const connection of accepted) {
        const ear = new Ear(probe, connection, 'accepted').attach();
        ear.onBytes = (chunk) => ear.send(Uint8Array.from(chunk));
      }
      for (const [index, ear] of dialled.entries()) ear.send(pattern(3000, index));
      yield* probe.until('all is echoed', () => dialled.every((ear) => ear.receivedBytes >= 3000));
      for (const [index, ear] of dialled.entries()) sameBytes(ear.received(), pattern(3000, index), 'echo');
    },
  },
];

const bytesChecks: readonly Check[] = [
  {
    sentence: 'network: bytes arrive complete and in order, both ways at once, whatever the cuts',
    *run(probe) {
      const { dialled, accepted } = yield* probe.pipe();
      dialled.attach();
      accepted.attach();
      const ends = [dialled, accepted].map((ear, salt) => ({ ear, salt, sent: [] as Uint8Array[] }));
      for (let round = 0; round < 60; round++) {
        for (const { ear, salt, sent } of ends) {
          const chunks = [0, 1, 17 * round, round % 7 === 0 ? 100_000 : 3].map((length, index) =>
            pattern(length, salt + round * 4 + index),
          );
          sent.push(...chunks.map((chunk) => Uint8Array.from(chunk)));
          ear.send(...chunks);
        }
        if (round % 3 === 0) yield* probe.pass(1);
      }
      for (const [index, { sent }] of ends.entries()) {
        const far = (index === 0 ? accepted : dialled) as Ear;
        const expected = joined(sent);
        yield* probe.until('all bytes arrive', () => far.receivedBytes >= expected.length);
        sameBytes(far.received(), expected, 'what arrived');
      }
    },
  },
  {
    sentence: 'network: nothing is delivered before attach, and nothing is lost by waiting for it',
    *run(probe) {
      const { dialled, accepted } = yield* probe.pipe();
      dialled.attach();
      dialled.send(pattern(200_000));
      yield* probe.pass(30);
      accepted.attach();
      assert(accepted.receivedBytes === 0, 'nothing is delivered inside attach');
      yield* probe.until('all bytes arrive', () => accepted.receivedBytes >= 200_000);
      sameBytes(accepted.received(), pattern(200_000), 'what arrived');
    },
  },
  {
    sentence: 'network: after drained the sender may write over what it sent, and the old bytes arrive',
    *run(probe) {
      const { dialled, accepted } = yield* probe.pipe();
      dialled.attach();
      accepted.attach();
      const bytes = pattern(20_000, 7);
      dialled.send(bytes);
      yield* probe.until('drained is called', () => dialled.drains > 0);
      bytes.fill(0);
      yield* probe.until('all arrives', () => accepted.receivedBytes >= 20_000);
      sameBytes(accepted.received(), pattern(20_000, 7), 'what arrives');
    },
  },
  {
    sentence: 'network: send tells the queued bytes, this call included, and drained tells of their end',
    *run(probe) {
      const { dialled, accepted } = yield* probe.pipe();
      dialled.attach();
      accepted.attach();
      const first = dialled.send(pattern(1000), pattern(500));
      assert(first === 1500, `1500 bytes are queued, not ${first}`);
      const second = dialled.send(pattern(100));
      assert(second >= 100 && second <= 1600, `between 100 and 1600 bytes are queued, not ${second}`);
      yield* probe.until('drained is called', () => dialled.drains > 0);
      const third = dialled.send(pattern(7));
      assert(third === 7, `after drained only the new 7 bytes are queued, not ${third}`);
      yield* probe.until('all bytes arrive', () => accepted.receivedBytes === 1607);
    },
  },
  {
    sentence: 'network: a paused receiver is felt by the sender, and resume loses nothing',
    *run(probe) {
      const { dialled, accepted } = yield* probe.pipe();
      dialled.attach();
      accepted.attach();
      accepted.pause();
      const chunk = pattern(1 << 20);
      for (let sent = 0; sent < floodBytes; sent += chunk.length) dialled.send(Uint8Array.from(chunk));
      yield* probe.pass(100);
      assert(accepted.receivedBytes === 0, 'a paused connection delivers nothing');
      assert(dialled.drains === 0, 'the queue of the sender cannot be empty');
      assert(dialled.send(text('!')) > 1 << 20, 'the queue of the sender is long');
      accepted.resume();
      yield* probe.until('all bytes arrive', () => accepted.receivedBytes > floodBytes);
      yield* probe.until('drained is called', () => dialled.drains > 0);
      const received = accepted.received();
      for (let at = 0; at < floodBytes; at += chunk.length) {
        sameBytes(received.subarray(at, at + chunk.length), chunk, `the megabyte at ${at}`);
      }
      sameBytes(received.subarray(floodBytes), text('!'), 'the last byte');
    },
  },
  {
    sentence: 'network: pause stops at once, also inside the bytes callback',
    *run(probe) {
      const { dialled, accepted } = yield* probe.pipe();
      dialled.attach();
      accepted.attach();
      let paused = false;
      let rounds = 0;
      accepted.onBytes = () => {
        probe.demand(!paused, 'bytes must not be called while paused');
        accepted.pause();
        paused = true;
        rounds++;
      };
      dialled.send(pattern(1_000_000));
      while (accepted.receivedBytes < 1_000_000) {
        yield* probe.until('some bytes arrive', () => paused);
        yield* probe.pass(2);
        paused = false;
        accepted.resume();
      }
      assert(rounds > 1, 'a megabyte comes in more than one piece');
      sameBytes(accepted.received(), pattern(1_000_000), 'what arrived');
    },
  },
];

const endingChecks: readonly Check[] = [
  {
    sentence: 'network: close sends what is queued, then ends; closed is called at the other end only',
    *run(probe) {
      const { dialled, accepted } = yield* probe.pipe();
      dialled.attach();
      accepted.attach();
      dialled.send(pattern(4 << 20));
      dialled.close();
      yield* probe.until('the other end is told', () => accepted.closedReason !== undefined);
      sameBytes(accepted.received(), pattern(4 << 20), 'what arrived before the end');
      yield* probe.pass(20);
    },
  },
  {
    sentence: 'network: close also sends what was queued behind bytes on their way',
    *run(probe) {
      const { dialled, accepted } = yield* probe.pipe();
      dialled.attach();
      accepted.attach();
      accepted.pause();
      dialled.send(pattern(floodBytes / 2));
      yield* probe.pass(20);
      dialled.send(text('the rest'));
      dialled.close();
      yield* probe.pass(20);
      accepted.resume();
      yield* probe.until('the end is told', () => accepted.closedReason !== undefined);
      assert(accepted.receivedBytes === floodBytes / 2 + 8, `all arrived, not ${accepted.receivedBytes}`);
      sameBytes(accepted.received().subarray(-8), text('the rest'), 'what was sent last');
    },
  },
  {
    sentence: 'network: after closed or close, every call is harmless and nothing is called any more',
    *run(probe) {
      const { dialled, accepted } = yield* probe.pipe();
      dialled.attach();
      accepted.attach();
      dialled.close();
      accepted.send(text('in flight'));
      yield* probe.until('the other end is told', () => accepted.closedReason !== undefined);
      for (const ear of [dialled, accepted]) {
        ear.send(text('too late'));
        ear.pause();
        ear.resume();
        ear.close();
        ear.close();
      }
      yield* probe.pass(20);
    },
  },
  {
    sentence: 'network: own close stops bytes at once',
    *run(probe) {
      const { dialled, accepted } = yield* probe.pipe();
      dialled.attach();
      accepted.attach();
      accepted.onBytes = () => accepted.close();
      dialled.send(pattern(1_000_000));
      yield* probe.until('some bytes arrive', () => accepted.receivedBytes > 0);
      yield* probe.until('the sender is told', () => dialled.closedReason !== undefined);
      yield* probe.pass(20);
    },
  },
  {
    sentence: 'network: a paused connection delivers what came before the end, then tells of the end',
    *run(probe) {
      const { dialled, accepted } = yield* probe.pipe();
      dialled.attach();
      accepted.attach();
      accepted.pause();
      dialled.send(text('last words'));
      dialled.close();
      yield* probe.pass(30);
      assert(accepted.receivedBytes === 0, 'a paused connection delivers nothing');
      accepted.resume();
      yield* probe.until('the end is told', () => accepted.closedReason !== undefined);
      sameBytes(accepted.received(), text('last words'), 'what came before the end');
    },
  },
  {
    sentence: 'network: an end that came before attach is told after it',
    *run(probe) {
      const { dialled, accepted } = yield* probe.pipe();
      dialled.attach();
      dialled.send(text('hello'));
      dialled.close();
      yield* probe.pass(30);
      accepted.attach();
      yield* probe.until('the end is told', () => accepted.closedReason !== undefined);
      sameBytes(accepted.received(), text('hello'), 'what came before the end');
    },
  },
];

const deathChecks: readonly Check[] = [
  {
    sentence: "every port: after a node's death nothing calls back any more",
    *run(probe) {
      const { dialled, accepted } = yield* probe.pipe();
      dialled.attach();
      const { address } = yield* probe.listening();
      const { ports } = probe;
      const file = yield* probe.ok('open', (done: Parameters<typeof ports.disk.open>[2]) =>
        ports.disk.open('log', { create: true }, done),
      );
      let dead = false;
      const called = (): void => probe.demand(!dead, 'a dead node was called back');
      accepted.connection.attach({ bytes: called, closed: called, drained: called });
      yield* probe.pass(5);
      dead = true;
      ports.timers.after(1000, called);
      ports.disk.list('', called);
      file.append([text('x')], called);
      file.sync(called);
      ports.network.listen({ host: probe.life.host, port: 0 }, called, called);
      ports.network.connect(address, called);
      dialled.send(pattern(100_000));
      accepted.connection.send([text('x')]);
      probe.life.die();
      yield* probe.pass(50);
    },
  },
];

export const networkChecks: readonly Check[] = [
  ...reachingChecks,
  ...bytesChecks,
  ...endingChecks,
  ...deathChecks,
];
