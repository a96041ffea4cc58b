// One run, distilled from its outcome, trace and history: who lived when, what was done to whom, what the clients got
// out of it, and which events belong to the finding. Small, whatever the size of the trace.

import type {
  Finding,
  HistoryEntry,
  KeptRun,
  NodeRole,
  RunOutcome,
  TraceLine,
  TrailStep,
} from '../sim/index.ts';
import { recordHappenings } from './evidence.ts';
import { clipped, duration } from './format.ts';

/** How a life of a node ended. */
export type LifeEnd = 'crashed' | 'power-lost' | 'halted' | 'stopped' | 'engine-crashed';

export interface Life {
  readonly incarnation: number;
  readonly beganUs: number;
  /** null when it lived to the end of the run. */
  endedUs: number | null;
  end: LifeEnd | null;
}

export interface Span {
  readonly beganUs: number;
  endedUs: number | null;
}

export type OperationMark = 'acked' | 'failed' | 'unknown' | 'read';

export interface Lane {
  readonly node: string;
  readonly role: NodeRole;
  readonly lives: Life[];
  readonly pauses: Span[];
  /** Times at which operations of this client ended so. */
  readonly operations: Readonly<Record<OperationMark, number[]>>;
}

export interface FaultSpan extends Span {
  readonly fault: string;
  readonly target: string;
  readonly step: number;
  readonly tookEffect: boolean;
  readonly detail: string;
}

/** Something that happened and that a person may want to know. */
export interface Happening {
  readonly step: number;
  readonly timeUs: number;
  readonly node: string;
  readonly text: string;
  readonly sort: 'phase' | 'life' | 'fault' | 'damage' | 'record' | 'finding';
}

export interface RunFacts {
  readonly outcome: RunOutcome;
  /** The finding that the run is told for: the first violation, or the first witness of the expected kind. */
  readonly finding: Finding | null;
  /** Whether nothing permits the finding; a witness that may not show is a failure all the same. */
  readonly isViolation: boolean;
  readonly isFailure: boolean;
  readonly endUs: number;
  /** Brokers first, then clients, each by name. */
  readonly lanes: readonly Lane[];
  readonly phases: readonly { readonly name: string; readonly beganUs: number }[];
  readonly faults: readonly FaultSpan[];
  /** In the order of steps. */
  readonly happenings: readonly Happening[];
  /** The steps that led to the finding, each caused by the one before. */
  readonly trail: readonly TrailStep[];
  readonly traced: boolean;
}

/** Events of one kind of damage that are told one by one; the rest are counted. */
const damagesTold = 12;

export function runFacts(kept: KeptRun, finding: Finding | null, isFailure: boolean): RunFacts {
  const { outcome } = kept;
  const { trace, history } = outcome;
  const lives = new Lives(outcome.virtualUs);
  for (const line of trace ?? []) lives.see(line);
  for (const entry of history ?? []) lives.hear(entry);
  const faults = outcome.effects.map((effect) => ({
    fault: effect.fault,
    target: effect.target,
    step: effect.began.step,
    beganUs: effect.began.timeUs,
    endedUs: effect.ended?.timeUs ?? null,
    tookEffect: effect.tookEffect,
    detail: effect.detail,
  }));
  const happenings = [
    ...lives.happenings,
    ...faults.flatMap(faultHappenings),
    ...recordHappenings(finding, trace ?? [], history ?? []),
    ...(finding === null ? [] : [findingHappening(finding)]),
  ];
  return {
    outcome,
    finding,
    isViolation: finding !== null && !outcome.witnesses.some((witness) => isSame(witness, finding)),
    isFailure,
    endUs: Math.max(outcome.virtualUs, finding?.timeUs ?? 0),
    lanes: lives.lanes(),
    phases: lives.phases,
    faults,
    happenings: happenings.sort((a, b) => a.step - b.step || a.timeUs - b.timeUs || rank(a) - rank(b)),
    trail: kept.trail,
    traced: trace !== undefined,
  };
}

/** In one step the fault is told before what it did. */
function rank({ sort }: Happening): number {
  return sort === 'fault' ? 0 : 1;
}

function isSame(one: Finding, other: Finding): boolean {
  return one.invariant === other.invariant && one.step === other.step && one.prose === other.prose;
}

/** Collects lanes, phases and the larger events while trace and history go by. */
class Lives {
  readonly phases: { name: string; beganUs: number }[] = [];
  readonly happenings: Happening[] = [];
  readonly #endUs: number;
  readonly #lanes = new Map<string, Lane>();
  readonly #damages = new Map<string, number>();

  constructor(endUs: number) {
    this.#endUs = endUs;
  }

  lanes(): Lane[] {
    const rank = (lane: Lane) => ['broker', 'controller', 'client'].indexOf(lane.role);
    const byName = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
    return [...this.#lanes.values()].sort((a, b) => rank(a) - rank(b) || byName(sortable(a), sortable(b)));
  }

  see(line: TraceLine): void {
    const { event, timeUs, node } = line;
    switch (event.kind) {
      case 'note':
        if (event.text.startsWith('phase ')) this.#enter(event.text.slice('phase '.length), line);
        return;
      case 'node-booted':
        return this.#boot(line, event.role);
      case 'node-crashed':
        return this.#end(line, 'crashed', `${node} dies (${event.reason}); its page cache survives`);
      case 'power-lost':
        return this.#end(line, 'power-lost', powerLost(node, event));
      case 'node-halted':
        return this.#end(line, 'halted', `${node} gives up: ${event.reason}`);
      case 'broker-stopped':
        return this.#end(line, 'stopped', `${node} stops on request, cleanly`);
      case 'engine-crashed':
        return this.#end(
          line,
          'engine-crashed',
          `a bug of ours on ${node}: ${event.message} (${event.label})`,
        );
      case 'node-paused':
        this.#lane(node).pauses.push({ beganUs: timeUs, endedUs: null });
        return this.#tell(line, 'life', `${node} stops running (${event.reason})`);
      case 'node-resumed': {
        const pause = this.#lane(node).pauses.at(-1);
        if (pause !== undefined) pause.endedUs = timeUs;
        return this.#tell(line, 'life', `${node} runs again; ${event.heldEvents} events had waited for it`);
      }
      default: {
        const damage = damageOf(line);
        if (damage !== undefined) this.#damage(line, damage);
      }
    }
  }

  hear(entry: HistoryEntry): void {
    if (entry.kind === 'send' || entry.kind === 'commit' || entry.kind === 'offset-fetch') {
      const at = (entry.completed ?? entry.invoked).timeUs;
      const mark = entry.outcome === 'ok' ? 'acked' : entry.outcome === 'failed' ? 'failed' : 'unknown';
      this.#lane(entry.client).operations[mark].push(at);
    } else if (entry.kind === 'fetched') {
      this.#lane(entry.client).operations.read.push(entry.at.timeUs);
    }
  }

  #boot(line: TraceLine, role: NodeRole): void {
    const { node, incarnation, timeUs } = line;
    const lane = this.#lane(node, role);
    const open = lane.lives.at(-1);
    if (open !== undefined && open.endedUs === null) open.endedUs = timeUs;
    lane.lives.push({ incarnation, beganUs: timeUs, endedUs: null, end: null });
    if (role === 'client' && incarnation === 1) return;
    this.#tell(line, 'life', `${node} starts${incarnation > 1 ? ` again, life ${incarnation}` : ''}`);
  }

  #end(line: TraceLine, end: LifeEnd, text: string): void {
    const lane = this.#lane(line.node);
    const life = lane.lives.at(-1);
    const pause = lane.pauses.at(-1);
    if (pause !== undefined) pause.endedUs ??= line.timeUs;
    if (life !== undefined && life.endedUs === null) {
      life.endedUs = line.timeUs;
      life.end = end;
    } else if (life !== undefined && end === 'power-lost') life.end = end;
    this.#tell(line, 'life', text);
  }

  #enter(name: string, line: TraceLine): void {
    this.phases.push({ name, beganUs: line.timeUs });
    this.#tell(line, 'phase', `the phase ${name} begins`);
  }

  #damage(line: TraceLine, text: string): void {
    const { kind } = line.event;
    const times = (this.#damages.get(kind) ?? 0) + 1;
    this.#damages.set(kind, times);
    if (times < damagesTold) this.#tell(line, 'damage', text);
    else if (times === damagesTold)
      this.#tell(line, 'damage', `${text} (further ${kind} events are not told)`);
  }

  #tell({ step, timeUs, node }: TraceLine, sort: Happening['sort'], text: string): void {
    this.happenings.push({ step, timeUs: Math.min(timeUs, this.#endUs), node, text, sort });
  }

  #lane(node: string, role: NodeRole = 'client'): Lane {
    const found = this.#lanes.get(node);
    if (found !== undefined) return found;
    const made: Lane = {
      node,
      role,
      lives: [],
      pauses: [],
      operations: { acked: [], failed: [], unknown: [], read: [] },
    };
    this.#lanes.set(node, made);
    return made;
  }
}

/** A name under which `produce-10` comes behind `produce-2`. */
function sortable(lane: Lane): string {
  return lane.node.replace(/\d+/g, (digits) => digits.padStart(10, '0'));
}

function powerLost(node: string, event: Extract<TraceLine['event'], { kind: 'power-lost' }>): string {
  const { writes, lostWrites, tornWrites, lostNames } = event;
  return (
    `${node} loses power with ${writes} unsynced writes: ${lostWrites} are lost, ${tornWrites} are torn,` +
    ` ${lostNames} names are undone`
  );
}

/** What the world did to data or to a clock; undefined for everything else. */
function damageOf({ event, node }: TraceLine): string | undefined {
  switch (event.kind) {
    case 'broker-halted':
      return `the broker on ${node} gives up its log directory: ${event.reason}`;
    case 'disk-wiped':
      return `the disk of ${node} is empty now (${event.files} files are gone)`;
    case 'sync-lied':
      return `the disk of ${node} says that ${event.path} is durable, and it is not`;
    case 'sync-failed':
      return `fsync of ${event.path} fails on ${node}; ${event.lostBytes} bytes count as clean and are not written`;
    case 'write-torn':
      return `${event.bytes} bytes at ${event.position} of ${event.path} are torn (${event.how})`;
    case 'truncate-lost':
      return `a truncation of ${event.path} is undone by the power loss`;
    case 'name-lost':
      return `a name is undone by the power loss: ${event.change}`;
    case 'bits-rotted':
      return `${event.bits} bits of ${event.path} on ${node} change by themselves, at ${event.position}`;
    case 'clock-jumped':
      return `the wall clock of ${node} jumps ${event.byMs < 0 ? 'back' : 'forward'} by ${jump(event.byMs)}`;
    case 'clock-drifts':
      return `the clock of ${node} drifts by ${event.partsPerMillion} parts per million`;
    default:
      return undefined;
  }
}

function jump(byMs: number): string {
  return duration(Math.abs(byMs) * 1_000);
}

function faultHappenings(fault: FaultSpan): Happening[] {
  const name = `${fault.fault} of ${fault.target}`;
  const text = fault.tookEffect ? `${name}: ${fault.detail}` : `${name} took no effect: ${fault.detail}`;
  return [
    { step: fault.step, timeUs: fault.beganUs, node: fault.target, text: `fault ${text}`, sort: 'fault' },
  ];
}

function findingHappening(finding: Finding): Happening {
  const { step, timeUs, invariant, prose } = finding;
  return { step, timeUs, node: '', text: clipped(`${invariant}: ${prose}`, 500), sort: 'finding' };
}

/** `log-appended topic=orders partition=0 logEndOffset=17 ...` */
export function described(event: TraceLine['event']): string {
  const rest = Object.entries(event).filter(([name]) => name !== 'kind');
  return clipped([event.kind, ...rest.map(([name, value]) => `${name}=${String(value)}`)].join(' '), 300);
}
