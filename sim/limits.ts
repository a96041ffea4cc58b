// Limits of the simulated world. A run that meets one ends with its name: a simulation that grows without
// bound is a finding, not a reason to wait.

export interface WorldLimits {
  /** Events that a run may execute. */
  readonly steps: number;
  /** Virtual time that a run may last. */
  readonly virtualUs: number;
  /** Events that may wait at the same time; at most `queuedEventsMax`. */
  readonly queuedEvents: number;
  /** Trace events kept in memory; later ones still count in the fingerprint and reach the listeners. */
  readonly keptEvents: number;
}

/** An event's id is `sequence * queuedEventsMax + slot`, exact in a double for 2^33 events. */
export const queuedEventsMax = 2 ** 20;

export const defaultLimits: WorldLimits = {
  steps: 20_000_000,
  virtualUs: 24 * 3600 * 1_000_000,
  queuedEvents: 200_000,
  keptEvents: 1_000_000,
};

/** The real macrotask loop must turn at least this often: buffers of native codecs are freed only there. */
export const stepsPerSlice = 1_000;

/** Strings whose hash the recorder remembers; more are hashed again each time. */
export const internedStrings = 50_000;

/** Steps that a step log keeps for finding the first difference of two runs. */
export const loggedSteps = 4_000_000;

/** Bytes that one `bytes` callback delivers at most. */
export const deliveryBytes = 65_536;

/** Unsynced writes of one file before the oldest is written back, as a kernel does sooner or later. */
export const unsyncedWritesPerFile = 4_096;

/** Drift of a clock, either way. */
export const driftPartsPerMillionMax = 500_000;

/** Files and directories on one simulated disk. */
export const inodesPerDisk = 100_000;

/** Size of one simulated file. */
export const fileBytes = 4 * 1024 ** 3;

/** Connections of one simulated network, broken ones that nobody noticed included. */
export const connections = 20_000;
