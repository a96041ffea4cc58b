// The cluster as the monitor sees it: nodes, the brokers that the controller knows, partitions. Plain state; who
// changes it is cluster-events.ts, who judges it are the rules.

import { PartitionState } from './partition-state.ts';

/** The topic under which nodes tell of the metadata log. */
export const metadataTopic = '__cluster_metadata';

export interface NodeState {
  readonly name: string;
  /** -1 until it is known, and for nodes that are no brokers. */
  brokerId: number;
  up: boolean;
  incarnation: number;
  /** The step at which its present or last process began. */
  bootedStep: number;
  /** When a process of its ended in any way but by stopping, for the last time; -1 when none did. */
  uncleanStep: number;
  /** The last step at which its disk lost something; -1 when it never did. */
  lossStep: number;
  /** Bits rotted or an fsync failed or lied: recovery may find less than was there. */
  damage: string;
  /** When its disk was wiped; -1 when it never was. */
  wipedStep: number;
  /** Since when its broker serves; never, while it does not in its present life. */
  servingSinceUs: number;
  /** Its broker has written the file that tells of a clean shutdown. */
  stoppedCleanly: boolean;
}

/** A broker as the controller has it registered. */
export interface BrokerState {
  readonly brokerId: number;
  brokerEpoch: number;
  registeredStep: number;
  cleanShutdown: boolean;
  /** Fenced by an event of its own, and not unfenced or registered again since. */
  fenced: boolean;
}

/** A classic group, as its coordinator told of it last. */
export interface GroupState {
  readonly state: string;
  readonly generation: number;
  readonly members: number;
  readonly node: string;
}

export class ClusterState {
  readonly groups = new Map<string, GroupState>();
  readonly nodes = new Map<string, NodeState>();
  readonly brokers = new Map<number, BrokerState>();
  readonly #topics = new Map<string, PartitionState[]>();

  node(name: string): NodeState {
    let node = this.nodes.get(name);
    if (node === undefined) {
      const brokerId = Number(/^broker-(\d+)$/.exec(name)?.[1] ?? -1);
      const fresh = {
        up: true,
        incarnation: 0,
        bootedStep: 0,
        uncleanStep: -1,
        lossStep: -1,
        damage: '',
        wipedStep: -1,
        servingSinceUs: Number.MAX_SAFE_INTEGER,
        stoppedCleanly: false,
      };
      node = { name, brokerId, ...fresh };
      this.nodes.set(name, node);
    }
    return node;
  }

  nodeOfBroker(brokerId: number): NodeState | undefined {
    for (const node of this.nodes.values()) if (node.brokerId === brokerId) return node;
    return undefined;
  }

  partition(topic: string, partition: number): PartitionState {
    let list = this.#topics.get(topic);
    if (list === undefined) {
      list = [];
      this.#topics.set(topic, list);
    }
    let found = list[partition];
    if (found === undefined) {
      found = new PartitionState(topic, partition);
      list[partition] = found;
    }
    return found;
  }

  /** Undefined when nothing was ever told of it. */
  known(topic: string, partition: number): PartitionState | undefined {
    return this.#topics.get(topic)?.[partition];
  }

  /** Those of one topic; a hole where a partition was never told of is left out. */
  partitionsOf(topic: string): PartitionState[] {
    return (this.#topics.get(topic) ?? []).filter((one) => one !== undefined);
  }

  *partitions(): Generator<PartitionState> {
    for (const topic of this.#topics.keys()) yield* this.partitionsOf(topic);
  }

  /**
   * Whether the controller can know what became of a broker's disk: it has registered since its last process began.
   * Until then a lossy broker may lawfully still be counted as a member.
   */
  registeredSinceBoot(brokerId: number): boolean {
    const node = this.nodeOfBroker(brokerId);
    const broker = this.brokers.get(brokerId);
    return node?.up === true && broker !== undefined && broker.registeredStep >= node.bootedStep;
  }
}

/** `1,2,3` as the events write lists of brokers. */
export function brokerList(text: string): readonly number[] {
  return text === '' ? [] : text.split(',').map(Number);
}
