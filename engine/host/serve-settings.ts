// What `serve` was asked for: the properties file, then --override, then --listen and --data, the later the stronger.
// Each property keeps its place, so that a complaint can name it.

import { readFileSync } from 'node:fs';
import { failure, type Outcome, success } from '../base/outcome.ts';
import { BrokerConfig } from '../config/config.ts';
import type { Address } from '../ports.ts';
import { parseProperties, type Setting } from './config-file.ts';
import { type LogLevel, logLevels } from './logger.ts';

/** The options of the command line, as they were written. */
export interface ServeOptions {
  readonly listen?: string;
  readonly data?: string;
  readonly config?: string;
  readonly override?: readonly string[];
  readonly json?: boolean;
  readonly metrics?: string;
  readonly logLevel?: string;
  /** So many brokers, each a process of its own; without it this process is the broker. */
  readonly brokers?: number;
  readonly controllers?: string;
  readonly racks?: string;
}

export interface ServeSettings {
  readonly properties: ReadonlyMap<string, string>;
  readonly dataDir: string;
  readonly metrics: Address | undefined;
  readonly logLevel: LogLevel;
  readonly json: boolean;
}

/** The properties that were given, each with its place, and what was wrong with them so far. */
interface SharedSettings {
  readonly settings: Map<string, Setting>;
  readonly problems: string[];
}

export const defaultListen = '127.0.0.1:9092';
export const defaultData = './data';

/** The settings of one broker; or every reason why they cannot be. */
export function serveSettings(options: ServeOptions): Outcome<ServeSettings, string[]> {
  const shared = sharedSettings(options);
  if (!shared.ok) return shared;
  const { settings, problems } = shared.value;
  if (options.controllers !== undefined || options.racks !== undefined)
    problems.push('--controllers and --racks are about a cluster: --brokers says how large');
  listenThere(options, settings, problems);
  if (options.data !== undefined || !(settings.has('log.dirs') || settings.has('log.dir'))) {
    settings.set('log.dirs', { value: options.data ?? defaultData, place: '--data' });
  }
  const metrics = options.metrics === undefined ? undefined : addressOf(options.metrics);
  if (options.metrics !== undefined && metrics === undefined) {
    problems.push(`--metrics ${options.metrics}: host:port is wanted`);
  }
  const logLevel = logLevelOf(options, problems);
  const properties = new Map([...settings].map(([name, { value }]) => [name, value]));
  const config = BrokerConfig.parse(properties);
  if (!config.ok) problems.push(...config.error.map((problem) => placed(problem, settings)));
  if (!config.ok || logLevel === undefined || problems.length > 0) return failure(problems);
  const dataDir = config.value.logDirectory;
  return success({ properties, dataDir, metrics, logLevel, json: options.json ?? false });
}

/** --config and --override; the error is that the file cannot be read. */
export function sharedSettings(options: ServeOptions): Outcome<SharedSettings, string[]> {
  const settings = options.config === undefined ? success(new Map()) : propertiesFile(options.config);
  if (!settings.ok) return settings;
  return success({
    settings: settings.value,
    problems: override(settings.value, options.override ?? []),
  });
}

export function logLevelOf(options: ServeOptions, problems: string[]): LogLevel | undefined {
  const logLevel = logLevels.find((level) => level === (options.logLevel ?? 'info'));
  if (logLevel === undefined) {
    problems.push(`--log-level ${options.logLevel}: one of ${logLevels.join(', ')} is wanted`);
  }
  return logLevel;
}

/** --listen moves the listener of clients, and leaves that of the controllers where the file has it. */
function listenThere(options: ServeOptions, settings: Map<string, Setting>, problems: string[]): void {
  if (options.listen === undefined && settings.has('listeners')) return;
  const listen = options.listen ?? defaultListen;
  if (addressOf(listen) === undefined) {
    problems.push(`--listen ${listen}: host:port is wanted`);
    return;
  }
  const names = listOf(settings.get('controller.listener.names')).map((name) => name.toUpperCase());
  const controllers = listOf(settings.get('listeners')).filter((text) =>
    names.includes(text.replace(/:.*/, '').toUpperCase()),
  );
  const value = [`PLAINTEXT://${listen}`, ...controllers].join(',');
  settings.set('listeners', { value, place: '--listen' });
}

function listOf(setting: Setting | undefined): string[] {
  const texts = (setting?.value ?? '').split(',').map((text) => text.trim());
  return texts.filter((text) => text !== '');
}

function propertiesFile(path: string): Outcome<Map<string, Setting>, string[]> {
  try {
    return parseProperties(readFileSync(path, 'utf8'), path);
  } catch (error) {
    return failure([`--config ${path}: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

function override(settings: Map<string, Setting>, overrides: readonly string[]): string[] {
  const problems: string[] = [];
  for (const text of overrides) {
    const at = text.indexOf('=');
    if (at <= 0) problems.push(`--override ${text}: name=value is wanted`);
    else settings.set(text.slice(0, at).trim(), { value: text.slice(at + 1).trim(), place: '--override' });
  }
  return problems;
}

/** The problem with the place of the property that it names first. */
export function placed(problem: string, settings: ReadonlyMap<string, Setting>): string {
  const words = problem.split(/[^A-Za-z0-9._-]+/).map((word) => word.replace(/\.$/, ''));
  const name = words.find((word) => settings.has(word));
  return name === undefined ? problem : `${problem} (${settings.get(name)?.place})`;
}

export function addressOf(text: string): Address | undefined {
  const match = /^(\[[0-9A-Fa-f:.]+\]|[^:\s[\]]+):(\d{1,5})$/.exec(text);
  if (match === null || Number(match[2]) > 65535) return undefined;
  return { host: (match[1] as string).replace(/^\[|\]$/g, ''), port: Number(match[2]) };
}
