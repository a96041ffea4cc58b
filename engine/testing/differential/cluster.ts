// What a node says of the cluster that it is alone in: DescribeCluster, DescribeQuorum, the features of ApiVersions;
// and UnregisterBroker where there is nobody to strike off.

import { apiVersions } from '../../protocol/apis/api-versions.ts';
import { describeCluster } from '../../protocol/apis/describe-cluster.ts';
import { describeQuorum } from '../../protocol/apis/describe-quorum.ts';
import { unregisterBroker } from '../../protocol/apis/unregister-broker.ts';
import type { Values, Witness } from './witness.ts';

const metadataTopic = '__cluster_metadata';
const zeroId = 'AAAAAAAAAAAAAAAAAAAAAA';

interface Named {
  readonly name: string;
}

export async function tellCluster(of: Witness): Promise<void> {
  for (const version of [0, 1, 2]) {
    await of.tell('plain', describeCluster, version, {});
    await of.tell('operations', describeCluster, version, { includeClusterAuthorizedOperations: true });
    await of.tell('controllers', describeCluster, version, { endpointType: version === 0 ? 1 : 2 });
    await of.tell('endpoint type 9', describeCluster, version, { endpointType: version === 0 ? 1 : 9 });
  }
  await of.tell('fenced ones too', describeCluster, 2, { includeFencedBrokers: true });
  await tellFeatures(of);
  await tellQuorum(of);
  for (const brokerId of [9, -1]) await of.tell(`broker ${brokerId}`, unregisterBroker, 0, { brokerId });
}

/** One line for each feature. */
async function tellFeatures(of: Witness): Promise<void> {
  for (const version of [3, 4]) {
    const answer = await of.ask(apiVersions, version, {
      clientSoftwareName: 'differential',
      clientSoftwareVersion: '1',
    });
    const said = answer as { supportedFeatures: Named[]; finalizedFeatures: Named[] };
    for (const feature of said.supportedFeatures)
      of.keep(`ApiVersions v${version}: supported ${feature.name}`, feature);
    for (const feature of said.finalizedFeatures)
      of.keep(`ApiVersions v${version}: finalized ${feature.name}`, feature);
  }
}

async function tellQuorum(of: Witness): Promise<void> {
  const asked = (topicName: string, ...indexes: number[]): Values => ({
    topics: [{ topicName, partitions: indexes.map((partitionIndex) => ({ partitionIndex })) }],
  });
  const [known] = asked(metadataTopic, 0).topics as Values[];
  const [other] = asked('nowhere', 0).topics as Values[];
  const rows: readonly (readonly [question: string, values: Values])[] = [
    ['known', asked(metadataTopic, 0)],
    ['partition 1', asked(metadataTopic, 1)],
    ['two partitions', asked(metadataTopic, 0, 1)],
    ['one partition twice', asked(metadataTopic, 0, 0)],
    ['no partitions', asked(metadataTopic)],
    ['another topic', asked('nowhere', 0)],
    ['another topic beside it', { topics: [known, other] }],
    ['nothing', { topics: [] }],
  ];
  for (const version of [0, 1, 2]) {
    for (const [question, values] of rows) {
      const answer = await of.ask(describeQuorum, version, values);
      of.keep(`DescribeQuorum v${version}: ${question}`, JSON.parse(JSON.stringify(answer, withoutProgress)));
    }
  }
}

/** Offsets and times go on, epochs hang on how often there was an election; but they are there, or are not. */
function withoutProgress(name: string, value: unknown): unknown {
  if (/offset$|watermark$|epoch$|timestamp$/i.test(name)) return (value as number) > 0 ? 'a number' : value;
  if (name === 'replicaDirectoryId') return value === zeroId ? value : 'an id';
  return value;
}
