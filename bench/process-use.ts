// What a process has used so far: processor time, user and system apart, and memory. Of ourselves the runtime
// tells, of another process Linux does, in /proc; elsewhere the answer is undefined, and results say so.
//
// The kernel splits a process's time into user and system by clock ticks, usually a hundredth of a second. Their sum
// is known to the nanosecond, thread by thread, and is taken from there where the kernel tells it: a comparison of
// half rounds of one second would drown in ticks.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessUse {
  /** When this was read, by the monotonic clock of this process. */
  readonly atUs: number;
  readonly userUs: number;
  readonly systemUs: number;
  readonly rssBytes: number;
}

export function ownUse(): ProcessUse {
  const { user, system } = process.cpuUsage();
  return {
    atUs: performance.now() * 1000,
    userUs: user,
    systemUs: system,
    rssBytes: process.memoryUsage.rss(),
  };
}

export function useOf(processId: number): ProcessUse | undefined {
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, 'utf8');
    const status = readFileSync(`/proc/${processId}/status`, 'utf8');
    const use = parseUse(stat, status, performance.now() * 1000, ticksPerSecond());
    return use === undefined ? undefined : withExactSum(use, exactUsOf(processId));
  } catch {
    return undefined;
  }
}

/** Nanoseconds on a processor of all threads that live now; undefined where the kernel does not count them. */
function exactUsOf(processId: number): number | undefined {
  try {
    let ns = 0;
    for (const thread of readdirSync(`/proc/${processId}/task`)) {
      ns += Number(readFileSync(`/proc/${processId}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    }
    return Number.isFinite(ns) && ns > 0 ? ns / 1000 : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The sum of the threads instead of the sum of ticks; how much of it was system time stays as the ticks have it.
 * A thread that has ended is missing from the sum, so that a sum far below the ticks is not believed. Exported for
 * its test.
 */
export function withExactSum(use: ProcessUse, exactUs: number | undefined): ProcessUse {
  const ticksUs = use.userUs + use.systemUs;
  if (exactUs === undefined || exactUs < ticksUs - ticksBelowMaxUs) return use;
  const systemShare = ticksUs === 0 ? 0 : use.systemUs / ticksUs;
  return { ...use, userUs: exactUs * (1 - systemShare), systemUs: exactUs * systemShare };
}

/** Two ticks, of user and of system time, are rounding; more below means that a thread has gone. */
const ticksBelowMaxUs = 30_000;

/** Several processes as if they were one; unknown when one of them is. */
export function sumOf(uses: readonly (ProcessUse | undefined)[]): ProcessUse | undefined {
  let sum: ProcessUse | undefined;
  for (const use of uses) {
    if (use === undefined) return undefined;
    sum = {
      atUs: use.atUs,
      userUs: use.userUs + (sum?.userUs ?? 0),
      systemUs: use.systemUs + (sum?.systemUs ?? 0),
      rssBytes: use.rssBytes + (sum?.rssBytes ?? 0),
    };
  }
  return sum;
}

/** From the two files of /proc; exported for its test. */
export function parseUse(stat: string, status: string, atUs: number, ticks: number): ProcessUse | undefined {
  // The name of the process stands in brackets and may hold anything, brackets and blanks too.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [userTicks, systemTicks] = [Number(fields[11]), Number(fields[12])];
  const rssKibibytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  if (![userTicks, systemTicks, rssKibibytes].every(Number.isFinite)) return undefined;
  const usPerTick = 1e6 / ticks;
  return {
    atUs,
    userUs: userTicks * usPerTick,
    systemUs: systemTicks * usPerTick,
    rssBytes: rssKibibytes * 1024,
  };
}

/** Read and write calls of a process so far, on files and sockets alike. */
export interface ProcessIo {
  readonly readCalls: number;
  readonly writeCalls: number;
}

export function ioOf(processId: number): ProcessIo | undefined {
  try {
    return parseIo(readFileSync(`/proc/${processId}/io`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Exported for its test. */
export function parseIo(text: string): ProcessIo | undefined {
  const readCalls = Number(/^syscr: (\d+)$/m.exec(text)?.[1]);
  const writeCalls = Number(/^syscw: (\d+)$/m.exec(text)?.[1]);
  return Number.isFinite(readCalls) && Number.isFinite(writeCalls) ? { readCalls, writeCalls } : undefined;
}

/**
 * What all cores together did for anybody, and how much of it the host of a virtual machine kept for itself.
 */
export interface MachineUse {
  readonly atUs: number;
  readonly busyUs: number;
  readonly stolenUs: number;
}

export function machineUse(): MachineUse | undefined {
  try {
    return parseMachineUse(readFileSync('/proc/stat', 'utf8'), performance.now() * 1000, ticksPerSecond());
  } catch {
    return undefined;
  }
}

/** Exported for its test. */
export function parseMachineUse(stat: string, atUs: number, ticks: number): MachineUse | undefined {
  const line = /^cpu +(.*)$/m.exec(stat)?.[1]?.split(' ').map(Number);
  if (line === undefined || line.length < 8 || !line.every(Number.isFinite)) return undefined;
  // user nice system idle iowait irq softirq steal; what guests use is in user already.
  const [user, nice, system, , , irq, softirq, steal] = line as [number, number, number, ...number[]];
  const usPerTick = 1e6 / ticks;
  const busy = user + nice + system + (irq as number) + (softirq as number);
  return { atUs, busyUs: busy * usPerTick, stolenUs: (steal as number) * usPerTick };
}

let knownTicksPerSecond: number | undefined;

function ticksPerSecond(): number {
  if (knownTicksPerSecond === undefined) {
    const told = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
    knownTicksPerSecond = Number.isFinite(told) && told > 0 ? told : 100;
  }
  return knownTicksPerSecond;
}
