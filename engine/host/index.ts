// The door of the host room: what a program outside of the engine needs to run a broker or a client on this machine.

export { type Cluster, type ClusterNode, type ClusterOptions, startCluster } from './cluster.ts';
export type { Setting } from './config-file.ts';
export { parseProperties } from './config-file.ts';
export { countsMessage, type NodeCounts } from './counts.ts';
export { serveCommand } from './main.ts';
export { type HostOptions, type HostPorts, hostPorts } from './ports.ts';
export { HostRandom } from './random.ts';
export { addressOf, type ServeOptions, type ServeSettings, serveSettings } from './serve-settings.ts';
