// Records what real clients send: each talks to the broker through a proxy that keeps the first request of
// every API, version and variant, and writes them as hex beside the test that decodes them. By hand, when a
// client's version changes or an API is newly served:
//
//   npx node engine/testing/real-clients/record-golden.ts
//
// kafkajs has no codec of its own but gzip, so its snappy, lz4 and zstd batches are packed by ours.

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { apiByKey } from '../../protocol/apis.ts';
import { Reader } from '../../protocol/bytes.ts';
import { decodeRequest, isFlexible } from '../../protocol/codec.ts';
import { FrameAssembler, readRequestHeader, skipHeaderTags } from '../../protocol/frame.ts';
import { batchAt } from '../../protocol/record-batch.ts';
import { BrokerProcess } from './broker-process.ts';
import { driveKafkajs, driveKcat, drivePlatformatic } from './golden-drives.ts';
import { kcatVersion } from './kcat-client.ts';

const folder = join(import.meta.dirname, '../../protocol/golden');
const frameBytesMax = 1_048_576;
const bytesPerLine = 50;

class Recorder {
  /** By API, version and variant, in the order in which they were first heard. */
  readonly frames = new Map<string, Uint8Array>();
  readonly #server: Server;
  #target = 0;

  private constructor() {
    this.#server = createServer((socket) => this.#pass(socket));
  }

  static async listen(): Promise<Recorder> {
    const recorder = new Recorder();
    await new Promise<void>((resolve) => recorder.#server.listen(0, '127.0.0.1', resolve));
    return recorder;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  passTo(port: number): void {
    this.#target = port;
  }

  close(): void {
    this.#server.close();
  }

  #pass(client: Socket): void {
    const broker = connect(this.#target, '127.0.0.1');
    const assembler = new FrameAssembler(frameBytesMax);
    client.on('data', (chunk) => {
      const frames = assembler.push(chunk);
      if (frames.ok) for (const frame of frames.value) this.#keep(frame);
    });
    client.pipe(broker).pipe(client);
    for (const [one, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  }

  #keep(frame: Uint8Array): void {
    const name = nameOf(frame);
    if (!this.frames.has(name)) this.frames.set(name, frame);
  }
}

/** API, version, and what makes one such request tell more than another. */
function nameOf(frame: Uint8Array): string {
  const reader = new Reader(frame);
  const header = readRequestHeader(reader);
  if (!header.ok) throw new Error(header.error);
  const { apiKey, version } = header.value;
  const api = apiByKey(apiKey);
  if (api === undefined) throw new Error(`the API ${apiKey} is not declared`);
  if (isFlexible(api, version)) skipHeaderTags(reader);
  const request = decodeRequest(api, version, reader);
  if (!request.ok) throw new Error(request.error);
  return `${api.name} v${version} ${variantOf(api.name, request.value)}`.trim();
}

// biome-ignore lint/suspicious/noExplicitAny: a request of any API
function variantOf(name: string, request: any): string {
  switch (name) {
    case 'Produce':
      return batchAt(request.topicData[0].partitionData[0].records).compression ?? '';
    case 'Fetch':
      return request.sessionEpoch > 0 ? 'incremental' : request.sessionEpoch < 0 ? 'sessionless' : '';
    case 'JoinGroup':
      return request.memberId === '' ? 'newcomer' : '';
    case 'SyncGroup':
      return request.assignments.length > 0 ? 'leader' : '';
    case 'Metadata':
      if (request.topics === null) return 'all';
      return request.topics.length === 0 ? 'none' : '';
    default:
      return '';
  }
}

async function record(
  file: string,
  client: string,
  drive: (address: string) => Promise<void>,
): Promise<void> {
  const recorder = await Recorder.listen();
  const advertised = `advertised.listeners=PLAINTEXT://127.0.0.1:${recorder.port}`;
  const broker = await BrokerProcess.start([advertised]);
  recorder.passTo(broker.port);
  try {
    await drive(`127.0.0.1:${recorder.port}`);
  } finally {
    recorder.close();
    await broker.discard();
  }
  const sections = [...recorder.frames]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, bytes]) => `${name}\n${hexLines(bytes)}\n`);
  const head = `# ${client}\n# Requests, without the size in front. Written by record-golden.ts.\n\n`;
  writeFileSync(join(folder, `${file}.txt`), head + sections.join('\n'));
  process.stdout.write(`${client}: ${[...recorder.frames.keys()].join(', ')}\n`);
}

function hexLines(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += bytesPerLine) {
    lines.push(Buffer.from(bytes.subarray(at, at + bytesPerLine)).toString('hex'));
  }
  return lines.join('\n');
}

const require = createRequire(import.meta.url);

/** The version that is installed here; platformatic shows no package.json to `require`. */
function versionOf(name: string): string {
  const entry = require.resolve(name);
  const home = entry.slice(0, entry.indexOf(name) + name.length);
  return JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')).version;
}

await record('kafkajs', `kafkajs ${versionOf('kafkajs')}`, driveKafkajs);
await record('platformatic', `@platformatic/kafka ${versionOf('@platformatic/kafka')}`, drivePlatformatic);
if (kcatVersion === undefined) process.stdout.write('kcat is not installed: its file stays as it was\n');
else await record('kcat', `kcat ${kcatVersion}`, driveKcat);
process.exit();
