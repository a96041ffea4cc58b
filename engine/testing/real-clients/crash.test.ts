// Each client sends with each codec while the broker is killed and started again: every acknowledged record
// is there, once, whole, and in the order of its partition; without idempotence, at least once. Few records;
// `million.ts` does the same with many.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compressions } from '../../protocol/compression.ts';
import { BrokerProcess } from './broker-process.ts';
import { kafkajsClient } from './kafkajs-client.ts';
import { kcatClient, kcatVersion } from './kcat-client.ts';
import { Ledger } from './ledger.ts';
import { inTime, massRun } from './mass-client.ts';
import { platformaticClient } from './platformatic-client.ts';

const partitions = 3;
const count = 6000;
/** Of a broker that dies again and again: from ready to the next death. */
const lifeMs = 500;
/** Then it lives: a client that waits longer and longer between its tries must get its turn. */
const deaths = 5;
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
    expect(await massRun(client, broker, run, signal, 60_000)).toMatchObject({
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
    const result = await massRun(client, broker, run, 'SIGKILL', 60_000);
    expect(result).toMatchObject({ sent: count, acknowledged: count, lost: 0, damaged: 0 });
    // Each record, and some of them again.
    expect(result.found).toBe(count + result.duplicates);
  });
});

test('all clients at once, over many segments, through one death after another', async (context) => {
  const present = clients.filter((client) => client !== kcatClient || kcatVersion !== undefined);
  const plan = { count: 30_000, valueBytes: 200 };
  const small = ['log.segment.bytes=1048576', 'log.index.interval.bytes=512'];
  const dying = await BrokerProcess.start([`num.partitions=${partitions}`, ...small]);
  context.onTestFinished(() => dying.discard());
  const runs = present.map((client, at) => ({
    client,
    order: {
      address: dying.address,
      topic: `together-${at}`,
      partitions,
      compression: compressions[at] as (typeof compressions)[number],
      idempotent: true,
      ledger: new Ledger(plan),
    },
  }));
  for (const { client, order } of runs) await client.createTopic(order);
  const sent = Promise.all(runs.map(({ client, order }) => client.produce(order)));
  const diesOften = async () => {
    for (let death = 0; death < deaths; death++) {
      await new Promise((resolve) => setTimeout(resolve, lifeMs));
      await dying.endAndStart(death % 3 === 2 ? 'SIGTERM' : 'SIGKILL');
    }
  };
  await inTime('sending', 120_000, Promise.all([sent, diesOften()]));
  for (const { client, order } of runs) {
    await inTime('reading', 60_000, client.consume(order));
    const { count } = plan;
    const clean = { duplicates: 0, lost: 0, outOfOrder: 0, damaged: 0 };
    expect(order.ledger.account()).toEqual({ sent: count, acknowledged: count, found: count, ...clean });
  }
  expect(dying.errors).toBe('');
});
