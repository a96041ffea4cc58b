// What a broker's heartbeat is granted. A broker is fenced, unfenced, on its way out (controlled shutdown), or told to
// go. It is unfenced when it has its own registration in its image, so that what it does is at least as new as that.
// On its way out it leads nothing and is in no ISR; it may go when every active broker knows that.
//
// Left out: log directories that went offline, which a broker with one directory does not outlive.

import { ErrorCode } from '../errors.ts';
import type { BrokerImage } from './brokers-image.ts';
import { brokerEpochProblem, type CommandContext, type Plan } from './controller.ts';
import { leadershipChanges } from './leadership.ts';
import type { MetadataImage } from './metadata-image.ts';
import type { MetadataRecord } from './metadata-record.ts';

export interface BrokerHeartbeat {
  readonly brokerId: number;
  readonly brokerEpoch: number;
  /** The broker has taken in everything up to here. */
  readonly currentMetadataOffset: number;
  readonly wantFence: boolean;
  readonly wantShutDown: boolean;
}

type BrokerState = 'fenced' | 'unfenced' | 'controlled-shutdown' | 'shutdown-now';

export interface GrantedHeartbeat {
  readonly errorCode: number;
  readonly isCaughtUp: boolean;
  readonly isFenced: boolean;
  readonly shouldShutDown: boolean;
  /** From the end of this plan's records on, the broker waits for the others. */
  readonly inControlledShutdown: boolean;
}

const refused = { isCaughtUp: false, isFenced: true, shouldShutDown: false, inControlledShutdown: false };

export function planBrokerHeartbeat(
  context: CommandContext,
  heartbeat: BrokerHeartbeat,
): Plan<GrantedHeartbeat> {
  const errorCode = brokerEpochProblem(context.image, heartbeat.brokerId, heartbeat.brokerEpoch);
  const broker = context.image.brokers.get(heartbeat.brokerId);
  if (broker === undefined || errorCode !== ErrorCode.NONE) {
    return { records: [], response: { ...refused, errorCode } };
  }
  const state = stateOf(context, broker);
  const next = nextState(context, state, broker, heartbeat);
  return {
    records: state === next ? [] : transition(context, broker, next),
    response: {
      errorCode,
      isCaughtUp: heartbeat.currentMetadataOffset >= broker.epoch,
      isFenced: next === 'fenced' || next === 'shutdown-now',
      shouldShutDown: next === 'shutdown-now',
      inControlledShutdown: next === 'controlled-shutdown',
    },
  };
}

/** After a failover a broker on its way out counts as unfenced until it asks once more. */
function stateOf({ sessions }: CommandContext, broker: BrokerImage): BrokerState {
  if (broker.fenced) return 'fenced';
  return sessions.shutdownOffset(broker.id, broker.epoch) >= 0 ? 'controlled-shutdown' : 'unfenced';
}

function nextState(
  context: CommandContext,
  state: BrokerState,
  broker: BrokerImage,
  { wantFence, wantShutDown, currentMetadataOffset }: BrokerHeartbeat,
): BrokerState {
  if (state === 'fenced') {
    if (wantShutDown) return 'shutdown-now';
    // A life that was on its way out does not come back; the next one registers first.
    if (broker.inControlledShutdown) return 'fenced';
    return !wantFence && currentMetadataOffset >= broker.epoch ? 'unfenced' : 'fenced';
  }
  if (state === 'unfenced') {
    if (wantFence) return wantShutDown ? 'shutdown-now' : 'fenced';
    if (!wantShutDown) return 'unfenced';
    return leadsAnything(context.image, broker.id) ? 'controlled-shutdown' : 'shutdown-now';
  }
  // It leads nothing since the batch that set it on its way out.
  const everybodyKnows =
    context.sessions.shutdownOffset(broker.id, broker.epoch) <= lowestActiveOffset(context);
  return everybodyKnows ? 'shutdown-now' : 'controlled-shutdown';
}

function leadsAnything(image: MetadataImage, brokerId: number): boolean {
  for (const topic of image.topics()) {
    if (topic.partitions.some(({ leader }) => leader === brokerId)) return true;
  }
  return false;
}

/** How far the slowest active broker is in the metadata log. */
function lowestActiveOffset({ image, sessions }: CommandContext): number {
  return image.brokers
    .active()
    .reduce(
      (lowest, { id, epoch }) => Math.min(lowest, sessions.metadataOffset(id, epoch)),
      Number.POSITIVE_INFINITY,
    );
}

function transition(context: CommandContext, broker: BrokerImage, next: BrokerState): MetadataRecord[] {
  switch (next) {
    case 'fenced':
    case 'shutdown-now':
      return broker.fenced ? [] : fencing(context, broker);
    case 'unfenced':
      return [
        registrationChange(broker, { fenced: -1 }),
        ...leadershipChanges(context, { added: broker.id }, ({ leader }) => leader < 0),
      ];
    case 'controlled-shutdown':
      return [
        ...(broker.inControlledShutdown ? [] : [registrationChange(broker, { inControlledShutdown: 1 })]),
        ...leavesIsrs(context, broker.id),
      ];
  }
}

/** The broker leaves every ISR, others lead, and then it is fenced. */
function fencing(context: CommandContext, broker: BrokerImage): MetadataRecord[] {
  return [...leavesIsrs(context, broker.id), registrationChange(broker, { fenced: 1 })];
}

function leavesIsrs(context: CommandContext, brokerId: number): MetadataRecord[] {
  return leadershipChanges(context, { removed: brokerId }, ({ isr }) => isr.includes(brokerId));
}

function registrationChange(
  { id, epoch }: BrokerImage,
  change: { fenced?: 1 | -1; inControlledShutdown?: 1 },
): MetadataRecord {
  return {
    kind: 'broker-registration-change',
    body: {
      brokerId: id,
      brokerEpoch: epoch,
      fenced: 0,
      inControlledShutdown: 0,
      logDirs: [],
      cordonedLogDirs: null,
      ...change,
    },
  };
}

/**
 * Fences a broker whose session is over. One at a time: the next command sees what became of the partitions of the one
 * before, and does not move a leader to another broker that is dead as well and fenced already.
 */
export function planFencing(context: CommandContext, brokerId: number, brokerEpoch: number): Plan<boolean> {
  const broker = context.image.brokers.get(brokerId);
  const isOver = broker?.epoch === brokerEpoch && !broker.fenced;
  return { records: isOver ? fencing(context, broker) : [], response: isOver };
}
