// One poll of a reader, whatever comes back: records to give on, damage to write down and to walk around.

import type { Consumer, Task } from '../../engine/index.ts';
import type { Session } from '../workload.ts';
import type { PolledRecord } from './reading.ts';

export function* poll(
  session: Session,
  consumer: Consumer,
  timeoutMs: number,
): Task<readonly PolledRecord[]> {
  void session;
  return yield* consumer.poll(timeoutMs);
}
