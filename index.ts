// The door of the package, for programs that embed it: the engine, and of the host what gives it a life in
// this process.

export { type Cluster, type ClusterNode, type ClusterOptions, startCluster } from './engine/host/index.ts';
export * from './engine/index.ts';
