// The host's ports against the suite that the simulator's must pass too.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { portsConformance } from '../testing/ports-conformance.ts';
import type { Life } from '../testing/probe.ts';
import { MemoryDisk } from './memory-disk.ts';
import { HostNetwork } from './network.ts';
import { type HostPorts, hostPorts } from './ports.ts';

/** Two nodes in this process, with real sockets and a disk each. */
function hostLife(network: () => HostNetwork, newDisk: (folder: string) => string | MemoryDisk): Life {
  const folder = mkdtempSync(join(tmpdir(), 'odradek-ports-'));
  const lives: HostPorts[] = [];
  const disks = new Map(['node', 'peer'].map((name) => [name, newDisk(join(folder, name))]));
  const life = (name: string): HostPorts => {
    const ports = hostPorts({ dataDir: disks.get(name) as string | MemoryDisk });
    lives.push({ ...ports, network: network() });
    return lives.at(-1) as HostPorts;
  };
  const end = (ports: HostPorts): void => {
    ports.close();
    ports.network.close();
  };
  const ports = life('node');
  return {
    ports,
    peer: life('peer'),
    host: '127.0.0.1',
    async advance(until, limitMs) {
      const endMs = performance.now() + limitMs;
      while (!until() && performance.now() < endMs) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
    die: () => end(ports),
    reborn: () => life('node'),
    dispose() {
      for (const one of lives) end(one);
      rmSync(folder, { recursive: true });
    },
  };
}

const files = (folder: string): string => folder;

portsConformance({ name: 'the host', create: () => hostLife(() => new HostNetwork(), files) });
portsConformance({
  name: 'the host without a shared slab',
  create: () => hostLife(() => new HostNetwork({ sharedSlab: false }), files),
});
portsConformance({
  name: 'the host with disks in memory',
  create: () =>
    hostLife(
      () => new HostNetwork(),
      () => new MemoryDisk(),
    ),
});
