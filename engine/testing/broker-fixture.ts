// A whole broker on a memory node, and clients that talk to it by hand, byte for byte as over a socket.
// Nothing moves but by the test: `settle` lets disk and network finish, `advance` moves the clock, a step of
// the disk is one step.

import { assert } from '../base/assert.ts';
import { Broker } from '../broker.ts';
import { createTopics } from '../protocol/apis/create-topics.ts';
import { concat, Reader, Writer } from '../protocol/bytes.ts';
import { decodeResponse, encodeRequest } from '../protocol/codec.ts';
import { frame, readResponseHeader, writeRequestHeader } from '../protocol/frame.ts';
import type { Api, DecodedResponseOf, EncodableRequestOf } from '../protocol/schema.ts';
import type { MemoryPipe } from './memory-network.ts';
import { MemoryNode } from './memory-node.ts';

export class BrokerFixture {
  readonly node = new MemoryNode();
  readonly #properties: ReadonlyMap<string, string>;
  broker: Broker;

  constructor(properties: Readonly<Record<string, string>> = {}) {
    this.#properties = new Map([['listeners', 'PLAINTEXT://127.0.0.1:0'], ...Object.entries(properties)]);
    this.broker = this.start();
  }

  /** The broker of this life of the node; `changed` properties hold for this life only. */
  start(changed: Readonly<Record<string, string>> = {}): Broker {
    const properties = new Map([...this.#properties, ...Object.entries(changed)]);
    const started = this.node.run(Broker.start(this.node.runtime, { properties }));
    assert(started.ok, `the broker starts: ${JSON.stringify(started)}`);
    this.broker = started.value;
    return started.value;
  }

  client(clientId = 'test'): TestClient {
    return new TestClient(this.node, clientId);
  }

  /** Returns the id of the topic. */
  createTopic(name: string, numPartitions = 1, configs: Readonly<Record<string, string>> = {}): string {
    const created = this.client().ask(createTopics, 7, {
      topics: [
        {
          name,
          numPartitions,
          replicationFactor: 1,
          assignments: [],
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
      timeoutMs: 1000,
      validateOnly: false,
    }).topics[0];
    assert(created?.errorCode === 0, `${name} is created: ${created?.errorMessage}`);
    return created.topicId;
  }
}

/** A response that may not be there yet. */
export interface Asked<A extends Api> {
  /** undefined while there is none. */
  answer(): DecodedResponseOf<A> | undefined;
}

export class TestClient {
  readonly pipe: MemoryPipe;
  readonly #node: MemoryNode;
  readonly #clientId: string;
  #nextCorrelationId = 1;

  constructor(node: MemoryNode, clientId: string) {
    this.#node = node;
    this.#clientId = clientId;
    this.pipe = node.network.dial();
  }

  /** Sends a request, and lets nothing happen yet. */
  send<A extends Api>(api: A, version: number, body: EncodableRequestOf<A>): Asked<A> {
    const correlationId = this.#nextCorrelationId++;
    const writer = new Writer();
    writeRequestHeader(api, { version, correlationId, clientId: this.#clientId }, writer);
    encodeRequest(api, version, body, writer);
    this.pipe.arrive(concat(frame(writer.finish())));
    return { answer: () => this.#answer(api, version, correlationId) };
  }

  /** Sends a request and lets disk and network finish; the answer must be there then. */
  ask<A extends Api>(api: A, version: number, body: EncodableRequestOf<A>): DecodedResponseOf<A> {
    const asked = this.send(api, version, body);
    this.#node.settle();
    const answer = asked.answer();
    assert(answer !== undefined, `${api.name} is answered`);
    return answer;
  }

  /** Correlation ids of the responses so far, in their order. */
  answered(): number[] {
    return this.#frames().map((bytes) => new DataView(bytes.buffer, bytes.byteOffset).getInt32(0));
  }

  #answer<A extends Api>(api: A, version: number, correlationId: number): DecodedResponseOf<A> | undefined {
    for (const bytes of this.#frames()) {
      if (new DataView(bytes.buffer, bytes.byteOffset).getInt32(0) !== correlationId) continue;
      const reader = new Reader(bytes);
      readResponseHeader(api, version, reader);
      const decoded = decodeResponse(api, version, reader);
      assert(decoded.ok, `the answer of ${api.name} can be read: ${JSON.stringify(decoded)}`);
      return decoded.value;
    }
    return undefined;
  }

  #frames(): Uint8Array[] {
    const { sent } = this.pipe;
    const view = new DataView(sent.buffer, sent.byteOffset, sent.byteLength);
    const frames: Uint8Array[] = [];
    for (let at = 0; at < sent.length; ) {
      const end = at + 4 + view.getInt32(at);
      frames.push(sent.subarray(at + 4, end));
      at = end;
    }
    return frames;
  }
}
