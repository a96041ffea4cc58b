// Which segments retention takes, in Kafka's order: those wholly below the log start, then by size, then by
// age. A rule that keeps a segment keeps all after it, and nothing at or above the high watermark ever goes.
// Pure: it counts, the log removes.

import type { LogConfig } from './log-config.ts';

export type RetentionReason = 'log-start' | 'retention-size' | 'retention-time';

/** What the rules look at. */
export interface RetentionSegment {
  readonly baseOffset: number;
  readonly sizeBytes: number;
  readonly largestTimestampMs: number;
}

export interface RetentionFacts {
  readonly config: LogConfig;
  readonly nowMs: number;
  readonly highWatermark: number;
  readonly logStartOffset: number;
  readonly logEndOffset: number;
}

/** DeleteRecords works under every policy, size and age only under `delete`. */
export function retentionRules(config: LogConfig): readonly RetentionReason[] {
  return config.cleanupPolicy.includes('delete')
    ? ['log-start', 'retention-size', 'retention-time']
    : ['log-start'];
}

/**
 * How many of the oldest segments one rule takes. All of them: the log must get a new active segment first.
 */
export function segmentsToDelete(
  rule: RetentionReason,
  segments: readonly RetentionSegment[],
  facts: RetentionFacts,
): number {
  const breached = ruleOf(rule, segments, facts);
  let count = 0;
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    const endOffset = next?.baseOffset ?? facts.logEndOffset;
    if (facts.highWatermark < endOffset || (next === undefined && segment.sizeBytes === 0)) break;
    if (!breached(segment, next)) break;
    count++;
  }
  return count;
}

type Breached = (segment: RetentionSegment, next: RetentionSegment | undefined) => boolean;

function ruleOf(
  rule: RetentionReason,
  segments: readonly RetentionSegment[],
  { config, nowMs, logStartOffset }: RetentionFacts,
): Breached {
  switch (rule) {
    case 'log-start':
      return (_segment, next) => next !== undefined && next.baseOffset <= logStartOffset;
    case 'retention-size': {
      if (config.retentionBytes < 0) return () => false;
      let aboveBytes = -config.retentionBytes;
      for (const { sizeBytes } of segments) aboveBytes += sizeBytes;
      return ({ sizeBytes }) => {
        aboveBytes -= sizeBytes;
        return aboveBytes >= 0;
      };
    }
    case 'retention-time':
      if (config.retentionMs < 0) return () => false;
      return ({ largestTimestampMs }) => nowMs - largestTimestampMs > config.retentionMs;
  }
}
