// Kinds of traffic: what a connection is for is known from the port it was dialled at and from who dialled. Faults can
// take one kind and leave the others: a broker that clients reach and its controller does not is the interesting one.

import type { NodeRole } from './record/events.ts';

/** Where every simulated broker and every voter of the metadata quorum listens. */
export const brokerPort = 9092;
export const controllerPort = 9093;

/**
 * clients: a client and a broker. replication: between brokers, followers' fetches and all else that brokers ask each
 * other. controller: whatever goes to a controller's port, the voters' own traffic included.
 */
export const trafficKinds = ['clients', 'replication', 'controller'] as const;
export type Traffic = (typeof trafficKinds)[number];

export function trafficTo(port: number, dialler: NodeRole): Traffic {
  if (port === controllerPort) return 'controller';
  return dialler === 'client' ? 'clients' : 'replication';
}

/** Of a connection's far end, written `host:port`. */
export function portOf(key: string): number {
  return Number(key.slice(key.lastIndexOf(':') + 1));
}
