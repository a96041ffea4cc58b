// Every invariant in plain words: what is promised, and in a few words what it looks like when it is broken. A
// checker's own line says what it looks for; this says what a person who uses Kafka may rely on.

export interface PromiseInWords {
  /** A whole sentence. */
  readonly promise: string;
  /** Fits behind "A violation: " and "A witness: ". */
  readonly broken: string;
  /** Why it may be broken all the same, where a configuration permits it; empty where only a fault does. */
  readonly permitted: string;
}

const row = (broken: string, promise: string, permitted = ''): PromiseInWords => ({
  broken,
  promise,
  permitted,
});

const logStartsAreForgotten =
  'Log starts are written down now and then (log.flush.start.offset.checkpoint.interval.ms), and a broker that ' +
  'dies forgets the last of them.';

const promises: Readonly<Record<string, PromiseInWords>> = {
  // ---- what clients were told
  'acked-write-lost': row(
    'an acknowledged record is gone',
    'When a broker has acknowledged a record, the record stays: whoever reads the partition later finds' +
      ' it at the offset of the acknowledgement.',
  ),
  'failed-write-visible': row(
    'a write that had failed is there',
    'When a send has failed for certain, its record is nowhere: nobody ever reads it.',
  ),
  'phantom-record': row(
    'a record is there that nobody sent',
    'Every record in a partition was sent there by somebody.',
  ),
  'silent-corruption': row(
    'damaged bytes were served as good ones',
    'What a broker serves passes its checksum, or the reader is told that it does not.',
  ),
  'damage-served': row(
    'a log holds damaged bytes that nothing damaged',
    'What a broker has written passes its checksum for as long as it is there, unless a fault harmed ' +
      'what was durable.',
  ),
  'inconsistent-offset': row(
    'one offset shows two different records',
    'An offset of a partition belongs to one record for ever: everybody who sees that offset sees the ' +
      'same record.',
  ),
  'read-not-repeatable': row(
    'a record that was read is gone or changed',
    'What was read once is read again by everybody who comes later, until retention removes it.',
  ),
  'dirty-read': row(
    'a record was read that was not committed',
    'Readers see only what is committed, that is, what every replica in sync has.',
  ),
  'hw-regression': row(
    'the committed end of a partition went back',
    'The high watermark, below which everything is committed, moves only forward.',
  ),
  // ---- order and repetition
  'duplicate-append': row(
    'one record stands in the log twice',
    'A record that was sent once stands in the log once: an idempotent producer may repeat a request, ' +
      'and the broker drops the repetition.',
    'The producer was not idempotent: a request that it repeats, because no answer came, is a new ' +
      'record to the broker.',
  ),
  'producer-order-inversion': row(
    'two records of one producer changed places',
    'The records of one producer stand in a partition in the order in which it sent them.',
    'Order is promised to idempotent producers and to those with one request in flight; this one was neither.',
  ),
  'realtime-order-inversion': row(
    'a later record stands before an earlier one',
    'A record that is sent after another one was acknowledged stands behind it.',
  ),
  'consumer-skip': row(
    'a consumer left out a record',
    'A consumer reads a partition without holes: it gets every record between the first and the last ' +
      'one it got.',
  ),
  'consumer-rewind': row(
    'a consumer went back',
    'A consumer that was not told to seek never gets an offset again.',
  ),
  // ---- groups
  'commit-regression': row(
    'a committed offset of a group is not what was committed',
    'Who asks for the offset of a group is told the last one that was committed.',
  ),
  'delivery-loss': row(
    'a group passed over a record',
    'A group that commits after it has finished with a record never passes over one: what lies below ' +
      'its committed offset was processed.',
    'This group commits before it processes: what it had committed and not yet processed when a member ' +
      'ended is passed over.',
  ),
  'duplicate-delivery': row(
    'a group processed a record twice',
    'A group that commits before it processes never processes a record twice.',
    'This group commits after it processes, or on a timer: what was processed and not yet committed ' +
      'when a member ended comes again.',
  ),
  'double-assignment': row(
    'two members of a group owned one partition',
    'A partition belongs to one member of a group at a time.',
  ),
  'zombie-commit': row(
    'a member that was replaced could still commit',
    'A member of a group that was replaced can no longer commit offsets.',
  ),
  // ---- logs on disk
  'log-offset-disorder': row(
    'a log file is out of order',
    'A log file holds its batches in the order of their offsets, without gaps or overlaps of bytes.',
  ),
  'flushed-data-lost': row(
    'what was durable is gone',
    'What fsync has made durable survives a loss of power.',
  ),
  // ---- what is deleted
  'retained-too-short': row(
    'records were deleted too early',
    'Retention deletes only what is older than retention.ms, or what a log has beyond retention.bytes, and in a ' +
      'topic that is only compacted nothing.',
  ),
  'retained-too-long': row(
    'records were not deleted in time',
    'Retention deletes what is older than retention.ms, and what a log has beyond retention.bytes, within a few of ' +
      'its rounds.',
  ),
  'log-start-regression': row(
    'a log begins further back than it did',
    'A log begins later and later. What was deleted on a replica stays deleted there, also after a clean restart.',
    logStartsAreForgotten,
  ),
  'acked-delete-lost': row(
    'records that were deleted are back',
    'When a broker has acknowledged a DeleteRecords, no later leader begins its log below that offset.',
    logStartsAreForgotten,
  ),
  'delete-acked-early': row(
    'a deletion was acknowledged too early',
    'DeleteRecords is acknowledged when every replica in sync has deleted as well.',
  ),
  'log-start-not-followed': row(
    'a follower kept what its leader had deleted',
    'A follower takes over where the log of its leader begins with every answer that it gets.',
  ),
  'log-start-past-hw': row(
    'a log begins behind what is committed',
    'Only committed records are deleted: no log begins above its high watermark.',
  ),
  'deleted-record-served': row(
    'deleted records were handed out',
    'Nobody is handed records from below the start of a log.',
  ),
  // ---- replication
  'ack-below-min-isr': row(
    'a write was acknowledged with too few replicas in sync',
    'With acks=all a write is acknowledged only when enough replicas are in sync (min.insync.replicas) ' +
      'and all of them have it.',
  ),
  'candidate-incomplete': row(
    'a broker that may become leader lacks a committed record',
    'Every replica that counts as in sync, or as an eligible leader, has every committed record.',
  ),
  'leader-incomplete': row(
    'a leader lacks a committed record',
    'Whoever begins to lead a partition has every committed record.',
  ),
  'log-divergence': row(
    'two replicas hold different records at one offset',
    'Below the high watermark, and within one leader epoch, all replicas hold the same.',
  ),
  'truncate-below-hw': row(
    'a replica cut away a committed record',
    'A replica never cuts away what is committed.',
  ),
  'hw-unsafe': row(
    'a leader called committed what a replica in sync lacks',
    'The high watermark never passes what the replicas in sync have.',
  ),
  'election-unsafe': row(
    'two leaders in one epoch',
    'An epoch has one leader, epochs only grow, and a voter votes once in each.',
  ),
  'isr-ineligible': row(
    'a broker counts as in sync that must not',
    'In sync are only replicas of the partition that are registered and not fenced, the leader among them.',
  ),
  'stale-incarnation': row(
    'a message of an earlier life of a broker counted',
    'After a broker started again nothing counts that its earlier life had sent.',
  ),
  'metadata-divergence': row(
    'two nodes know different cluster metadata',
    'All nodes take in the same committed metadata in the same order, and none goes back.',
  ),
  'coordinator-state-divergence': row(
    'two brokers coordinate one group',
    'The groups of a partition of __consumer_offsets have one coordinator in an epoch, and what it ' +
      'answered is committed.',
  ),
  'commit-between-generations': row(
    'a commit counted while nobody had an assignment',
    'Between the joining of a consumer group and its assignment the coordinator takes no commit.',
  ),
  // ---- going on
  'client-stuck': row(
    'a client waits for ever',
    'When all faults are over every operation ends in its time, and readers come to the end.',
  ),
  'replication-stuck': row(
    'a partition does not come back to health',
    'When all faults are over every partition gets a leader, all its replicas in sync, and a high ' +
      'watermark at its end.',
  ),
  'group-stuck': row(
    'a consumer group does not settle',
    'When all faults are over every group with members becomes stable.',
  ),
  'false-fatal': row(
    'a node gave up where it had to go on',
    'Brokers and clients survive the faults that Kafka survives.',
  ),
  // ---- the harness
  'vacuous-pass': row(
    'the run did too little to prove anything',
    'A run counts only when enough happened in it and every fault that it asks for took effect.',
  ),
  'client-truth-denied': row(
    'the judge of histories tells of something that did not happen',
    'What is told from the clients alone agrees with what the simulator saw inside.',
  ),
  'internal-truth-silent': row(
    'the inner judges overlook what the clients saw',
    'What is told from the clients alone agrees with what the simulator saw inside.',
  ),
  'engine-crash': row(
    'the program itself broke',
    'No assertion of the program fails, whatever the world does.',
  ),
  nondeterminism: row(
    'one seed gave two histories',
    'The same scenario with the same seed runs step by step the same.',
  ),
  unknown: row('the run has no verdict', 'Every run ends and can be judged.'),
};

/** For an invariant that has no row: what the finding itself says has to do. */
const unnamed = row('an invariant does not hold', 'What this invariant promises is said by its finding.');

export function promiseOf(invariant: string): PromiseInWords {
  return Object.hasOwn(promises, invariant) ? (promises[invariant] as PromiseInWords) : unnamed;
}

export function hasPromise(invariant: string): boolean {
  return Object.hasOwn(promises, invariant);
}
