// The machine on which a simulated benchmark runs: numbers, and nothing else. They are not measured on any machine and
// promise nothing about one; they are round, so that a reader can follow what comes of them, and they stay as they
// are, so that two results differ by the code alone.
//
// What is modelled
// - Network: two hosts, one for the broker, one for every client. Each connection has its own line in each direction:
//   a fixed latency and a bandwidth, and buffers of a fixed size behind which a sender waits. Bytes that lie ready are
//   handed over 64 KiB at most at a time.
// - Disk: each operation takes a fixed time; reading and writing add their bytes at a bandwidth; fsync of a file or of
//   a directory takes a longer fixed time, however much there is to write. What was written can be read from the page
//   cache at the same price, always.
// - Time: virtual microseconds. Timers fire exactly when they are due.
// - Luck: none. Whatever the simulator draws in a scenario (latencies, cuts, who is first at one moment) goes the
//   simplest way, so that one operation more changes what depends on it and not what merely comes later. Only what
//   clients and brokers draw for themselves (a sticky partition) is drawn, from the seed.
//
// What is not modelled
// - Processor time. Whatever is computed takes no virtual time at all, so throughput in virtual time is a matter of
//   waits, round trips and bytes; a slower loop changes nothing here. Processor time is what the real bench measures.
// - A queue in the device, or a line that connections share: operations of different files, and bytes of different
//   connections, do not slow each other down.
// - Copies that the host makes (sockets, page cache) and pages that must be read from the platter.
// - Faults of any kind, other brokers, other processes: all producers of a workload live on the one client host.

import { z } from 'zod';

const whole = z.int().min(0);

export const modelSchema = z.strictObject({
  seed: z.string(),
  /** The load ends with so many records, with so many bytes of them, or when so much virtual time has passed. */
  recordsMax: whole,
  recordBytesMax: whole,
  virtualSecondsMax: whole,
  /** One way. */
  networkLatencyUs: whole,
  networkBytesPerSecond: whole,
  /** Buffers of one direction of a connection, both kernels and the line together. */
  networkBufferBytes: whole,
  /** Any disk operation but fsync. */
  diskOperationUs: whole,
  diskSyncUs: whole,
  diskBytesPerSecond: whole,
  diskCapacityBytes: whole,
});

export type CostModel = z.infer<typeof modelSchema>;

export const costModel: CostModel = {
  seed: 'cost',
  recordsMax: 10_000,
  recordBytesMax: 64 * 1024 ** 2,
  virtualSecondsMax: 60,
  networkLatencyUs: 50,
  networkBytesPerSecond: 1_250_000_000,
  networkBufferBytes: 256 * 1024,
  diskOperationUs: 5,
  diskSyncUs: 1_000,
  diskBytesPerSecond: 1_000_000_000,
  diskCapacityBytes: 1024 ** 3,
};

/** How many records of this size a workload sends or reads; at least one. */
export function recordsOf(model: CostModel, recordBytes: number): number {
  return Math.max(1, Math.min(model.recordsMax, Math.floor(model.recordBytesMax / recordBytes)));
}
