// Each client sends with each codec while the broker is killed and started again: every acknowledged record is there,
// once, whole, and in the order of its partition; without idempotence, at least once. Few records; `million.ts` does the same with many.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compressions } from '../../protocol/compression.ts';
import { BrokerProcess } from './broker-process.ts';
import { kafkajsClient } from './kafkajs-client.ts';
import { kcatClient, kcatVersion } from './kcat-client.ts';
import { massRun } from './mass-client.ts';
import { platformaticClient } from './platformatic-client.ts';

const partitions = 3;
const count = 6000;
let broker: BrokerProcess;

beforeAll(async () => {
  broker = await BrokerProcess.start([`num.partitions=${partitions}`]);
});
afterAll(() => broker.discard());

const clients = [kafkajsClient, platformaticClient, kcatClient];
const rows = clients.flatMap((client) =>
  compressions.map((compression, at) => ({
    client,
    name: client.name,
    compression,
    signal: at % 2 === 0 ? ('SIGKILL' as const) : ('SIGTERM' as const),
  })),
);

describe('what is acknowledged outlives the broker', () => {
  test.for(rows)('$name, $compression, $signal', async ({ client, compression, signal }, context) => {
    if (client === kcatClient && kcatVersion === undefined) return context.skip('kcat is not installed');
    const topic = `${client.name.replace(/\W/g, '')}-${compression}`;
    const run = { topic, partitions, compression, idempotent: true, count, valueBytes: 100 };
    expect(await massRun(client, broker, run, signal, 20_000)).toMatchObject({
      sent: count,
      acknowledged: count,
      found: count,
      lost: 0,
      duplicates: 0,
      outOfOrder: 0,
      damaged: 0,
    });
    expect(broker.errors).toBe('');
  });
});

describe('without idempotence nothing is lost either', () => {
  test.for(clients.map((client) => ({ client, name: client.name })))('$name', async ({ client }, context) => {
    if (client === kcatClient && kcatVersion === undefined) return context.skip('kcat is not installed');
    const topic = `${client.name.replace(/\W/g, '')}-plain`;
    const run = { topic, partitions, compression: 'lz4', idempotent: false, count, valueBytes: 100 } as const;
    const result = await massRun(client, broker, run, 'SIGKILL', 20_000);
    expect(result).toMatchObject({ sent: count, acknowledged: count, lost: 0, damaged: 0 });
    // Each record, and some of them again.
    expect(result.found).toBe(count + result.duplicates);
  });
});
