// What can be measured and compared, as it is written on the command line:
//
//   self             this very code
//   FOLDER           another checkout or build of Odradek
//                    or an installed Apache Kafka (its jars in FOLDER/libs)
//   kafka            the Apache Kafka in $KAFKA_HOME, else in `.kafka` beside package.json
//   HOST:PORT        a running Kafka-compatible broker; its processor time is not known
//   ...+5%cpu        ours, slowed down on purpose by so much of the processor time that it uses
//   ...?name=value&name=value     with these properties of the broker

import { existsSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { addressOf } from '../../engine/host/index.ts';
import { type Address, assert, brokerPropertyNames } from '../../engine/index.ts';
import { commitOf, projectRoot } from '../environment.ts';
import type { WorkloadFile } from '../workload.ts';
import { type KafkaInstallation, kafkaHome, kafkaIn, noJava } from './kafka.ts';

export type Target = StartedTarget | AddressTarget;
export type StartedTarget = CodeTarget | KafkaTarget;

export interface CodeTarget {
  readonly kind: 'code';
  /** How it is called in results: without the paths of a machine. */
  readonly label: string;
  readonly commandLine: string;
  readonly slipPercent: number;
  readonly properties: Readonly<Record<string, string>>;
}

export interface KafkaTarget {
  readonly kind: 'kafka';
  readonly label: string;
  readonly installation: KafkaInstallation;
  readonly properties: Readonly<Record<string, string>>;
}

export interface AddressTarget {
  readonly kind: 'address';
  readonly label: string;
  readonly address: Address;
}

export type ReadTarget =
  | { readonly ok: true; readonly value: Target }
  | { readonly ok: false; readonly complaint: string };

const slipPercentMax = 1000;

export function readTarget(text: string): ReadTarget {
  const parts = /^(?<place>.*?)(?:\+(?<slip>\d+(?:\.\d+)?)%cpu)?(?:\?(?<query>.*))?$/s.exec(text)?.groups;
  const { place = '', slip, query } = parts ?? {};
  const wrong = (why: string): ReadTarget => ({ ok: false, complaint: `${text}: ${why}` });
  const root = place === 'self' ? projectRoot() : place === 'kafka' ? kafkaHome() : place;
  const commandLine = place === 'kafka' || place === '' ? undefined : commandLineIn(root);
  const installation = commandLine !== undefined || place === '' ? undefined : kafkaIn(root);
  if (slip !== undefined && commandLine === undefined)
    return wrong('only a broker of ours can be given a slip');
  if (commandLine === undefined && installation === undefined) return readAddress(text, place, query);
  const properties = readProperties(query, place === 'self');
  if (typeof properties === 'string') return wrong(properties);
  const settings = text.slice(place.length);
  if (installation !== undefined) {
    const why = noJava();
    if (why !== undefined) return wrong(why);
    const label = `Apache Kafka ${installation.version}${settings}`;
    return { ok: true, value: { kind: 'kafka', label, installation, properties } };
  }
  const slipPercent = Number(slip ?? 0);
  if (slip !== undefined && (slipPercent <= 0 || slipPercent > slipPercentMax))
    return wrong(`a slip is more than 0 and at most ${slipPercentMax} %`);
  const label = `${place === 'self' ? 'self' : nameOf(root)}${settings}`;
  return {
    ok: true,
    value: { kind: 'code', label, commandLine: commandLine as string, slipPercent, properties },
  };
}

/**
 * `name=value&name=value`, or what is wrong with it. A broker only warns of what it does not know: then A and B would
 * be the same, and nobody would be told. Another checkout, or Kafka, may know other properties than this one does.
 */
function readProperties(query: string | undefined, ours: boolean): Record<string, string> | string {
  const properties: Record<string, string> = {};
  for (const pair of query === undefined ? [] : query.split('&')) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (name === undefined || value === undefined) return `"${pair}" is not name=value`;
    if (ours && !brokerPropertyNames().some((property) => property === name))
      return `this broker has no property "${name}"`;
    properties[name] = value;
  }
  return properties;
}

/** This very code. */
export function selfTarget(): StartedTarget {
  const read = readTarget('self');
  assert(read.ok && read.value.kind !== 'address', 'this code is there, and is none that runs already');
  return read.value;
}

/** The workload with the properties of the target, which go before its own. */
export function withProperties(file: WorkloadFile, { properties }: StartedTarget): WorkloadFile {
  const broker = { ...file.workload.broker, ...properties };
  return { ...file, workload: { ...file.workload, broker } };
}

/** A broker that runs already. */
function readAddress(text: string, place: string, query: string | undefined): ReadTarget {
  const wrong = (why: string): ReadTarget => ({ ok: false, complaint: `${text}: ${why}` });
  const address = addressOf(place);
  if (address === undefined || isFolder(place)) return wrong(whyNoTarget(place));
  if (query !== undefined)
    return wrong('a broker that runs already can be given neither a slip nor properties');
  return { ok: true, value: { kind: 'address', label: `${address.host}:${address.port}`, address } };
}

/** The commit tells more than the name of a folder; both do where there is one. */
function nameOf(folder: string): string {
  const commit = commitOf(folder);
  const name = basename(resolve(folder));
  return commit === null ? name : `${name} (${commit})`;
}

/** A checkout has `cli.ts`, one that is compiled `cli.js`, in `dist` or as it was installed. */
function commandLineIn(folder: string): string | undefined {
  if (!isFolder(folder)) return undefined;
  return ['cli.ts', join('dist', 'cli.js'), 'cli.js']
    .map((file) => resolve(folder, file))
    .find((file) => existsSync(file));
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

function whyNoTarget(place: string): string {
  if (place === 'kafka')
    return 'the jars of Apache Kafka are wanted in `libs` of the folder that KAFKA_HOME names';
  if (isFolder(place)) return 'there is neither cli.ts nor dist/cli.js in that folder, nor Kafka in its libs';
  return 'neither "self", nor a folder with Odradek or Kafka in it, nor "kafka", nor host:port';
}
