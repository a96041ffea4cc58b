// What brokers say of themselves: ApiVersions in every version and in none; and FindCoordinator.

import { addPartitionsToTxn } from '../../protocol/apis/add-partitions-to-txn.ts';
import { apiVersions } from '../../protocol/apis/api-versions.ts';
import { findCoordinator } from '../../protocol/apis/find-coordinator.ts';
import { apiByKey } from '../../protocol/apis.ts';
import type { Witness } from './witness.ts';

interface Versions {
  readonly errorCode: number;
  readonly apiKeys: readonly { apiKey: number; minVersion: number; maxVersion: number }[];
}

const coordinatorNotAvailable = 15;
const client = { clientSoftwareName: 'differential', clientSoftwareVersion: '1' };

export async function tellApiVersions(of: Witness): Promise<void> {
  for (let version = 0; version <= 4; version++) {
    const { errorCode, apiKeys } = (await of.ask(apiVersions, version, client)) as Versions;
    of.keep(`ApiVersions v${version}: error`, { errorCode });
    for (const { apiKey, minVersion, maxVersion } of apiKeys) {
      of.served.set(apiKey, { first: minVersion, last: maxVersion });
      const name = apiByKey(apiKey)?.name ?? `key ${apiKey}`;
      of.keep(`ApiVersions v${version}: ${name}`, `${minVersion} to ${maxVersion}`);
    }
  }
  const future = await of.send(apiVersions, 4, client, 99);
  of.keep('ApiVersions v99: falls back', future);
  for (const name of ['', '-bad', 'bad name', 'a.b-c']) {
    const answer = await of.ask(apiVersions, 3, { clientSoftwareName: name, clientSoftwareVersion: '1' });
    const said = typeof answer === 'string' ? answer : { errorCode: (answer as Versions).errorCode };
    of.keep(`ApiVersions v3: client software '${name}'`, said);
  }
  await tellCoordinators(of);
}

async function tellCoordinators(of: Witness): Promise<void> {
  // The first question of all makes the topics behind the coordinators, which takes its time.
  const keyTypesServed = of.served.has(addPartitionsToTxn.key) ? [0, 1] : [0];
  for (let tries = 0; tries < 50; tries++) {
    const codes: unknown[] = [];
    for (const keyType of keyTypesServed) {
      const answer = (await of.ask(findCoordinator, 2, { key: 'g', keyType })) as { errorCode: number };
      codes.push(answer.errorCode);
    }
    if (!codes.includes(coordinatorNotAvailable)) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  for (let version = 0; version <= 6; version++) {
    const keyTypes = version === 0 ? [0] : [0, 1, 2, 9];
    for (const keyType of keyTypes) {
      for (const coordinatorKeys of [['g'], [''], ['g', 'g']]) {
        const asked = { key: coordinatorKeys[0], keyType, coordinatorKeys };
        await of.tell(`type ${keyType}, keys '${coordinatorKeys}'`, findCoordinator, version, asked);
      }
    }
  }
}
