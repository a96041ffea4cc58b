// The topic properties that a log obeys, under camelCase names; Infinity where Kafka says Long.MAX_VALUE.
// Whoever owns the configuration makes one of these and hands it to the log, again whenever it changes.
//
// Compaction is not built: a log whose policy is `compact` alone keeps everything from its log start on.

export interface LogConfig {
  /** A roll is due when the next batch would make the segment larger. */
  readonly segmentBytes: number;
  /**
   * A roll is due when a batch is this much younger than the segment's first one, by their own timestamps.
   */
  readonly segmentMs: number;
  /** Up to this much is taken off `segmentMs`, drawn for each segment, so that logs do not roll at once. */
  readonly segmentJitterMs: number;
  /** Largest size of each index file; a full index rolls the segment. */
  readonly segmentIndexBytes: number;
  readonly indexIntervalBytes: number;
  /** -1 or Infinity: for ever. */
  readonly retentionMs: number;
  /** -1: without limit. */
  readonly retentionBytes: number;
  /** Empty: nothing goes but what DeleteRecords gave free. */
  readonly cleanupPolicy: readonly ('delete' | 'compact')[];
  /** After so many records fsync comes before the acknowledgement. */
  readonly flushMessages: number;
  readonly flushMs: number;
  readonly fileDeleteDelayMs: number;
  readonly maxMessageBytes: number;
  readonly messageTimestampType: 'CreateTime' | 'LogAppendTime';
  readonly messageTimestampBeforeMaxMs: number;
  readonly messageTimestampAfterMaxMs: number;
}

/** Kafka 4.3's defaults. */
export const defaultLogConfig: LogConfig = {
  segmentBytes: 1_073_741_824,
  segmentMs: 604_800_000,
  segmentJitterMs: 0,
  segmentIndexBytes: 10_485_760,
  indexIntervalBytes: 4096,
  retentionMs: 604_800_000,
  retentionBytes: -1,
  cleanupPolicy: ['delete'],
  flushMessages: Number.POSITIVE_INFINITY,
  flushMs: Number.POSITIVE_INFINITY,
  fileDeleteDelayMs: 60_000,
  maxMessageBytes: 1_048_588,
  messageTimestampType: 'CreateTime',
  messageTimestampBeforeMaxMs: Number.POSITIVE_INFINITY,
  messageTimestampAfterMaxMs: 3_600_000,
};
