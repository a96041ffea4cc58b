// The six ports of the host, put together: the broker's life on a real machine.

import { mkdirSync } from 'node:fs';
import type { Ports } from '../ports.ts';
import { HostClock } from './clock.ts';
import type { DiskCounts } from './counts.ts';
import { HostDisk } from './disk.ts';
import type { MemoryDisk, MountedDisk } from './memory-disk.ts';
import { HostNetwork } from './network.ts';
import { HostRandom } from './random.ts';
import { HostTimers } from './timers.ts';
import { HostTrace, type TraceListener } from './trace.ts';

export interface HostPorts extends Ports {
  readonly disk: MountedDisk;
  readonly network: HostNetwork;
  readonly timers: HostTimers;
  /** What the disk asked of the system so far; a disk in memory asks nothing. */
  readonly diskCounts: DiskCounts;
  /** The end of this life: connections break, files close, nothing calls back any more. */
  close(): void;
}

export interface HostOptions {
  /** The root of the disk, made when it is not there; or a disk in memory, which outlives this life. */
  readonly dataDir: string | MemoryDisk;
  /** Who hears the trace; with nobody, tracing costs nothing. */
  readonly listeners?: readonly TraceListener[];
  /** See `NetworkOptions`. */
  readonly listenPatienceMs?: number;
}

export function hostPorts(options: HostOptions): HostPorts {
  const clock = new HostClock();
  const timers = new HostTimers(clock);
  const diskCounts: DiskCounts = { writes: 0, writtenBytes: 0, fsyncs: 0 };
  const { dataDir, listenPatienceMs = 0 } = options;
  const disk = typeof dataDir === 'string' ? realDisk(dataDir, diskCounts) : dataDir.mount();
  const network = new HostNetwork({ listenPatienceMs });
  return {
    clock,
    timers,
    disk,
    diskCounts,
    network,
    random: new HostRandom(),
    trace: new HostTrace(options.listeners ?? []),
    close() {
      timers.close();
      disk.close();
      network.close();
    },
  };
}

function realDisk(root: string, counts: DiskCounts): HostDisk {
  mkdirSync(root, { recursive: true });
  return new HostDisk(root, counts);
}
