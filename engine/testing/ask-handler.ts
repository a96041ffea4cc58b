// Asks a handler as a client would, in any version: request and answer both go through the codec. The
// services behind it are a controller over a log in memory, and log directories that are made up.

import { TopicsInPassing } from '../cluster/topics-in-passing.ts';
import { Reader, Writer } from '../protocol/bytes.ts';
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from '../protocol/codec.ts';
import type { Api, DecodedResponseOf, EncodableRequestOf } from '../protocol/schema.ts';
import type { Handler } from '../server/handler.ts';
import type { ControllerServices, Services } from '../server/services.ts';
import { channelTo, type Fixture, startController } from './controller-fixture.ts';

function servicesOf(fixture: Fixture, handlers: readonly Handler[]): Services & ControllerServices {
  const partition = (topic: string, partition: number) => ({ topic, partition, sizeBytes: 10, offsetLag: 0 });
  return {
    runtime: fixture.runtime,
    config: fixture.view.brokerConfig,
    metadata: fixture.view,
    producerIds: fixture.producerIds,
    topicsInPassing: new TopicsInPassing(fixture.runtime, fixture.view, channelTo(fixture.controller)),
    clusterId: 'c',
    advertised: { host: 'seen.test', port: 9192 },
    controller: fixture.controller,
    handlers,
    replicas: {
      describeLogDirs: () => [
        {
          path: '/logs',
          partitions: [partition('b', 1), partition('a', 0), partition('b', 0)],
          totalBytes: -1,
          usableBytes: -1,
        },
      ],
    },
  } as unknown as Services & ControllerServices;
}

/** A request and its answer, both through the codec. */
export function ask<A extends Api>(
  fixture: Fixture,
  handler: Handler<A, never>,
  version: number,
  draft: EncodableRequestOf<A>,
  handlers: readonly Handler[] = [],
): DecodedResponseOf<A> {
  const sent = new Writer();
  encodeRequest(handler.api, version, draft, sent);
  const request = decodeRequest(handler.api, version, new Reader(sent.toBytes()));
  if (!request.ok) throw new Error(request.error);
  const context = {
    version,
    correlationId: 1,
    clientId: 'test',
    peer: 'peer:1',
    services: servicesOf(fixture, handlers),
  };
  const verdict = fixture.run(handler.handle(request.value, context as never));
  if (verdict.kind !== 'respond') throw new Error(verdict.kind);
  const answered = new Writer();
  encodeResponse(handler.api, version, verdict.response, answered);
  const response = decodeResponse(handler.api, version, new Reader(answered.toBytes()));
  if (!response.ok) throw new Error(response.error);
  return response.value;
}

export function withTopics(...names: string[]): Fixture {
  const fixture = startController();
  const topics = names.map((name) => ({
    name,
    numPartitions: 2,
    replicationFactor: 1,
    assignments: [],
    configs: [],
  }));
  fixture.run(fixture.controller.createTopics({ topics, validateOnly: false }));
  return fixture;
}

/** Every version of an API gets through with the same draft. */
export function eachVersion<A extends Api>(handler: Handler<A, never>, ask: (version: number) => void): void {
  for (let version = handler.served.first; version <= handler.served.last; version++) ask(version);
}
