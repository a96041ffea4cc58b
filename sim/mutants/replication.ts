// Slips in what makes a record safe on more than one broker: acknowledgements, the high watermark, the ISR, truncation.

import type { Mutant } from './mutant.ts';

const reign = 'engine/core/reign.ts';
const state = 'engine/core/partition.ts';
const partition = 'engine/cluster/partition.ts';
const followed = 'engine/cluster/followed-partition.ts';
const epochs = 'engine/core/epoch-history.ts';
const produce = 'engine/server/handlers/produce.ts';

export const replicationMutants: readonly Mutant[] = [
  // ---- acknowledgements
  {
    name: 'acks-all-without-followers',
    slip: 'acks=all is answered after the append of the leader alone',
    origin: 'slip',
    edits: [
      {
        file: produce,
        find: 'if (request.acks === -1 && answer.errorCode === ErrorCode.NONE)',
        replace: 'if (request.acks === -2 && answer.errorCode === ErrorCode.NONE)',
      },
    ],
    scenarios: ['acks/acks-all-failover-storm'],
  },
  {
    name: 'min-isr-counts-replicas',
    slip: 'min.insync.replicas is held against the replicas that there are, not against those in sync',
    origin: 'KAFKA-1555',
    edits: [
      {
        file: reign,
        find: "const { length } = which === 'committed' ? this.#isr : this.#maximalIsr();",
        replace: 'const { length } = this.#replicas;',
      },
    ],
    scenarios: ['replication/isr-change-races'],
  },
  {
    name: 'high-watermark-below-min-isr',
    slip: 'the high watermark moves on although fewer than min.insync.replicas are in sync',
    origin: 'KIP-966',
    edits: [{ file: reign, find: "if (!this.hasEnough('committed')) return -1;", replace: '' }],
    scenarios: ['replication/eligible-leaders-are-complete'],
  },
  {
    name: 'deposed-leader-acknowledges',
    slip: 'who waits for a commit when the leader is deposed hears of success',
    origin: 'BZ-016',
    edits: [
      {
        file: produce,
        find: "if (result === 'gone') return fail(answer, ErrorCode.NOT_LEADER_OR_FOLLOWER);",
        replace: "if (result === 'gone') return;",
      },
    ],
    scenarios: ['replication/fast-leader-flip'],
  },
  {
    name: 'waits-on-through-deposition',
    slip: 'who waits for a commit waits on when the leader is deposed, for whatever is committed there later',
    origin: 'KAFKA-20634',
    edits: [
      {
        file: partition,
        find: `    for (const waiter of this.#waiters.releaseAll()) waiter.settle('gone');
    this.changed();
    yield* this.log.idle();`,
        replace: '    this.changed();\n    yield* this.log.idle();',
      },
      {
        file: state,
        find: "return this.#reign?.hasEnough('maximal') ?? false;",
        replace: "return this.#reign?.hasEnough('maximal') ?? true;",
      },
    ],
    scenarios: ['replication/fast-leader-flip'],
  },
  // ---- the high watermark
  {
    name: 'high-watermark-of-leader-alone',
    slip: 'the high watermark is the end of the log of the leader',
    origin: 'slip',
    edits: [
      {
        file: reign,
        find: 'if (follower.logEndOffset >= committed) continue;',
        replace: 'if (follower.logEndOffset < committed) continue;',
      },
    ],
    scenarios: ['acks/acks-all-failover-storm'],
  },
  {
    name: 'high-watermark-by-proposed-shrink',
    slip: 'a member that the leader asks to be rid of is not waited for any more, before the controller agrees',
    origin: 'KIP-497',
    edits: [
      {
        file: reign,
        find: `    if (this.#isr.includes(id)) return true;
    return this.#proposal?.isr.some(({ brokerId }) => brokerId === id) ?? false;`,
        replace: `    if (this.#proposal === undefined) return this.#isr.includes(id);
    return this.#proposal.isr.some(({ brokerId }) => brokerId === id);`,
      },
    ],
    scenarios: ['replication/isr-change-races'],
  },
  {
    name: 'high-watermark-without-joining',
    slip: 'a member that the leader has asked for is not waited for until the controller agrees',
    origin: 'KIP-497',
    edits: [
      {
        file: reign,
        find: 'if (this.#isInMaximalIsr(follower.id) || this.#isAboutToJoin(follower, logEndOffset, nowMs)) {',
        replace: 'if (this.#isr.includes(follower.id)) {',
      },
    ],
    scenarios: ['replication/isr-change-races'],
  },
  {
    name: 'high-watermark-of-new-leader',
    slip: 'a new leader takes all of its log for committed',
    origin: 'KAFKA-2334',
    edits: [
      {
        file: state,
        find: 'this.#reign = new Reign(this.#self, this.#facts, role, nextOffset, nowMs);',
        replace: `this.#reign = new Reign(this.#self, this.#facts, role, nextOffset, nowMs);
      this.#highWatermark = nextOffset;`,
      },
    ],
    scenarios: ['replication/fast-leader-flip'],
  },
  {
    name: 'new-leader-forgets-high-watermark',
    slip: 'a new leader begins with the high watermark at the start of its log, until its followers have fetched',
    origin: 'KAFKA-2334',
    edits: [
      {
        file: state,
        find: 'this.#reign = new Reign(this.#self, this.#facts, role, nextOffset, nowMs);',
        replace: `this.#reign = new Reign(this.#self, this.#facts, role, nextOffset, nowMs);
      this.#highWatermark = 0;`,
      },
    ],
    scenarios: ['replication/leader-transfer'],
  },
  {
    name: 'high-watermark-goes-back',
    slip: 'the high watermark of a leader goes back to what a slow follower has',
    origin: 'KAFKA-2334',
    edits: [
      {
        file: state,
        find: 'if (committed <= this.#highWatermark) return false;',
        replace: 'if (committed < 0 || committed === this.#highWatermark) return false;',
      },
    ],
    scenarios: ['acks/acks-all-failover-storm'],
  },
  {
    name: 'high-watermark-before-truncation',
    slip: 'a follower takes the high watermark from the very answer that tells it to cut its log, before it cuts',
    origin: 'KAFKA-14704',
    edits: [
      {
        file: followed,
        find: `    if (divergingEpoch.endOffset >= 0)
      return yield* this.#cut(divergingEpoch.epoch, divergingEpoch.endOffset);`,
        replace: `    if (divergingEpoch.endOffset >= 0) {
      yield* partition.learnFromLeader(fetched.highWatermark, fetched.logStartOffset, leaderEpoch);
      return yield* this.#cut(divergingEpoch.epoch, divergingEpoch.endOffset);
    }`,
      },
    ],
    scenarios: ['acks/acks1-failover'],
  },
  // ---- the ISR
  {
    name: 'joins-without-epoch-start',
    slip: 'a follower joins the ISR at the high watermark, although the leader of a new epoch does not know it yet',
    origin: 'KAFKA-7128',
    edits: [
      {
        file: reign,
        find: 'if (follower.logEndOffset < Math.max(highWatermark, this.epochStartOffset)) return undefined;',
        replace: 'if (follower.logEndOffset < highWatermark) return undefined;',
      },
    ],
    scenarios: ['replication/rejoin-at-a-new-leader'],
  },
  {
    name: 'joins-when-it-fetches',
    slip: 'a follower joins the ISR with its first fetch, whatever it lacks',
    origin: 'slip',
    edits: [
      {
        file: reign,
        find: 'if (follower.logEndOffset < Math.max(highWatermark, this.epochStartOffset)) return undefined;',
        replace: '',
      },
    ],
    scenarios: ['acks/acks-all-failover-storm'],
  },
  {
    name: 'isr-without-broker-epochs',
    slip: 'a leader asks for members without saying by which life of their brokers',
    origin: 'KIP-903',
    edits: [
      { file: reign, find: 'return this.#followers.get(id)?.brokerEpoch ?? -1;', replace: 'return -1;' },
    ],
    scenarios: ['replication/stale-incarnation-rejoin'],
  },
  {
    name: 'counts-fetch-of-former-life',
    slip: 'a leader refuses the later life of a broker and counts a fetch of the former one',
    origin: 'KIP-903',
    edits: [
      {
        file: reign,
        find: 'if (brokerEpoch >= 0 && alive !== undefined && brokerEpoch < alive) {',
        replace: 'if (brokerEpoch >= 0 && alive !== undefined && brokerEpoch > alive) {',
      },
    ],
    scenarios: ['replication/late-fetch-of-former-life'],
  },
  {
    name: 'proposal-forgotten-when-told-again',
    slip: 'a leader forgets the ISR it asked for when the metadata tells it what it knew already',
    origin: 'KIP-497',
    edits: [
      {
        file: reign,
        find: 'if (role.partitionEpoch > this.#partitionEpoch) this.#proposal = undefined;',
        replace: 'this.#proposal = undefined;',
      },
    ],
    scenarios: ['replication/two-join-one-leaves'],
  },
  // ---- what a follower does to its log
  {
    name: 'follower-acknowledges-before-write',
    slip: 'a follower fetches on, and so acknowledges, before what it got is in the file',
    origin: 'slip',
    edits: [
      {
        file: partition,
        find: `    const outcome = yield* written.wait();
    if (!outcome.ok) return outcome;
    this.#wrote(batches.length, this.log.logEndOffset);`,
        replace: `    written.onSettled((outcome) => {
      if (outcome.ok) this.#wrote(batches.length, this.log.logEndOffset);
    });`,
      },
    ],
    scenarios: ['acks/acks-all-failover-storm'],
  },
  {
    name: 'follower-ignores-divergence',
    slip: 'a follower takes an answer that says where the logs part for one without records',
    origin: 'KIP-595',
    edits: [
      {
        file: followed,
        find: 'if (divergingEpoch.endOffset >= 0)',
        replace: 'if (divergingEpoch.endOffset >= 0 && fetched.records === undefined)',
      },
    ],
    scenarios: ['acks/acks-all-failover-storm'],
  },
  {
    name: 'truncates-to-high-watermark',
    slip: 'who begins to follow cuts its log to its own high watermark, which may be behind what is committed',
    origin: 'KIP-101',
    edits: [
      {
        file: partition,
        find: `    yield* this.log.idle();
    traceRole(this.#runtime, this);`,
        replace: `    yield* this.log.idle();
    yield* this.log.truncateTo(this.highWatermark);
    this.state.logWasCut(this.log.logEndOffset);
    this.bytes.cutTo(this.log.logEndOffset);
    traceRole(this.#runtime, this);`,
      },
    ],
    scenarios: ['replication/fast-leader-flip'],
  },
  {
    name: 'epoch-end-rounds-up',
    slip: 'asked for the end of an epoch that it does not know, a leader tells where the next one begins',
    origin: 'KAFKA-6361',
    edits: [
      {
        file: epochs,
        find: 'return { leaderEpoch: floor === undefined ? requested : floor.epoch, endOffset };',
        replace: 'return { leaderEpoch: requested, endOffset };',
      },
    ],
    scenarios: ['replication/fast-leader-flip'],
  },
  {
    name: 'epochs-kept-through-truncation',
    slip: 'a follower that cuts its log keeps the epochs of what it cut',
    origin: 'KAFKA-6361',
    edits: [
      {
        file: epochs,
        find: 'const kept = this.#entries.filter((entry) => entry.startOffset < endOffset);',
        replace: 'const kept = this.#entries;',
      },
    ],
    scenarios: ['replication/fast-leader-flip'],
  },
  {
    name: 'fetch-of-another-epoch',
    slip: 'a leader counts and answers the fetch of a follower that believes in an earlier leader epoch',
    origin: 'KAFKA-6880',
    edits: [
      {
        file: state,
        find: 'if (currentLeaderEpoch < this.leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH;',
        replace: '',
      },
      {
        file: 'engine/server/fetch-reading.ts',
        find: 'if (wanted.lastFetchedEpoch < 0) return undefined;',
        replace:
          'if (wanted.lastFetchedEpoch < 0 || wanted.currentLeaderEpoch < partition.leaderEpoch) return undefined;',
      },
    ],
    scenarios: ['replication/fetch-of-a-former-epoch'],
  },
  {
    name: 'later-reign-appended',
    slip: 'a follower appends batches of a later leader epoch than the one in which it follows',
    origin: 'KAFKA-18723',
    edits: [
      {
        file: followed,
        find: 'laterReign = partitionLeaderEpoch > leaderEpoch;',
        replace: 'laterReign = leaderEpoch < 0;',
      },
    ],
    scenarios: ['storage/rotten-leader-epoch'],
  },
];
