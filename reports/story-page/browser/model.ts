// What the picture is made of: the events, and what follows from them (messages, series of partitions, lanes),
// computed once when the page opens; and what the reader wants to see of it.

import { nodeNames } from '../../../sim/told/sentences.ts';
import type { EventColumns } from '../columns.ts';
import { type Message, type MessageSort, messageSorts, messagesOf } from '../messages.ts';
import { type Group, groups, type PageEvent, pageSentence, rowOf } from '../page-event.ts';
import type { HeadLane, PageHead } from '../page-head.ts';
import { type PartitionSeries, partitionSeries } from '../replicas.ts';
import { firstAt, type View, viewOf } from './view.ts';

/** What the reader wants to see; the picture and the list obey. */
export interface Wanted {
  view: View;
  readonly groups: Set<Group>;
  readonly sorts: Set<MessageSort>;
  readonly hiddenNodes: Set<string>;
  /** The partition whose chart is shown. */
  partition: string | null;
  /** Events of other partitions are not shown. */
  onlyPartition: boolean;
  selected: Selected | null;
}

export type Selected =
  | { readonly event: number }
  | { readonly message: Message }
  | { readonly timeUs: number; readonly text: string };

const groupNames = Object.keys(groups) as Group[];
const sortNames = Object.keys(messageSorts) as MessageSort[];

export class Model {
  readonly head: PageHead;
  readonly events: EventColumns;
  readonly messages: readonly Message[];
  readonly partitions: readonly PartitionSeries[];
  readonly wanted: Wanted;
  readonly named: (id: number) => string;
  /** Of each event: its group, as a place in `groupNames`. */
  readonly #group: Uint8Array;
  /** Of each event: its partition, as a place in `#partitionNames`, or 255. */
  readonly #partition: Uint8Array;
  readonly #partitionNames: string[] = [];
  /** Of each event: 1 where it is a landmark. */
  readonly #landmark: Uint8Array;

  constructor(head: PageHead, events: EventColumns) {
    this.head = head;
    this.events = events;
    const names = new Map(head.names);
    const byEvents = nodeNames([]);
    this.named = (id) => names.get(id) ?? byEvents(id);
    this.#group = new Uint8Array(events.count);
    this.#landmark = new Uint8Array(events.count);
    this.#partition = new Uint8Array(events.count).fill(255);
    const told: (readonly [number, PageEvent])[] = [];
    for (let at = 0; at < events.count; at++) {
      const { group, rank } = rowOf(events.kind(at));
      this.#group[at] = groupNames.indexOf(group);
      this.#landmark[at] = rank === 0 ? 1 : 0;
      // Deliveries of bytes are half of a large run, and nothing is made of them.
      if (events.kind(at) === 'bytes-delivered') continue;
      const event = events.event(at);
      told.push([at, event]);
      this.#partition[at] = this.#partitionOf(event.event);
    }
    this.messages = messagesOf(told);
    this.partitions = partitionSeries(
      told.map(([, event]) => event),
      this.named,
    );
    this.wanted = this.#first();
  }

  #partitionOf(event: PageEvent['event']): number {
    if (!('topic' in event) || !('partition' in event)) return 255;
    const name = `${event.topic}/${event.partition}`;
    const known = this.#partitionNames.indexOf(name);
    if (known >= 0) return known;
    return this.#partitionNames.length < 255 ? this.#partitionNames.push(name) - 1 : 255;
  }

  #first(): Wanted {
    const { window, endUs, partition, isAboutControllers } = this.head;
    const known = this.partitions.find(({ name }) => name === partition) ?? this.partitions[0];
    const hidden: readonly MessageSort[] = isAboutControllers ? ['other'] : ['cluster', 'other'];
    return {
      view: viewOf(...window, endUs),
      groups: new Set(groupNames.filter((group) => group !== 'network' && group !== 'disk')),
      sorts: new Set(sortNames.filter((sort) => !hidden.includes(sort))),
      hiddenNodes: new Set(),
      partition: known?.name ?? null,
      onlyPartition: false,
      selected: null,
    };
  }

  lanes(): HeadLane[] {
    return this.head.lanes.filter(({ node }) => !this.wanted.hiddenNodes.has(node));
  }

  series(): PartitionSeries | undefined {
    return this.partitions.find(({ name }) => name === this.wanted.partition);
  }

  groupOf(at: number): Group {
    return groupNames[this.#group[at] as number] as Group;
  }

  isLandmark(at: number): boolean {
    return this.#landmark[at] === 1;
  }

  nodeOf(at: number): string {
    return this.events.nodes[this.events.node[at] as number] as string;
  }

  sentence(at: number): string {
    return pageSentence(this.events.event(at), this.named);
  }

  /** Places of the events in the window that the reader wants to see. */
  *shown(view: View = this.wanted.view): Generator<number> {
    const { timeUs, count } = this.events;
    const wantedGroups = groupNames.map((group) => this.wanted.groups.has(group));
    const hidden = this.events.nodes.map((node) => this.wanted.hiddenNodes.has(node));
    const partition = this.wanted.onlyPartition
      ? this.#partitionNames.indexOf(this.wanted.partition ?? '')
      : -1;
    for (let at = firstAt(timeUs, view.fromUs); at < count && (timeUs[at] as number) <= view.toUs; at++) {
      if (!wantedGroups[this.#group[at] as number] || hidden[this.events.node[at] as number]) continue;
      const own = this.#partition[at] as number;
      if (partition >= 0 && own !== 255 && own !== partition) continue;
      yield at;
    }
  }

  /** Messages of which any part is in the window. */
  shownMessages(): Message[] {
    const { view, sorts, hiddenNodes } = this.wanted;
    if (!this.wanted.groups.has('message')) return [];
    return this.messages.filter(
      ({ sentUs, receivedUs, sort, from, to }) =>
        sentUs <= view.toUs &&
        (receivedUs ?? sentUs + lostLengthUs) >= view.fromUs &&
        sorts.has(sort) &&
        !hiddenNodes.has(from) &&
        !hiddenNodes.has(to),
    );
  }
}

/** How long a message that never arrives is drawn. */
export const lostLengthUs = 1_000;
