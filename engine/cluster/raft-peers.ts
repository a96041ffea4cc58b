// How a member of the quorum reaches the others: one connection to each, opened when first wanted, opened again after a
// wait. Every question has one answer, or none within its time.

import { unreachable } from '../base/assert.ts';
import type { Task } from '../base/task.ts';
import { BrokerConnections } from '../client/broker-connections.ts';
import { nodeConnections } from '../client/client-config.ts';
import type { Answer, BrokerConnection, Draft } from '../client/connection.ts';
import type { PeerRequest, PeerResponse } from '../core/raft/messages.ts';
import type { Address } from '../ports.ts';
import { beginQuorumEpoch } from '../protocol/apis/begin-quorum-epoch.ts';
import { endQuorumEpoch } from '../protocol/apis/end-quorum-epoch.ts';
import { fetch } from '../protocol/apis/fetch.ts';
import { fetchSnapshot } from '../protocol/apis/fetch-snapshot.ts';
import { vote } from '../protocol/apis/vote.ts';
import type { Api, DecodedResponseOf } from '../protocol/schema.ts';
import type { Runtime } from '../runtime.ts';
import {
  readFetched,
  readSnapshotChunk,
  readTold,
  writeBeginQuorumEpoch,
  writeEndQuorumEpoch,
  writeFetch,
  writeFetchSnapshot,
  writeVote,
} from './raft-wire.ts';

export interface RaftPeers {
  /** Undefined when no answer came, for whatever reason. */
  ask(peerId: number, request: PeerRequest): Task<PeerResponse<Uint8Array> | undefined>;
  close(): void;
}

export interface RaftPeersOptions {
  readonly nodeId: number;
  readonly clusterId: string;
  readonly addressOf: (peerId: number) => Address | undefined;
  /** controller.quorum.request.timeout.ms */
  readonly requestTimeoutMs: number;
}

export class ConnectedPeers implements RaftPeers {
  readonly #options: RaftPeersOptions;
  readonly #connections: BrokerConnections;

  constructor(runtime: Runtime, options: RaftPeersOptions) {
    this.#options = options;
    const settings = nodeConnections(`raft-${options.nodeId}`, options.requestTimeoutMs);
    this.#connections = new BrokerConnections(runtime, settings);
  }

  *ask(peerId: number, request: PeerRequest): Task<PeerResponse<Uint8Array> | undefined> {
    const address = this.#options.addressOf(peerId);
    if (address === undefined) return undefined;
    const opened = yield* this.#connections.to(`voter-${peerId}`, address);
    return opened.ok ? yield* askOver(opened.value, request, this.#options.clusterId) : undefined;
  }

  close(): void {
    this.#connections.close();
  }
}

/** One question over one connection. */
export function* askOver(
  connection: Pick<BrokerConnection, 'request'>,
  request: PeerRequest,
  clusterId: string,
): Task<PeerResponse<Uint8Array> | undefined> {
  const { kind } = request;
  switch (kind) {
    case 'vote': {
      const body = yield* bodyOf(connection, vote, writeVote(request, clusterId));
      const voteGranted = body?.topics[0]?.partitions[0]?.voteGranted ?? false;
      return body && { kind, ...readTold(body), voteGranted };
    }
    case 'begin-quorum-epoch': {
      const body = yield* bodyOf(connection, beginQuorumEpoch, writeBeginQuorumEpoch(request, clusterId));
      return body && { kind, ...readTold(body) };
    }
    case 'end-quorum-epoch': {
      const body = yield* bodyOf(connection, endQuorumEpoch, writeEndQuorumEpoch(request, clusterId));
      return body && { kind, ...readTold(body) };
    }
    case 'fetch': {
      const body = yield* bodyOf(connection, fetch, writeFetch(request, clusterId));
      return body && readFetched(body);
    }
    case 'fetch-snapshot': {
      const body = yield* bodyOf(connection, fetchSnapshot, writeFetchSnapshot(request, clusterId));
      return body && readSnapshotChunk(body);
    }
    default:
      unreachable(request, 'request to a peer');
  }
}

function* bodyOf<A extends Api>(
  connection: Pick<BrokerConnection, 'request'>,
  api: A,
  draft: Draft<A>,
): Task<DecodedResponseOf<A> | undefined> {
  const answer: Answer<A> = yield* connection.request(api, draft);
  return answer.ok ? answer.value : undefined;
}
