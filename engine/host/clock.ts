// The host's clock. Wall time is the system's: it jumps when somebody sets it. Monotonic time comes from the
// high-resolution timer and starts near zero with the process.

import type { Clock } from '../ports.ts';

export class HostClock implements Clock {
  wallMs(): number {
    return Date.now();
  }

  monotonicUs(): number {
    return Math.floor(performance.now() * 1000);
  }
}
