// What retention left too long: read once, at the end, from the files. It never takes what is not committed, so only
// that counts which a replica had long told to be: one that waits for an answer of a leader that died without a word
// (half a minute, as in Kafka) keeps what it has. Where several limits may be in effect the largest counts; where
// somebody was hurt or changed a configuration a moment ago nothing does.

import { partitionKey } from '../../engine/index.ts';
import { epochMs } from '../clock.ts';
import type { Setting } from '../contract/configuration.ts';
import type { LogFile, Material } from '../material.ts';
import type { Report } from '../verdict.ts';
import { batchHeaderBytes, logsOf } from './log-files.ts';
import { limitsOf } from './retention-limits.ts';

/** Rounds of retention that a segment may wait: one may have begun just before, another be under way. */
const roundsMax = 3;
const interval = 'log.retention.check.interval.ms';
const intervalDefaultMs = '300000';

export function tellTooLong(material: Material, report: Report): void {
  const { end, events, configuration } = material.parts;
  const intervalMs = material.configuration.ofBrokers(interval, intervalDefaultMs);
  if (intervalMs === undefined) return;
  const quietSinceUs = Math.max(0, ...material.parts.effects.map(({ ended }) => (ended ?? end).timeUs));
  const dueUs = end.timeUs - roundsMax * Number(intervalMs) * 1000;
  const servesSinceUs = new Map<string, number>();
  /** By node and partition: as it was told last before that time. */
  const highWatermarks = new Map<string, number>();
  let changedUs = 0;
  for (const { node, timeUs, event } of events) {
    if (event.kind === 'broker-started') servesSinceUs.set(node, timeUs);
    if (event.kind === 'config-changed') changedUs = timeUs;
    if (event.kind === 'high-watermark-moved' && timeUs <= dueUs) {
      const key = partitionKey(event['topic'] as string, event['partition'] as number);
      highWatermarks.set(`${node} ${key}`, event['highWatermark'] as number);
    }
  }
  if (quietSinceUs > dueUs || changedUs > dueUs) return;
  for (const log of logsOf(material.parts.logFiles)) {
    const [{ node, path }] = log as [LogFile];
    if ((servesSinceUs.get(node) ?? end.timeUs) > dueUs) continue;
    const [, topic, partition] = /([^/]+)-(\d+)\/[^/]+$/.exec(path) ?? [];
    if (topic === undefined || configuration?.topics[topic] === undefined) continue;
    const place = { node, topic, partition: Number(partition), log };
    const highWatermark = highWatermarks.get(`${node} ${partitionKey(topic, place.partition)}`) ?? 0;
    tellOldest(material, report, place, { highWatermark, dueMs: epochMs + dueUs / 1000 });
  }
}

interface Place {
  readonly node: string;
  readonly topic: string;
  readonly partition: number;
  readonly log: readonly LogFile[];
}

/** What the oldest segment had become by `dueMs`, committed up to `highWatermark`, has long been seen by now. */
function tellOldest(
  material: Material,
  report: Report,
  { node, topic, partition, log }: Place,
  { highWatermark, dueMs }: { readonly highWatermark: number; readonly dueMs: number },
): void {
  const [oldest] = log as readonly [LogFile];
  const { path } = oldest;
  const { end } = material.parts;
  if (!material.configuration.always(topic, 'cleanup.policy', 'delete', end.step, end.step)) return;
  const headers = headersOf(oldest);
  const last = headers.at(-1);
  if (last === undefined || last.lastOffset >= highWatermark) return;
  report.judged(1);
  const tell = (what: string, limit: Setting, value: number) =>
    report.violated(
      'retained-too-long',
      end,
      `${node} still has ${path}: ${what} ${roundsMax} rounds of retention ago, and ${limit} is ${value}`,
      { topic, partition, node, path, [limit]: value },
    );
  const retentionMs = limitsOf(material, topic, 'retention.ms', end.step)?.most ?? Number.POSITIVE_INFINITY;
  const ageMs = dueMs - Math.max(...headers.map(({ maxTimestampMs }) => maxTimestampMs));
  if (ageMs > retentionMs) {
    tell(`its youngest record was ${Math.round(ageMs)} ms old`, 'retention.ms', retentionMs);
  }
  const retentionBytes =
    limitsOf(material, topic, 'retention.bytes', end.step)?.most ?? Number.POSITIVE_INFINITY;
  const settled = log.flatMap(headersOf).filter(({ maxTimestampMs }) => maxTimestampMs < dueMs);
  const settledBytes = settled.reduce((sum, { bytes }) => sum + bytes, 0);
  const leftBytes = settledBytes - oldest.bytes.byteLength;
  if (leftBytes >= retentionBytes) {
    tell(`without it ${leftBytes} bytes were left`, 'retention.bytes', retentionBytes);
  }
}

interface Header {
  readonly lastOffset: number;
  readonly maxTimestampMs: number;
  readonly bytes: number;
}

function headersOf({ bytes }: LogFile): Header[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headers: Header[] = [];
  for (let position = 0; position + batchHeaderBytes <= view.byteLength; ) {
    const size = 12 + view.getInt32(position + 8);
    if (size < batchHeaderBytes) break;
    const lastOffset = Number(view.getBigInt64(position)) + view.getInt32(position + 23);
    headers.push({ lastOffset, maxTimestampMs: Number(view.getBigInt64(position + 35)), bytes: size });
    position += size;
  }
  return headers;
}
