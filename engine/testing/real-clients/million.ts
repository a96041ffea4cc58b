// A million records for each client and codec, with a SIGKILL half-way. By hand, for it takes minutes:
//
//   npx node engine/testing/real-clients/million.ts [records] [clients] [codecs]
//   npx node engine/testing/real-clients/million.ts 1000000 kafkajs,kcat lz4,zstd
//
// One row for each pair; the exit code is 1 when a record was lost, came twice, out of order or damaged.

import process from 'node:process';
import { compressions } from '../../protocol/compression.ts';
import { BrokerProcess } from './broker-process.ts';
import { kafkajsClient } from './kafkajs-client.ts';
import { kcatClient, kcatVersion } from './kcat-client.ts';
import { type MassClient, type MassResult, massRun } from './mass-client.ts';
import { platformaticClient } from './platformatic-client.ts';

const partitions = 4;
const valueBytes = 100;
const phaseTimeoutMs = 600_000;
const columns = [
  ...(['sent', 'acknowledged', 'found', 'duplicates', 'lost', 'outOfOrder', 'damaged'] as const),
  'seconds',
] as const;

const [countText = '1000000', clientNames = '', codecNames = ''] = process.argv.slice(2);
const count = Number(countText);
let failed = false;

function line(cells: readonly (string | number)[]): void {
  const [client, codec, ...numbers] = cells.map(String) as [string, string, ...string[]];
  const right = numbers.map((text) => text.padStart(12)).join('');
  process.stdout.write(`${client.padEnd(20)}${codec.padEnd(8)}${right}\n`);
}

function isWrong(result: MassResult): boolean {
  const { sent, acknowledged, found, duplicates, lost, outOfOrder, damaged } = result;
  return acknowledged !== sent || found !== sent || duplicates + lost + outOfOrder + damaged > 0;
}

async function row(client: MassClient, compression: (typeof compressions)[number]): Promise<void> {
  const broker = await BrokerProcess.start([`num.partitions=${partitions}`]);
  try {
    const run = { topic: 'million', partitions, compression, idempotent: true, count, valueBytes };
    const result = await massRun(client, broker, run, 'SIGKILL', phaseTimeoutMs);
    failed ||= isWrong(result) || broker.errors !== '';
    const numbers = columns.map((column) =>
      column === 'seconds' ? result.seconds.toFixed(1) : result[column],
    );
    line([client.name, compression, ...numbers]);
    if (broker.errors !== '') process.stdout.write(`the broker complained: ${broker.errors}\n`);
  } catch (error) {
    failed = true;
    line([client.name, compression, `failed: ${error instanceof Error ? error.message : error}`]);
  } finally {
    await broker.discard();
  }
}

line(['client', 'codec', ...columns]);
for (const client of [kafkajsClient, platformaticClient, kcatClient]) {
  if (clientNames !== '' && !clientNames.split(',').includes(client.name)) continue;
  if (client === kcatClient && kcatVersion === undefined) {
    line([client.name, '-', 'skipped: kcat is not installed']);
    continue;
  }
  for (const compression of compressions) {
    if (codecNames === '' || codecNames.split(',').includes(compression)) await row(client, compression);
  }
}
process.exitCode = failed ? 1 : 0;
