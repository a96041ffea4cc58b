// The process of the bare probes: the least of a broker, for any Kafka client. Says where it listens as one line of
// JSON, and lives until it is ended or whoever started it is gone.
//
//   node bench/probes/bare-main.ts --folder FOLDER --partitions 4 --fsync none|before-ack|every:MS --listen 127.0.0.1:0
//
//   0 ended on request   2 bad usage   another code: it broke, with its stack on standard error

import { mkdirSync } from 'node:fs';
import net from 'node:net';
import { parseArgs } from 'node:util';
import { addressOf } from '../../engine/host/index.ts';
import { BareConnection, type BareFrame } from './bare-connection.ts';
import { BarePipeline, produceKey, produceVersions } from './bare-pipeline.ts';
import { BareQuestions } from './bare-questions.ts';
import { BareReadSend, fetchKey, fetchVersions } from './bare-read-send.ts';
import { BareTopics } from './bare-topics.ts';
import { type BareFsync, BareTurn } from './bare-turn.ts';

const backlogConnections = 1024;

interface Options {
  readonly folder: string;
  readonly partitions: number;
  readonly fsync: BareFsync;
  readonly host: string;
  readonly port: number;
}

function optionsOf(words: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...words],
    options: {
      folder: { type: 'string' },
      partitions: { type: 'string', default: '1' },
      fsync: { type: 'string', default: 'none' },
      listen: { type: 'string', default: '127.0.0.1:0' },
    },
  });
  if (values.folder === undefined) throw new Error('--folder: where the files go must be said');
  const partitions = Number(values.partitions);
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > 10_000)
    throw new Error(`--partitions ${values.partitions}: a whole number from 1 to 10000 is wanted`);
  const address = addressOf(values.listen);
  if (address === undefined) throw new Error(`--listen ${values.listen}: HOST:PORT is wanted`);
  return { folder: values.folder, partitions, fsync: fsyncOf(values.fsync), ...address };
}

function fsyncOf(word: string): BareFsync {
  if (word === 'none' || word === 'before-ack') return word;
  const everyMs = Number(/^every:([0-9]{1,7})$/.exec(word)?.[1]);
  if (!(everyMs >= 1)) throw new Error(`--fsync ${word}: none, before-ack or every:MS is wanted`);
  return { everyMs };
}

function serve({ folder, partitions, fsync, host, port }: Options): void {
  mkdirSync(folder, { recursive: true });
  const turn = new BareTurn(fsync);
  const topics = new BareTopics(folder, partitions);
  const pipeline = new BarePipeline(topics, turn);
  const readSend = new BareReadSend(topics);
  turn.onWritten = () => readSend.moreWritten();
  let bound = { host, port };
  const questions = new BareQuestions(topics, () => bound);
  const understand = (connection: BareConnection, frame: BareFrame): void => {
    const { bytes, start } = frame;
    const apiKey = bytes.readInt16BE(start);
    const version = bytes.readInt16BE(start + 2);
    const correlationId = bytes.readInt32BE(start + 4);
    const body = start + 10 + Math.max(0, bytes.readInt16BE(start + 8));
    if (apiKey === produceKey && isIn(version, produceVersions)) {
      pipeline.produce(connection, frame, version, correlationId, body);
    } else if (apiKey === fetchKey && isIn(version, fetchVersions)) {
      readSend.fetch(connection, frame, version, correlationId, body);
    } else {
      const answer = questions.answer({ apiKey, version, correlationId }, frame, body);
      if (typeof answer === 'string') connection.refuse(answer);
      else connection.answer(answer);
    }
  };
  const service = (connection: BareConnection, frame: BareFrame): void => {
    try {
      understand(connection, frame);
    } catch (error) {
      // Lengths that lead out of the request; anything else is the end of the probe.
      if (!(error instanceof RangeError)) throw error;
      connection.refuse(`a request that cannot be read: ${error.message}`);
    }
  };
  const server = net.createServer({ pauseOnConnect: true, noDelay: true }, (accepted) => {
    new BareConnection(accepted, turn, service);
  });
  server.on('error', (error) => {
    process.stderr.write(`bare probe: ${error.message}\n`);
    process.exit(2);
  });
  server.listen({ host, port, backlog: backlogConnections }, () => {
    bound = { host, port: (server.address() as net.AddressInfo).port };
    process.stdout.write(`${JSON.stringify({ ready: true, ...bound, pid: process.pid })}\n`);
  });
}

function isIn(version: number, { first, last }: { readonly first: number; readonly last: number }): boolean {
  return version >= first && version <= last;
}

process.on('SIGTERM', () => process.exit(0));
process.on('SIGINT', () => process.exit(0));
if (process.connected) process.on('disconnect', () => process.exit(0));
let options: Options;
try {
  options = optionsOf(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bare probe: ${error instanceof Error ? error.message : error}\n`);
  process.exit(2);
}
serve(options);
