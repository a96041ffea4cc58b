// Slips in the group coordinator: members, generations and sessions, committed offsets, and what it knows when it moves.

import type { Mutant } from './mutant.ts';

export const groupMutants: readonly Mutant[] = [
  {
    name: 'commit-of-any-member',
    slip: 'a commit is taken without asking whether its member is still in the group, and in which generation',
    origin: 'BZ-021',
    edits: [
      {
        file: 'engine/core/group/members.ts',
        find: `  const error = validate(group, of);
  if (error !== ErrorCode.NONE) return error;
  // Its generation`,
        replace: `  const error = validate(group, of);
  if (error === ErrorCode.FENCED_INSTANCE_ID) return error;
  if (!group.members.has(memberId)) return ErrorCode.NONE;
  // Its generation`,
      },
    ],
    scenarios: ['groups/group-zombie-member', 'groups/paused-consumer'],
  },
  {
    name: 'generation-never-raised',
    slip: 'a rebalance ends in the generation in which it began',
    origin: 'slip',
    edits: [
      {
        file: 'engine/core/group/rebalance.ts',
        find: '  group.generationId++;\n',
        replace: '  group.generationId ||= 1;\n',
      },
    ],
    scenarios: ['groups/group-zombie-member', 'groups/group-static-member'],
  },
  {
    name: 'sessions-by-the-wall-clock',
    slip: 'sessions are measured by the wall clock',
    origin: 'KAFKA-4051',
    edits: [
      {
        file: 'engine/cluster/group-slot.ts',
        find: 'return { monotonicMs: clock.monotonicUs() / 1000, wallMs: clock.wallMs() };',
        replace: 'return { monotonicMs: clock.wallMs(), wallMs: clock.wallMs() };',
      },
    ],
    scenarios: ['clock/clock-jump'],
  },
  {
    name: 'sessions-never-end',
    slip: 'a member that is silent for longer than its session stays',
    origin: 'slip',
    edits: [
      {
        file: 'engine/core/group/rebalance.ts',
        find: 'if (waits && !member.isNew) return;',
        replace: 'if (waits || !member.isNew) return;',
      },
    ],
    scenarios: ['groups/group-rebalance-under-crash', 'groups/paused-consumer'],
  },
  {
    name: 'heartbeats-say-all-is-well',
    slip: 'a heartbeat during a rebalance is answered as any other, so that members are not told to join again',
    origin: 'slip',
    edits: [
      {
        file: 'engine/core/group/members.ts',
        find: "return group.is('PreparingRebalance') ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;",
        replace: 'return ErrorCode.NONE;',
      },
    ],
    scenarios: ['groups/group-rebalance-under-crash', 'groups/group-reassign-race'],
  },
  {
    name: 'static-member-in-two-places',
    slip: 'when a static member comes back under a new member id, the old id stays a member',
    origin: 'KIP-345',
    edits: [
      {
        file: 'engine/core/group/join.ts',
        find: '  group.members.clear();\n',
        replace: '',
      },
    ],
    scenarios: ['groups/group-static-member'],
  },
  {
    name: 'assignment-before-its-record',
    slip: 'members get their assignment before the generation is in the log',
    origin: 'slip',
    edits: [
      {
        file: 'engine/core/group/members.ts',
        find: `    generationId,
    assignments,
  });
`,
        replace: `    generationId,
    assignments,
  });
  const after = { kind: 'assignment', groupId, generationId, assignments } as const;
  afterAssignment(group, after, ErrorCode.NONE, turn);
`,
      },
    ],
    scenarios: ['groups/group-coordinator-failover', 'groups/group-zombie-member'],
  },
  {
    name: 'offsets-acknowledged-before-replication',
    slip: 'a commit is acknowledged when it is in the log of the coordinator, before its followers have it',
    origin: 'KAFKA-3959',
    edits: [
      {
        file: 'engine/cluster/partition.ts',
        find: `    const result = yield* this.waitCommitted(lastOffset, leaderEpoch, timeoutMs);
    if (result === 'committed') return success(baseOffset);`,
        replace: `    const result = this.stillLeads(leaderEpoch) ? 'committed' : yield* this.waitCommitted(lastOffset, 0, timeoutMs);
    if (result === 'committed') return success(baseOffset);`,
      },
    ],
    scenarios: ['groups/group-coordinator-failover'],
  },
  {
    name: 'coordinator-goes-on-from-memory',
    slip: 'a coordinator that resigned keeps its groups, and goes on with them when it is elected again',
    origin: 'BZ-048',
    edits: [
      {
        file: 'engine/cluster/group-coordinator.ts',
        find: '    } else if (!this.#isNews(index, leaderEpoch)) return;\n    this.#unload(index);\n',
        replace:
          '    } else if (!this.#isNews(index, leaderEpoch)) return;\n    if (leaderEpoch === undefined) this.#unload(index);\n',
      },
    ],
    scenarios: ['groups/group-coordinator-failover'],
  },
  {
    name: 'groups-served-below-the-log-end',
    slip: 'a new coordinator serves its groups when it has read to the high watermark that it happens to know',
    origin: 'KAFKA-13638',
    edits: [
      {
        file: 'engine/cluster/group-slot.ts',
        find: 'const target = partition.logEndOffset;',
        replace: 'const target = partition.highWatermark;',
      },
    ],
    scenarios: ['groups/group-coordinator-failover'],
  },
  {
    name: 'last-record-not-loaded',
    slip: 'the last batch of __consumer_offsets is passed over when the groups are loaded',
    origin: 'slip',
    edits: [
      {
        file: 'engine/cluster/group-slot.ts',
        find: 'if (batch.lastOffset >= endOffset) break;',
        replace: 'if (batch.lastOffset + 1 >= endOffset) break;',
      },
    ],
    scenarios: ['groups/group-coordinator-failover'],
  },
  {
    name: 'group-records-only-loaded',
    slip: 'a new coordinator reads the groups of its partition and leaves out what they committed',
    origin: 'slip',
    edits: [
      {
        file: 'engine/core/group/shard.ts',
        find: "if (record.kind === 'offset') this.#applyOffset(record);",
        replace: "if (record.kind === 'offset' && this.#stored === undefined) this.#applyOffset(record);",
      },
      {
        file: 'engine/core/group/shard.ts',
        find: 'else if (this.#stored !== undefined) {',
        replace: "else if (record.kind === 'offset') return;\n    else if (this.#stored !== undefined) {",
      },
    ],
    scenarios: ['groups/group-coordinator-failover'],
  },
  {
    name: 'offsets-of-a-live-group-expire',
    slip: 'offsets of topics to which a live group is subscribed expire like all others',
    origin: 'KAFKA-4682',
    edits: [
      {
        file: 'engine/core/group/shard.ts',
        find: 'return { keeps: (topic) => group.isSubscribedTo(topic), since: (value) => value.commitTimestampMs };',
        replace: 'return { keeps: () => false, since: (value) => value.commitTimestampMs };',
      },
    ],
    scenarios: ['groups/group-offset-retention'],
  },
  {
    name: 'members-forgotten-at-failover',
    slip: 'a new coordinator makes empty groups of those in the log',
    origin: 'slip',
    edits: [
      {
        file: 'engine/core/group/group.ts',
        find: 'for (const stored of record.members) {',
        replace: 'for (const stored of record.members.slice(0, -1)) {',
      },
    ],
    scenarios: ['groups/group-coordinator-failover', 'groups/group-zombie-member'],
  },
  {
    name: 'commit-goes-back',
    slip: 'records of offsets are applied as their writes come back, in whatever order that is',
    origin: 'slip',
    edits: [
      {
        file: 'engine/cluster/group-slot.ts',
        find: 'if (this.#appliedUpTo === baseOffset) {',
        replace: 'if (this.#appliedUpTo <= baseOffset) {',
      },
    ],
    scenarios: ['groups/group-coordinator-failover'],
  },
];
