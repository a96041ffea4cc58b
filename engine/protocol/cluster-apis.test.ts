// Where the APIs between the nodes of a cluster are easily got wrong, with bytes worked out by hand: null and
// empty that differ, versions that look alike and are not, fields that travel only in tags. That every one of
// them comes back as it went is in `fuzz.test.ts`, that they are what Kafka defines in `schema-authority.test.ts`.

import { describe, expect, test } from 'vitest';
import { alterPartition } from './apis/alter-partition.ts';
import { beginQuorumEpoch } from './apis/begin-quorum-epoch.ts';
import { brokerHeartbeat } from './apis/broker-heartbeat.ts';
import { endQuorumEpoch } from './apis/end-quorum-epoch.ts';
import { envelope } from './apis/envelope.ts';
import { fetch } from './apis/fetch.ts';
import { listConfigResources } from './apis/list-config-resources.ts';
import { metadata } from './apis/metadata.ts';
import { updateRaftVoter } from './apis/update-raft-voter.ts';
import { vote } from './apis/vote.ts';
import { concat, Reader, Writer } from './bytes.ts';
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from './codec.ts';
import { readRequestHeader, skipHeaderTags, writeRequestHeader } from './frame.ts';
import type { Api, EncodableRequestOf, RequestOf, ResponseOf } from './schema.ts';

const hex = (value: Uint8Array) => Buffer.from(value).toString('hex');
const packed = (text: string) => text.replaceAll(/\s/g, '');
const unhex = (text: string) => Uint8Array.from(Buffer.from(packed(text), 'hex'));

const noUuid = '00000000000000000000000000000000';

function request<A extends Api>(api: A, version: number, value: EncodableRequestOf<A>): string {
  const writer = new Writer();
  encodeRequest(api, version, value, writer);
  return hex(concat(writer.finish()));
}

function response<A extends Api>(api: A, version: number, value: ResponseOf<A>): string {
  const writer = new Writer();
  encodeResponse(api, version, value, writer);
  return hex(concat(writer.finish()));
}

function requestBack<A extends Api>(api: A, version: number, text: string): RequestOf<A> {
  const decoded = decodeRequest(api, version, new Reader(unhex(text)));
  if (!decoded.ok) throw new Error(decoded.error);
  return decoded.value;
}

describe('the quorum', () => {
  const asked = (preVote: boolean) => ({
    clusterId: 'c',
    voterId: 2,
    topics: [
      {
        topicName: 't',
        partitions: [
          {
            partitionIndex: 0,
            replicaEpoch: 5,
            replicaId: 1,
            replicaDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAA',
            voterDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAA',
            lastOffsetEpoch: 4,
            lastOffset: 9,
            preVote,
          },
        ],
      },
    ],
  });

  test('a vote: compact from v0, directories from v1, a pre-vote from v2', () => {
    const ahead = '02 74 02 00000000 00000005 00000001';
    const log = '00000004 0000000000000009';
    expect(request(vote, 0, asked(false))).toBe(packed(`0263 02 ${ahead} ${log} 00 00 00`));
    expect(request(vote, 1, asked(false))).toBe(
      packed(`0263 00000002 02 ${ahead} ${noUuid} ${noUuid} ${log} 00 00 00`),
    );
    expect(request(vote, 2, asked(true))).toBe(
      packed(`0263 00000002 02 ${ahead} ${noUuid} ${noUuid} ${log} 01 00 00 00`),
    );
  });

  test('a pre-vote cannot be passed off as a vote to an older voter', () => {
    expect(() => request(vote, 1, asked(true))).toThrow(/preVote has no place in version 1/);
  });

  test('a new epoch: v0 has classic lengths and no endpoints', () => {
    const begun = {
      topics: [
        {
          topicName: 't',
          partitions: [
            { partitionIndex: 0, voterDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAA', leaderId: 3, leaderEpoch: 7 },
          ],
        },
      ],
      leaderEndpoints: [{ name: 'C', host: 'h', port: 9093 }],
    };
    expect(request(beginQuorumEpoch, 0, begun)).toBe(
      packed('ffff 00000001 0001 74 00000001 00000000 00000003 00000007'),
    );
    expect(request(beginQuorumEpoch, 1, begun)).toBe(
      packed(`00 ffffffff 02 0274 02 00000000 ${noUuid} 00000003 00000007 00 00
              02 0243 0268 2385 00 00`),
    );
  });

  test('a resignation names who should follow twice, and each version takes its own', () => {
    const partition = {
      partitionIndex: 0,
      leaderId: 1,
      leaderEpoch: 2,
      preferredSuccessors: [3],
      preferredCandidates: [{ candidateId: 3, candidateDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAA' }],
    };
    const ended = { topics: [{ topicName: 't', partitions: [partition] }], leaderEndpoints: [] };
    expect(request(endQuorumEpoch, 0, ended)).toBe(
      packed('ffff 00000001 000174 00000001 00000000 00000001 00000002 00000001 00000003'),
    );
    expect(request(endQuorumEpoch, 1, ended)).toBe(
      packed(`00 02 0274 02 00000000 00000001 00000002 02 00000003 ${noUuid} 00 00 00 01 00`),
    );
  });

  test('an answer without the leader of the quorum says that there is none', () => {
    const writer = new Writer();
    encodeResponse(updateRaftVoter, 0, { throttleTimeMs: 0, errorCode: 41 }, writer);
    const bytes = concat(writer.finish());
    expect(hex(bytes)).toBe(packed('00000000 0029 00'));
    const decoded = decodeResponse(updateRaftVoter, 0, new Reader(bytes));
    const nobody = { leaderId: -1, leaderEpoch: -1, host: '', port: 0 };
    expect(decoded).toMatchObject({ ok: true, value: { currentLeader: nobody } });
  });
});

describe('fetching the metadata log', () => {
  const partition = { partition: 0, fetchOffset: 0, partitionMaxBytes: 1 };
  const asked = (more: object) => ({
    maxWaitMs: 0,
    minBytes: 0,
    topics: [{ topic: '', topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', partitions: [{ ...partition, ...more }] }],
    forgottenTopicsData: [],
  });

  test('who asks, and for which cluster, travels in tags from v15 on', () => {
    const from = { clusterId: 'c', replicaState: { replicaId: 3, replicaEpoch: -1 } };
    const tags = '02 00 02 0263 01 0d 00000003 ffffffffffffffff 00';
    expect(request(fetch, 17, { ...asked({}), ...from }).endsWith(packed(`01 01 ${tags}`))).toBe(true);
  });

  test('a high watermark that is not known is sent, one that is not told is not', () => {
    const untold = request(fetch, 18, asked({}));
    expect(requestBack(fetch, 18, untold).topics[0]?.partitions[0]?.highWatermark).toBe(2 ** 63);
    const unknown = request(fetch, 18, asked({ highWatermark: -1 }));
    expect(unknown.length - untold.length).toBe(2 * (1 + 1 + 8));
    expect(requestBack(fetch, 18, unknown).topics[0]?.partitions[0]?.highWatermark).toBe(-1);
  });

  test('the snapshot to read instead is a tag of the partition', () => {
    const answer = {
      partitionIndex: 0,
      errorCode: 0,
      highWatermark: 0,
      abortedTransactions: null,
      snapshotId: { endOffset: 100, epoch: 3 },
      records: new Uint8Array(0),
    };
    const topics = [{ topic: '', topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', partitions: [answer] }];
    const encoded = response(fetch, 17, { throttleTimeMs: 0, errorCode: 0, responses: topics });
    // No aborted transactions, no preferred replica, empty records; then the one tag of the partition.
    const end = '00 ffffffff 01  01 02 0d 0000000000000064 00000003 00  00 00';
    expect(encoded.endsWith(packed(end))).toBe(true);
  });
});

describe('the controller', () => {
  const isr = (partition: object) => ({
    brokerId: 1,
    brokerEpoch: 8,
    topics: [
      {
        topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
        partitions: [
          {
            partitionIndex: 0,
            leaderEpoch: 2,
            newIsr: [],
            newIsrWithEpochs: [],
            partitionEpoch: 4,
            ...partition,
          },
        ],
      },
    ],
  });
  const head = `00000001 0000000000000008 02 ${noUuid} 02 00000000 00000002`;

  test('an ISR is ids in v2 and ids with epochs in v3, and the other one is refused', () => {
    const ids = isr({ newIsr: [1, 2] });
    const epochs = isr({ newIsrWithEpochs: [{ brokerId: 1, brokerEpoch: 8 }, { brokerId: 2 }] });
    expect(request(alterPartition, 2, ids)).toBe(packed(`${head} 03 00000001 00000002 00 00000004 00 00 00`));
    expect(request(alterPartition, 3, epochs)).toBe(
      packed(`${head} 03 00000001 0000000000000008 00 00000002 ffffffffffffffff 00 00 00000004 00 00 00`),
    );
    expect(() => request(alterPartition, 3, ids)).toThrow(/newIsr has no place in version 3/);
    expect(() => request(alterPartition, 2, epochs)).toThrow(/newIsrWithEpochs has no place in version 2/);
  });

  test('no cordoned directories is not the same as not knowing them', () => {
    const beat = { brokerId: 1, currentMetadataOffset: 3, wantFence: false, wantShutDown: false };
    const body = '00000001 ffffffffffffffff 0000000000000003 00 00';
    expect(request(brokerHeartbeat, 2, beat)).toBe(packed(`${body} 00`));
    const none = request(brokerHeartbeat, 2, { ...beat, cordonedLogDirs: [] });
    expect(none).toBe(packed(`${body} 01 01 01 01`));
    expect(requestBack(brokerHeartbeat, 2, none).cordonedLogDirs).toEqual([]);
    expect(requestBack(brokerHeartbeat, 0, `${body} 00`).cordonedLogDirs).toBeNull();
  });

  test('before types of resources were told they were all client metrics', () => {
    const configResources = [{ resourceName: 'm', resourceType: 16 }];
    const value = { throttleTimeMs: 0, errorCode: 0, configResources };
    expect(response(listConfigResources, 0, value)).toBe(packed('00000000 0000 02 026d 00 00'));
    expect(response(listConfigResources, 1, value)).toBe(packed('00000000 0000 02 026d 10 00 00'));
  });
});

describe('an envelope', () => {
  const clientHostAddress = new Uint8Array([10, 0, 0, 1]);

  test('holds a request with its header, of another version than its own', () => {
    const writer = new Writer();
    writeRequestHeader(metadata, { version: 9, correlationId: 5, clientId: 'x' }, writer);
    const asked = {
      topics: null,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: true,
    };
    encodeRequest(metadata, 9, asked, writer);
    const requestData = concat(writer.finish());
    const sent = request(envelope, 0, { requestData, requestPrincipal: null, clientHostAddress });
    const embedded = '0003 0009 00000005 0001 78 00  00 01 00 01 00';
    expect(sent).toBe(packed(`12 ${embedded} 00 05 0a000001 00`));

    const inside = new Reader(requestBack(envelope, 0, sent).requestData);
    expect(readRequestHeader(inside)).toEqual({
      ok: true,
      value: { apiKey: metadata.key, version: 9, correlationId: 5, clientId: 'x' },
    });
    skipHeaderTags(inside);
    expect(decodeRequest(metadata, 9, inside)).toMatchObject({ ok: true, value: asked });
  });

  test('that failed has a null answer, and an empty answer is something else', () => {
    expect(response(envelope, 0, { errorCode: 41 })).toBe(packed('00 0029 00'));
    expect(response(envelope, 0, { responseData: new Uint8Array(0), errorCode: 0 })).toBe(
      packed('01 0000 00'),
    );
  });

  test('may come without a principal, and not without an address', () => {
    expect(requestBack(envelope, 0, '01 00 01 00').requestPrincipal).toBeNull();
    expect(requestBack(envelope, 0, '01 01 01 00').requestPrincipal).toEqual(new Uint8Array(0));
    expect(() => requestBack(envelope, 0, '01 00 00 00')).toThrow(/clientHostAddress must not be null/);
    expect(() => requestBack(envelope, 0, '00 00 01 00')).toThrow(/requestData must not be null/);
  });
});
