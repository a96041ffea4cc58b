import { describe, expect, test } from 'vitest';
import { Metrics, serveMetrics } from './metrics.ts';

describe('metrics', () => {
  test('count what the trace tells and what is counted anyway, and can be read twice', async () => {
    const metrics = new Metrics();
    metrics.traffic = { receivedBytes: 70, sentBytes: 80 };
    metrics.disk = { writes: 4, writtenBytes: 90, fsyncs: 3 };
    metrics.requests = () => new Map([['Produce', 2]]).set('Fetch', 1);
    metrics.hear({ kind: 'connection-opened', peer: 'p' });
    metrics.hear({ kind: 'connection-opened', peer: 'q' });
    metrics.hear({ kind: 'connection-closed', peer: 'q', reason: 'r' });
    const orders = { topic: 'orders', partition: 3 };
    const recovered = { logStartOffset: 0, logEndOffset: 5, recoveryPoint: 5, truncatedBytes: 0 };
    metrics.hear({ kind: 'log-appended', ...orders, logEndOffset: 10, bytes: 100, batches: 2 });
    metrics.hear({ kind: 'log-appended', ...orders, logEndOffset: 12, bytes: 20, batches: 1 });
    metrics.hear({
      kind: 'log-appended',
      topic: 'gone',
      partition: 0,
      logEndOffset: 5,
      bytes: 0,
      batches: 0,
    });
    metrics.hear({ kind: 'topic-deleted', topic: 'gone', topicId: 'x' });
    metrics.hear({ kind: 'log-recovered', topic: 'moved', partition: 0, ...recovered });
    metrics.hear({ kind: 'log-deleted', topic: 'moved', partition: 0 });
    metrics.hear({ kind: 'log-flushed', ...orders, recoveryPoint: 12 });
    for (let reading = 0; reading < 2; reading++) {
      const text = await metrics.registry.metrics();
      for (const line of [
        'odradek_requests_total{api="Produce"} 2',
        'odradek_requests_total{api="Fetch"} 1',
        'odradek_connections 1',
        'odradek_received_bytes_total 70',
        'odradek_sent_bytes_total 80',
        'odradek_disk_writes_total 4',
        'odradek_disk_written_bytes_total 90',
        'odradek_fsyncs_total 3',
        'odradek_appended_bytes_total 120',
        'odradek_appended_batches_total 3',
        'odradek_flushes_total 1',
        'odradek_log_end_offset{topic="orders",partition="3"} 12',
      ]) {
        expect(text.split('\n')).toContain(line);
      }
      expect(text).not.toContain('gone');
      expect(text).not.toContain('moved');
    }
  });

  test('are served over HTTP at /metrics only', async () => {
    const served = await serveMetrics(new Metrics(), { host: '127.0.0.1', port: 0 });
    if (!served.ok) throw new Error(served.error);
    const { address, close } = served.value;
    const base = `http://${address.host}:${address.port}`;
    const response = await fetch(`${base}/metrics`);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('odradek_connections 0');
    expect((await fetch(`${base}/other`)).status).toBe(404);
    const taken = await serveMetrics(new Metrics(), address);
    expect(taken.ok).toBe(false);
    close();
  });
});
