// One broker of a replica fixture: its logs, its view of the metadata and its replicas on a memory node, and the
// handlers that others ask it with. It has no controller and no coordinators: the fixture plays the first, nobody the
// others.

import { assert } from '../base/assert.ts';
import type { Outcome } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { AskController } from '../cluster/isr-changes.ts';
import { logConfigOf } from '../cluster/log-config-of.ts';
import { MetadataView } from '../cluster/metadata-view.ts';
import type { Peers } from '../cluster/peers.ts';
import { type LeadershipChange, Replicas } from '../cluster/replicas.ts';
import { FetchSessions } from '../core/fetch-session.ts';
import type { MetadataRecord } from '../core/metadata-record.ts';
import { LogManager } from '../log/log-manager.ts';
import { Reader, Writer } from '../protocol/bytes.ts';
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from '../protocol/codec.ts';
import { wholeBatchesOf } from '../protocol/record-batch.ts';
import { decodeRecords } from '../protocol/records.ts';
import type { Api, DecodedResponseOf, EncodableRequestOf } from '../protocol/schema.ts';
import type { Handler } from '../server/handler.ts';
import { deleteRecordsHandler } from '../server/handlers/delete-records.ts';
import { fetchHandler } from '../server/handlers/fetch.ts';
import { listOffsetsHandler } from '../server/handlers/list-offsets.ts';
import { offsetForLeaderEpochHandler } from '../server/handlers/offset-for-leader-epoch.ts';
import { produceHandler } from '../server/handlers/produce.ts';
import type { Services } from '../server/services.ts';
import { parsedConfig } from './controller-fixture.ts';
import { MemoryNode } from './memory-node.ts';

const handlers: readonly Handler<Api, never>[] = [
  produceHandler,
  fetchHandler,
  listOffsetsHandler,
  offsetForLeaderEpochHandler,
  deleteRecordsHandler,
];

/** One life of the broker. */
interface Life {
  readonly logs: LogManager;
  readonly view: MetadataView;
  readonly replicas: Replicas;
  readonly services: Services;
}

export interface NodeSeams {
  peersOf(node: ReplicaNode): Peers;
  controllersOf(node: ReplicaNode): AskController;
  onLeadership(node: ReplicaNode, topic: string, change: LeadershipChange, leaderEpoch: number): void;
}

export class ReplicaNode {
  readonly id: number;
  readonly memory = new MemoryNode();
  readonly #seams: NodeSeams;
  readonly #properties: Readonly<Record<string, string>>;
  #life: Life | undefined;
  #appliedOffset = -1;
  #directoryId = '';

  constructor(id: number, seams: NodeSeams, properties: Readonly<Record<string, string>>) {
    this.id = id;
    this.#seams = seams;
    this.#properties = { 'node.id': String(id), ...properties };
  }

  get alive(): boolean {
    return this.#life !== undefined;
  }

  get brokerEpoch(): number {
    return this.#present.view.image.brokers.get(this.id)?.epoch ?? -1;
  }

  /** Of the latest life. */
  get directoryId(): string {
    return this.#directoryId;
  }

  get replicas(): Replicas {
    return this.#present.replicas;
  }

  get #present(): Life {
    assert(this.#life !== undefined, `broker ${this.id} is alive`);
    return this.#life;
  }

  /** Opens what the disk has, with all metadata of `records` known before (one batch each). */
  start(records: readonly MetadataRecord[]): void {
    assert(this.#life === undefined, 'a broker is started once');
    const { memory } = this;
    const config = parsedConfig(this.#properties);
    const view = new MetadataView(memory.runtime, { nodeId: this.id, clusterId: 'c', config });
    let replicas: Replicas | undefined;
    const logs = new LogManager(memory.runtime, {
      directory: '',
      nodeId: this.id,
      clusterId: undefined,
      retentionCheckIntervalMs: Number.POSITIVE_INFINITY,
      recoveryPointCheckpointIntervalMs: 60_000,
      logStartCheckpointIntervalMs: 60_000,
      highWatermarkCheckpointIntervalMs: 5_000,
      flushCheckIntervalMs: Number.POSITIVE_INFINITY,
      producerIdExpirationMs: () => 86_400_000,
      producerIdExpirationCheckIntervalMs: Number.POSITIVE_INFINITY,
      configOf: (topic) => logConfigOf(view.topicConfig(topic)),
      highWatermarkOf: (log) => replicas?.partition(log.topic, log.partition)?.highWatermark,
      onFailure: (error) => assert(false, `the disk of broker ${this.id} holds: ${error.detail}`),
    });
    this.#appliedOffset = -1;
    memory.run(publishAll(view, records));
    this.#appliedOffset = records.length - 1;
    assert(memory.run(logs.load()).ok, 'the logs can be opened');
    this.#directoryId = logs.directoryId;
    replicas = new Replicas({
      runtime: memory.runtime,
      nodeId: this.id,
      logs,
      metadata: view,
      logDirectory: '/logs',
      peers: this.#seams.peersOf(this),
      controllers: this.#seams.controllersOf(this),
      brokerEpoch: () => view.image.brokers.get(this.id)?.epoch ?? -1,
      onLeadership: ({ topic }, change, epoch) => this.#seams.onLeadership(this, topic, change, epoch),
      onStorageFailure: () => assert(false, 'no disk fails in this fixture'),
    });
    const services = { runtime: memory.runtime, config, metadata: view, replicas, fetchSessions: sessions() };
    this.#life = { logs, view, replicas, services: services as unknown as Services };
    assert(memory.run(replicas.open()).ok, 'the replicas are opened');
    logs.start();
  }

  /** Takes in all of `records` that are new to it, one batch each. */
  applyUpTo(records: readonly MetadataRecord[]): void {
    const { view } = this.#present;
    for (const [offset, record] of records.entries()) {
      if (offset <= this.#appliedOffset) continue;
      this.#appliedOffset = offset;
      const batch = { records: [record], lastOffset: offset, epoch: 1 };
      this.memory.runtime.tasks.spawn('metadata', view.publish(batch));
    }
  }

  /** Ends this life, with or without what was not synced. */
  die(how: 'crash' | 'power-loss'): void {
    this.#life = undefined;
    if (how === 'crash') this.memory.crash();
    else this.memory.powerLoss();
  }

  /** Stops as on request: everything is durable, checkpoints are written. */
  stop(): void {
    const { replicas, logs } = this.#present;
    replicas.stop();
    assert(this.memory.run(logs.shutdown(this.brokerEpoch)).ok, 'the logs are closed');
    this.die('crash');
  }

  /** Answers as this broker would; both ways through the codec. */
  answer<A extends Api>(
    api: A,
    version: number,
    draft: EncodableRequestOf<A>,
    answered: (response: DecodedResponseOf<A>) => void,
  ): void {
    const handler = handlers.find((one) => one.api.key === api.key);
    assert(handler !== undefined, `${api.name} is served in the fixture`);
    const sent = new Writer();
    encodeRequest(api, version, draft, sent);
    const request = decodeRequest(api, version, new Reader(sent.toBytes()));
    assert(request.ok, `the request can be read: ${JSON.stringify(request)}`);
    const { services } = this.#present;
    const context = { version, correlationId: 1, clientId: 'test', peer: 'peer:1', services };
    const { tasks } = this.memory.runtime;
    const ended = tasks.spawn(api.name, handler.handle(request.value as never, context as never));
    ended.onSettled((verdict) => {
      if (verdict.kind !== 'respond') return;
      const writer = new Writer();
      encodeResponse(api, version, verdict.response as never, writer);
      const response: Outcome<DecodedResponseOf<A>, string> = decodeResponse(
        api,
        version,
        new Reader(writer.toBytes()),
      );
      assert(response.ok, `the response can be read: ${JSON.stringify(response)}`);
      answered(response.value);
    });
  }

  /** `value/epoch` of every record in the log of a partition, `-` before its start. */
  content(topic: string, index: number): string[] {
    const partition = this.replicas.partition(topic, index);
    if (partition === undefined) return [];
    const { log } = partition;
    const shown: string[] = [];
    for (
      let offset = log.logStartOffset;
      offset < log.logEndOffset;
      offset = log.logStartOffset + shown.length
    ) {
      const limits = { maxBytes: 1_000_000, upToOffset: log.logEndOffset, atLeastOneBatch: true };
      const read = this.memory.run(log.read(offset, limits));
      assert(read.ok && read.value.length > 0, 'what is below the end can be read');
      for (const batch of wholeBatchesOf(read.value).batches) {
        const records = decodeRecords(batch);
        assert(records.ok, 'records can be read');
        for (const { offset: at, value } of records.value) {
          if (at < offset) continue;
          shown.push(`${new TextDecoder().decode(value ?? new Uint8Array(0))}/${batch.partitionLeaderEpoch}`);
        }
      }
    }
    return shown;
  }
}

function sessions(): FetchSessions {
  return new FetchSessions(10, () => 1);
}

function* publishAll(view: MetadataView, records: readonly MetadataRecord[]): Task<void> {
  for (const [lastOffset, record] of records.entries()) {
    yield* view.publish({ records: [record], lastOffset, epoch: 1 });
  }
}
