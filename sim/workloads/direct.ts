// A plain line to the first broker for those who set up and those who judge: no metadata, no retries beyond connecting
// again, nothing between them and what the broker says.

import { type Address, BrokerConnection, type Runtime, type Task } from '../../engine/index.ts';
import type { Session } from '../workload.ts';

const settings = {
  requestTimeoutMs: 10_000,
  socketConnectionSetupTimeoutMs: 10_000,
  receiveMessageMaxBytes: 100_000_000,
};

/** Connects, as often as it takes: the director bounds the time. */
export function* connected(session: Session): Task<BrokerConnection> {
  const { runtime, client, bootstrap } = session;
  for (;;) {
    const opened = yield* open(runtime, client, bootstrap[0] as Address);
    if (opened !== undefined) return opened;
    yield* runtime.sleep(200, 'the broker does not answer yet');
  }
}

function* open(runtime: Runtime, clientId: string, address: Address): Task<BrokerConnection | undefined> {
  const opened = yield* BrokerConnection.open(runtime, address, { clientId, ...settings });
  return opened.ok ? opened.value : undefined;
}
