// Slips in what the controller decides (who leads, who is in sync, which life of a broker counts) and in how its
// decisions reach the brokers: the image, its snapshots, the order in which they are taken in.

import type { Mutant } from './mutant.ts';

const change = 'engine/core/partition-change.ts';
const alter = 'engine/core/alter-partition.ts';
const heartbeat = 'engine/core/heartbeat.ts';
const registration = 'engine/core/registration.ts';
const image = 'engine/core/metadata-image.ts';
const snapshot = 'engine/core/metadata-snapshot.ts';
const batches = 'engine/cluster/committed-batches.ts';

export const controllerMutants: readonly Mutant[] = [
  // ---- elections
  {
    name: 'elects-any-live-replica',
    slip: 'any replica that is alive may lead, in sync or not',
    origin: 'slip',
    edits: [
      {
        file: change,
        find: 'return hasAll && this.#rules.mayLead(id);',
        replace: 'return (hasAll || this.#replicas.includes(id)) && this.#rules.mayLead(id);',
      },
    ],
    scenarios: ['replication/rather-no-leader'],
  },
  {
    name: 'prefers-first-replica-out-of-sync',
    slip: 'an election of the preferred replica asks whether it is alive, not whether it is in sync',
    origin: 'slip',
    edits: [
      {
        file: change,
        find: "if (this.#target.election === 'preferred' && preferred !== undefined && eligible(preferred)) {",
        replace:
          "if (this.#target.election === 'preferred' && preferred !== undefined && this.#rules.mayLead(preferred)) {",
      },
    ],
    scenarios: ['controller/quorum-failover-storm'],
  },
  {
    name: 'unclean-although-disabled',
    slip: 'where no complete replica is alive an incomplete one is elected, although unclean elections are off',
    origin: 'KIP-106',
    edits: [
      {
        file: change,
        find: "if (this.#target.election === 'unclean') {",
        replace: "if (this.#target.election !== 'preferred') {",
      },
    ],
    scenarios: ['replication/rather-no-leader'],
  },
  {
    name: 'leader-epoch-not-bumped',
    slip: 'another leader is elected in the leader epoch of the one before',
    origin: 'slip',
    edits: [
      {
        file: image,
        find: 'leaderEpoch: elects ? old.leaderEpoch + 1 : old.leaderEpoch,',
        replace: 'leaderEpoch: elects && body.leader < 0 ? old.leaderEpoch + 1 : old.leaderEpoch,',
      },
    ],
    scenarios: ['acks/acks-all-failover-storm'],
  },
  {
    name: 'eligible-leaders-never-cleared',
    slip: 'an eligible leader replica stays one when the ISR is at the minimum again and goes on without it',
    origin: 'KIP-966',
    edits: [
      {
        file: change,
        find: `    if (this.#isr.length >= minInsyncReplicas) {
      this.#elr = [];
      return;
    }`,
        replace: `    if (this.#isr.length >= minInsyncReplicas) {
      this.#elr = without(this.#elr, this.#isr);
      return;
    }`,
      },
    ],
    scenarios: ['replication/eligible-leaders-are-complete'],
  },
  {
    name: 'eligible-after-unclean-shutdown',
    slip: 'a replica stays an eligible leader after its broker ended uncleanly and may have lost what it had',
    origin: 'KIP-966',
    edits: [
      {
        file: change,
        find: 'const lost = this.#target.uncleanlyStopped ?? [];',
        replace: 'const lost: number[] = [];',
      },
    ],
    scenarios: ['replication/eligible-leaders-are-complete'],
  },
  // ---- the ISR
  {
    name: 'fenced-stays-in-isr',
    slip: 'a broker that is fenced stays in the ISRs and goes on leading',
    origin: 'KIP-841',
    edits: [
      {
        file: heartbeat,
        find: 'return [...leavesIsrs(context, broker.id), registrationChange(broker, { fenced: 1 })];',
        replace: 'return [registrationChange(broker, { fenced: 1 })];',
      },
    ],
    scenarios: ['acks/acks-all-failover-storm'],
  },
  {
    name: 'fenced-joins-isr',
    slip: 'the controller lets a fenced broker into the ISR',
    origin: 'KIP-841',
    edits: [{ file: alter, find: 'if (!brokers.isActive(brokerId)) return false;', replace: '' }],
    scenarios: ['replication/fenced-while-joining'],
  },
  {
    name: 'member-of-any-life',
    slip: 'the controller does not compare the broker epoch of a new member with the one that is registered',
    origin: 'KIP-903',
    edits: [
      {
        file: alter,
        find: 'return brokerEpoch === -1 || brokers.get(brokerId)?.epoch === brokerEpoch;',
        replace: 'return true;',
      },
    ],
    scenarios: ['replication/stale-incarnation-rejoin'],
  },
  {
    name: 'isr-change-of-former-leader',
    slip: 'the controller takes an ISR from a broker that does not lead any more',
    origin: 'BZ-048',
    edits: [
      {
        file: alter,
        find: 'if (wanted.partitionEpoch < partition.partitionEpoch) return ErrorCode.INVALID_UPDATE_VERSION;',
        replace: '',
      },
      {
        file: alter,
        find: 'if (wanted.leaderEpoch < partition.leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH;',
        replace: '',
      },
      {
        file: alter,
        find: 'if (brokerId !== partition.leader) return ErrorCode.INVALID_REQUEST;',
        replace: '',
      },
      {
        file: alter,
        find: '|| !isr.includes(partition.leader))',
        replace: '|| !isr.includes(brokerId))',
      },
    ],
    scenarios: ['replication/isr-change-races'],
  },
  {
    name: 'new-life-stays-in-isr',
    slip: 'a broker that registers again stays in the ISRs of its life before, whatever its disk has kept',
    origin: 'KIP-966',
    edits: [
      {
        file: registration,
        find: 'const leaving = existing === undefined ? [] : formerLifeEnds(context, existing.id, cleanShutdown);',
        replace: 'const leaving: MetadataRecord[] = [];',
      },
    ],
    scenarios: ['replication/eligible-leaders-are-complete'],
  },
  {
    name: 'every-shutdown-is-clean',
    slip: 'a broker that comes back is believed to have ended cleanly',
    origin: 'KAFKA-15997',
    edits: [
      {
        file: registration,
        find: 'const cleanShutdown = existing === undefined || existing.epoch === registration.previousBrokerEpoch;',
        replace:
          'const cleanShutdown = existing === undefined || existing.epoch >= registration.previousBrokerEpoch;',
      },
    ],
    scenarios: ['replication/eligible-leaders-are-complete'],
  },
  {
    name: 'reassignment-counts-newcomers',
    slip: 'a reassignment is over when one of the new replicas is in sync, and takes the others for in sync too',
    origin: 'slip',
    edits: [
      {
        file: change,
        find: `    if (replicas.length === 0 || !replicas.every((id) => isr.includes(id))) return;
    this.#isr = isr;`,
        replace: `    if (replicas.length === 0 || !replicas.some((id) => isr.includes(id))) return;
    this.#isr = replicas;`,
      },
    ],
    scenarios: ['replication/reassignment-under-fire'],
  },
  // ---- brokers and their lives
  {
    name: 'producer-ids-twice',
    slip: 'of a block of producer ids that it gives away the controller counts only the first',
    origin: 'slip',
    edits: [
      {
        file: 'engine/core/controller.ts',
        find: 'const nextProducerId = firstId + producerIdBlockSize;',
        replace: 'const nextProducerId = firstId + 1;',
      },
    ],
    scenarios: ['ordering/producer-ids-are-unique'],
  },
  // ---- how decisions reach the brokers
  {
    name: 'active-before-caught-up',
    slip: 'a controller is active as soon as it is elected, before it has taken in all that is committed',
    origin: 'KAFKA-13104',
    edits: [
      {
        file: 'engine/cluster/raft-quorum.ts',
        find: 'return this.#leadership(this.#leader, false);',
        replace: 'return this.#leadership(this.#leader, action.leaderId === this.nodeId);',
      },
    ],
    scenarios: ['controller/crash-at-commit'],
  },
  {
    name: 'skips-to-last-batch',
    slip: 'of several batches of metadata that are read at once only the last is taken in',
    origin: 'slip',
    edits: [
      {
        file: batches,
        find: 'for (const batch of batches.value) {',
        replace: 'for (const batch of batches.value.slice(-1)) {',
      },
    ],
    scenarios: ['controller/quorum-failover-storm'],
  },
  {
    name: 'skips-behind-snapshot',
    slip: 'who takes in a snapshot goes on one offset too late, and leaves out a batch of one record',
    origin: 'slip',
    edits: [
      {
        file: batches,
        find: 'this.#nextOffset = snapshot.endOffset;',
        replace: 'this.#nextOffset = snapshot.endOffset + 1;',
      },
    ],
    scenarios: ['controller/metadata-snapshot-crash-sweep'],
  },
  {
    name: 'snapshot-without-configs',
    slip: 'a snapshot of the metadata has no configuration in it',
    origin: 'BZ-047',
    edits: [
      {
        file: snapshot,
        find: 'for (const [key, value] of configs) {',
        replace: 'for (const [key, value] of [...configs].slice(1)) {',
      },
    ],
    scenarios: ['controller/configs-survive-snapshots'],
  },
  {
    name: 'snapshot-forgets-partition-epoch',
    slip: 'in a snapshot of the metadata the partition epochs begin anew',
    origin: 'BZ-047',
    edits: [
      { file: snapshot, find: 'partitionEpoch: partition.partitionEpoch,', replace: 'partitionEpoch: 0,' },
    ],
    scenarios: ['controller/metadata-snapshot-crash-sweep'],
  },
  {
    name: 'snapshot-without-producer-ids',
    slip: 'a snapshot of the metadata does not tell which producer ids were given away',
    origin: 'BZ-047',
    edits: [
      { file: snapshot, find: 'if (image.nextProducerId > 0) {', replace: 'if (image.nextProducerId < 0) {' },
    ],
    scenarios: ['ordering/producer-ids-are-unique'],
  },
  {
    name: 'any-life-of-a-broker-counts',
    slip: 'the controller asks whether a broker is registered, and not whether it is the life of it that asks',
    origin: 'KIP-631',
    edits: [
      {
        file: 'engine/core/controller.ts',
        find: 'const isCurrent = image.brokers.get(brokerId)?.epoch === brokerEpoch;',
        replace: 'const isCurrent = image.brokers.get(brokerId) !== undefined && brokerEpoch >= 0;',
      },
    ],
    scenarios: ['controller/late-heartbeat-of-former-life'],
  },
];
