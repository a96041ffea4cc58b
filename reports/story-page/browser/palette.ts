// The colours of the picture: read from the style sheet, so that light and dark are told in one place.

import type { MessageSort } from '../messages.ts';
import type { Group } from '../page-event.ts';

export interface Palette {
  readonly paper: string;
  readonly ink: string;
  readonly quiet: string;
  readonly line: string;
  readonly life: string;
  readonly fault: string;
  readonly good: string;
  readonly bad: string;
  readonly warn: string;
  readonly link: string;
  readonly phase: string;
  readonly groups: Readonly<Record<Group, string>>;
  readonly sorts: Readonly<Record<MessageSort, string>>;
  /** Of the replicas of a partition, in turn. */
  readonly replicas: readonly string[];
}

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim() || '#888';
  const [c1, c2, c3, c4] = [colour('c1'), colour('c2'), colour('c3'), colour('c4')];
  const [good, bad, warn, link] = [colour('good'), colour('bad'), colour('warn'), colour('link')];
  return {
    ...{ good, bad, warn, link },
    paper: colour('paper'),
    ink: colour('ink'),
    quiet: colour('quiet'),
    line: colour('line'),
    life: colour('life'),
    fault: colour('fault'),
    phase: colour('phase'),
    groups: {
      ...{ life: bad, operation: c1, leader: good, log: c4, controller: c3, group: c2 },
      ...{ message: c4, network: c4, disk: warn },
    },
    sorts: { produce: c1, read: c3, replication: good, group: c2, cluster: c4, other: c4 },
    replicas: [c1, c2, c3, good, bad, c4, warn],
  };
}
