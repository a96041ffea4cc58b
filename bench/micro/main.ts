// Micro-benchmarks: `npx node bench/micro/main.ts [words...] [--scenario file.jsonc]`. Words choose cases by
// a part of their name; without any, all are run. The word `start-cluster` alone measures how soon an embedded
// cluster of three brokers serves; `harness SCENARIO...` says what judging and fingerprints cost there;
// `check-history` alone, how long `odradek check` takes for a million sends and a million polls; `codec-ratios` alone,
// how much faster than the interpreter the compiled codec is. They say where time goes, not how fast the broker is:
// that is what `bench` is for.

import { tmpdir } from 'node:os';
import { batchCases, checksumCases } from './batches.ts';
import { type MicroCase, measure, row } from './cases.ts';
import { checkSpeed } from './client-history.ts';
import { codecCases } from './codec.ts';
import { type CodecRatio, codecRatios } from './codec-ratios.ts';
import { harnessCost } from './harness-cost.ts';
import { logAppendCases } from './log-append.ts';
import { scenarioSpeed, schedulerCases } from './simulator.ts';
import { startClusters } from './start-cluster.ts';

const clusterStarts = 7;
/** Sends, and as many polls, of the history that is checked. */
const checkedOperations = 1_000_000;

async function main(words: string[]): Promise<void> {
  if (words.join() === 'start-cluster') return await printClusterStarts();
  if (words[0] === 'harness') return await printHarnessCosts(words.slice(1));
  if (words.join() === 'check-history') return printCheckSpeed();
  if (words.join() === 'codec-ratios') return codecRatios(printCodecRatio);
  const at = words.indexOf('--scenario');
  const scenario = at < 0 ? undefined : words.splice(at, 2)[1];
  const isWanted = ({ name }: MicroCase): boolean => {
    return words.length === 0 || words.some((word) => name.toLowerCase().includes(word.toLowerCase()));
  };
  const logAppend = await logAppendCases(tmpdir());
  try {
    const all = [
      ...codecCases(),
      ...checksumCases(),
      ...batchCases(),
      ...logAppend.cases,
      ...schedulerCases(),
    ];
    const wanted = all.filter(isWanted);
    if (wanted.length > 0) print(row(undefined));
    await measure(wanted, (result) => print(row(result)));
  } finally {
    logAppend.close();
  }
  if (scenario === undefined) return;
  const speed = await scenarioSpeed(scenario);
  const steps = Math.round(speed.stepsPerSecond);
  const virtual = speed.virtualSecondsPerSecond.toFixed(1);
  print(
    `${speed.name}: ${steps} steps/s, ${virtual} virtual seconds a second, ${speed.seeds} seeds, one thread`,
  );
}

async function printHarnessCosts(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const { name, seeds, fingerprint, judging, eventsPerSecond, seedsPerMinute } = await harnessCost(path);
    const share = (part: number) => `${(100 * part).toFixed(1)} %`;
    print(
      `${name}: fingerprint ${share(fingerprint)}, judging ${share(judging)} of the processor time;` +
        ` ${Math.round(eventsPerSecond)} events/s, ${Math.round(seedsPerMinute)} seeds a minute on one core;` +
        ` ${seeds} seeds`,
    );
  }
}

async function printClusterStarts(): Promise<void> {
  for (const { readyMs, acknowledgedMs, stopMs } of await startClusters(clusterStarts, 3, tmpdir())) {
    const [ready, acknowledged, stopped] = [readyMs, acknowledgedMs, stopMs].map((ms) => ms.toFixed(0));
    print(
      `ready after ${ready} ms, first record acknowledged after ${acknowledged} ms, stopped in ${stopped} ms`,
    );
  }
}

function printCheckSpeed(): void {
  const speed = checkSpeed(checkedOperations, tmpdir());
  const { lines, megabytes, readSeconds, seconds, peakMegabytes } = speed;
  print(
    `${checkedOperations} sends and as many polls (${lines} lines, ${megabytes.toFixed(0)} MB): judged in` +
      ` ${seconds.toFixed(1)} s, ${readSeconds.toFixed(1)} s of them reading; ${peakMegabytes.toFixed(0)} MB at most`,
  );
}

function printCodecRatio({ name, interpretedNs, compiledNs, ratio }: CodecRatio): void {
  const [interpreted, compiled] = [interpretedNs, compiledNs].map((ns) => ns.toFixed(0).padStart(6));
  print(
    `${name.padEnd(46)} ${interpreted} ns interpreted, ${compiled} ns compiled: ${ratio.toFixed(1)} times`,
  );
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

await main(process.argv.slice(2));
