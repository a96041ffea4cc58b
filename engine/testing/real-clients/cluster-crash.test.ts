// Three brokers in processes of their own, killed and started again in turn while each client sends with
// acks=all and reads by group: every acknowledged record is there, once, whole and in order; and the group
// goes on, while each of the brokers is dead. Few records.

import type kafkajs from 'kafkajs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ClusterProcess } from './cluster-process.ts';
import { joinWithKafkajs, joinWithKcat, joinWithPlatformatic } from './group-readers.ts';
import { kafkajsClient, newKafkajs } from './kafkajs-client.ts';
import { kcatClient, kcatVersion } from './kcat-client.ts';
import { platformaticClient } from './platformatic-client.ts';
import { rollThrough } from './rolling-kills.ts';

const partitions = 6;
/** What must be acknowledged, and what the group must have read, while one broker is dead. */
const whileDeadRecords = 200;
let cluster: ClusterProcess;
let admin: kafkajs.Admin;

beforeEach(async () => {
  const overrides = [`num.partitions=${partitions}`, 'min.insync.replicas=2'];
  cluster = await ClusterProcess.start({ brokers: 3, overrides });
  admin = newKafkajs(cluster.bootstrapServers, 'watcher').admin();
  await admin.connect();
});
afterEach(async () => {
  await admin?.disconnect();
  await cluster?.discard();
});

const rows = [
  { client: kafkajsClient, join: joinWithKafkajs },
  { client: platformaticClient, join: joinWithPlatformatic },
  { client: kcatClient, join: joinWithKcat },
].map((row) => ({ ...row, name: row.client.name }));

describe('nothing acknowledged is lost, and groups go on', () => {
  test.for(rows)('$name, each broker killed in turn', async ({ client, join }, context) => {
    if (client === kcatClient && kcatVersion === undefined) return context.skip('kcat is not installed');
    const topic = `rolled-${client.name.replace(/\W/g, '')}`;
    const roll = await rollThrough({ cluster, admin, client, join, topic, partitions, whileDeadRecords });

    // Three brokers died, each while it led something and while records went back and forth.
    expect(cluster.killed).toEqual([1, 2, 3]);
    expect(roll.deaths.map(({ ledBefore }) => ledBefore > 0)).toEqual([true, true, true]);
    for (const { ledAfter, sentWhileDead, readWhileDead } of roll.deaths) {
      expect(ledAfter).toBe(0);
      expect(sentWhileDead).toBeGreaterThanOrEqual(whileDeadRecords);
      expect(readWhileDead).toBeGreaterThanOrEqual(whileDeadRecords);
    }
    const { sent } = roll.account;
    expect(sent).toBeGreaterThan(6 * whileDeadRecords);
    // Whoever sends again what failed, as this client's users must, may send what was there already.
    const { duplicates, outOfOrder } = roll.account;
    const again =
      client === platformaticClient ? { duplicates, outOfOrder } : { duplicates: 0, outOfOrder: 0 };
    const found = sent + again.duplicates;
    expect(roll.account).toEqual({ sent, acknowledged: sent, found, lost: 0, damaged: 0, ...again });
    expect(roll.group).toEqual({ seen: sent, damaged: 0, failures: [] });
    expect(cluster.errors).not.toMatch(/a bug in/);
  });
});
