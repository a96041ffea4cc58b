// One connection against a peer that is silent, wrong or gone: every request has an outcome, nothing throws,
// and `sent` is false only where no byte can have arrived.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../ports.ts';
import { apiVersions } from '../protocol/apis/api-versions.ts';
import { heartbeat } from '../protocol/apis/heartbeat.ts';
import { metadata } from '../protocol/apis/metadata.ts';
import { concat, Writer } from '../protocol/bytes.ts';
import { encodeResponse } from '../protocol/codec.ts';
import { frame, writeResponseHeader } from '../protocol/frame.ts';
import { BrokerConnection } from './connection.ts';
import { TestingWorld } from './testing-world.ts';

const address = { host: 'peer', port: 1 };
const settings = {
  clientId: 'test',
  requestTimeoutMs: 1_000,
  socketConnectionSetupTimeoutMs: 500,
  receiveMessageMaxBytes: 10_000,
};
const groupMember = { groupId: 'g', generationId: 1, memberId: 'm' };

function offered(): Uint8Array {
  const writer = new Writer();
  writeResponseHeader(apiVersions, 4, 0, writer);
  const apiKeys = [{ apiKey: heartbeat.key, minVersion: 0, maxVersion: 2 }];
  encodeResponse(apiVersions, 4, { errorCode: 0, apiKeys, throttleTimeMs: 0 }, writer);
  return concat(frame(writer.finish()));
}

function beat(correlationId: number): Uint8Array {
  const writer = new Writer();
  writeResponseHeader(heartbeat, 2, correlationId, writer);
  encodeResponse(heartbeat, 2, { throttleTimeMs: 0, errorCode: 27 }, writer);
  return concat(frame(writer.finish()));
}

/** A connection that has agreed on versions with a peer that then says only what the test says. */
function connected() {
  const world = new TestingWorld();
  const runtime = world.runtime();
  let peer: Connection | undefined;
  world.serve(address, (connection) => {
    peer = connection;
    let first = true;
    connection.attach({
      bytes: () => {
        if (first) connection.send([offered()]);
        first = false;
      },
      closed: () => {},
      drained: () => {},
    });
  });
  const opened = world.finish(runtime, BrokerConnection.open(runtime, address, settings));
  if (!opened.ok || peer === undefined) throw new Error('the connection opens');
  return { world, runtime, connection: opened.value, peer };
}

describe('a connection', () => {
  test('answers in the order of the requests, whatever the cuts', () => {
    const { world, runtime, connection, peer } = connected();
    const answers = [1, 2].map(() => connection.start(heartbeat, groupMember));
    const bytes = concat([beat(1), beat(2)]);
    peer.send([bytes.slice(0, 3), bytes.slice(3, 20), bytes.slice(20)]);
    for (const answer of answers) {
      expect(world.finish(runtime, answer.wait())).toMatchObject({ ok: true, value: { errorCode: 27 } });
    }
    expect(connection.versionOf(heartbeat)).toBe(2);
    expect(connection.versionOf(heartbeat, 1)).toBe(1);
  });

  test('a late response ends it: the request timed out, those behind it are cut off', () => {
    const { world, runtime, connection } = connected();
    const first = connection.start(heartbeat, groupMember);
    world.advance(100);
    const second = connection.start(heartbeat, groupMember);
    expect(world.finish(runtime, first.wait())).toMatchObject({ error: { kind: 'timeout', sent: true } });
    expect(world.finish(runtime, second.wait())).toMatchObject({
      error: { kind: 'disconnected', sent: true },
    });
    const third = connection.start(heartbeat, groupMember);
    expect(world.finish(runtime, third.wait())).toMatchObject({
      error: { kind: 'disconnected', sent: false },
    });
  });

  test('an API that the peer does not have is never sent', () => {
    const { world, runtime, connection } = connected();
    const draft = {
      topics: null,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    };
    const answer = world.finish(runtime, connection.request(metadata, draft));
    expect(answer).toMatchObject({ error: { kind: 'unsupported', sent: false } });
    expect(connection.open).toBe(true);
  });

  test('a wrong correlation id, a huge frame and a response to nothing end it', () => {
    for (const bytes of [
      beat(9),
      Uint8Array.of(0x7f, 0xff, 0xff, 0xff),
      Uint8Array.of(0xff, 0xff, 0xff, 0xff),
    ]) {
      const { world, runtime, connection, peer } = connected();
      const answer = connection.start(heartbeat, groupMember);
      peer.send([bytes]);
      expect(world.finish(runtime, answer.wait())).toMatchObject({
        error: { kind: 'malformed', sent: true },
      });
    }
    const { world, connection, peer } = connected();
    peer.send([beat(1)]);
    world.advance(10);
    expect(connection.open).toBe(false);
  });

  test('bytes of strangers never throw, and the request has an outcome', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.boolean(), (noise, framed) => {
        const { world, runtime, connection, peer } = connected();
        const answer = connection.start(heartbeat, groupMember);
        const body = framed ? concat([Uint8Array.of(0, 0, 0, 1), noise]) : noise;
        peer.send(framed ? frame([body]) : [body]);
        world.finish(runtime, answer.wait(), 5_000);
        world.advance(5_000);
        expect(world.bugs).toEqual([]);
      }),
      { numRuns: 300, seed: 11 },
    );
  });

  test('nobody there, and somebody who never answers: not sent, sent', () => {
    const world = new TestingWorld();
    const runtime = world.runtime();
    const refused = world.finish(runtime, BrokerConnection.open(runtime, address, settings));
    expect(refused).toMatchObject({ ok: false, error: { kind: 'disconnected', sent: false } });
    world.serve(address, () => {});
    const silent = world.finish(runtime, BrokerConnection.open(runtime, address, settings));
    expect(silent).toMatchObject({ ok: false, error: { kind: 'timeout' } });
  });
});
