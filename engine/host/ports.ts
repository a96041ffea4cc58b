// The six ports of the host, put together: the broker's life on a real machine.

import { mkdirSync } from 'node:fs';
import type { Ports } from '../ports.ts';
import { HostClock } from './clock.ts';
import { HostDisk } from './disk.ts';
import { HostNetwork } from './network.ts';
import { HostRandom } from './random.ts';
import { HostTimers } from './timers.ts';
import { HostTrace, type TraceListener } from './trace.ts';

export interface HostPorts extends Ports {
  readonly disk: HostDisk;
  readonly network: HostNetwork;
  readonly timers: HostTimers;
  /** The end of this life: connections break, files close, nothing calls back any more. */
  close(): void;
}

export interface HostOptions {
  /** The root of the disk; made when it is not there. */
  readonly dataDir: string;
  /** Who hears the trace; with nobody, tracing costs nothing. */
  readonly listeners?: readonly TraceListener[];
}

export function hostPorts(options: HostOptions): HostPorts {
  mkdirSync(options.dataDir, { recursive: true });
  const clock = new HostClock();
  const timers = new HostTimers(clock);
  const disk = new HostDisk(options.dataDir);
  const network = new HostNetwork();
  return {
    clock,
    timers,
    disk,
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
