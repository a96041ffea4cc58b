// UpdateFeatures: what is refused, and what would be done. Nothing is done for good, for the other chapters' sake.

import { updateFeatures } from '../../protocol/apis/update-features.ts';
import type { Values, Witness } from './witness.ts';

const timeoutMs = 10_000;
const [metadataVersion, elr] = ['metadata.version', 'eligible.leader.replicas.version'];
const [upgrade, safeDowngrade, unsafeDowngrade] = [1, 2, 3];
/** Of metadata.version, as both are formatted. */
const level = 30;

interface Update {
  readonly feature: string;
  readonly maxVersionLevel: number;
  readonly upgradeType?: number;
  readonly allowDowngrade?: boolean;
}

const to = (feature: string, maxVersionLevel: number, upgradeType = upgrade): Update => ({
  feature,
  maxVersionLevel,
  upgradeType,
});

const rows: readonly (readonly [question: string, updates: Update[]])[] = [
  ['nothing', []],
  ['as it is', [to(metadataVersion, level)]],
  ['as it is, both', [to(metadataVersion, level), to(elr, 1)]],
  ['as it is, by a safe downgrade', [to(metadataVersion, level, safeDowngrade)]],
  ['as it is, by an unsafe downgrade', [to(metadataVersion, level, unsafeDowngrade)]],
  ['too high', [to(metadataVersion, level + 1)]],
  ['too low', [to(metadataVersion, 1, safeDowngrade)]],
  ['metadata.version to 0', [to(metadataVersion, 0, safeDowngrade)]],
  ['below 0', [to(elr, -1, safeDowngrade)]],
  ['down by an upgrade', [to(elr, 0)]],
  ['down by a safe downgrade', [to(elr, 0, safeDowngrade)]],
  ['down by an unsafe downgrade', [to(elr, 0, unsafeDowngrade)]],
  ['elr too high', [to(elr, 2)]],
  ['change 0', [to(elr, 0, 0)]],
  ['change 9', [to(elr, 0, 9)]],
  ['change 9, as it is', [to(elr, 1, 9)]],
  ['unknown', [to('nope', 1)]],
  ['unknown, to 0', [to('nope', 0, safeDowngrade)]],
  ['no name', [to('', 1)]],
  ['the quorum as it is', [to('kraft.version', 0)]],
  ['the quorum too high', [to('kraft.version', 2)]],
  ['one twice', [to(elr, 1), to(elr, 1)]],
  ['one twice, the first too high', [to(elr, 2), to(elr, 1)]],
  ['one twice, the last too high', [to(elr, 1), to(elr, 2)]],
  ['one down and up', [to(elr, 0, safeDowngrade), to(elr, 1)]],
  ['one well, one not', [to(elr, 1), to('nope', 1)]],
  ['one not, one well', [to('nope', 1), to(elr, 1)]],
  ['two that are not', [to('nope', 1), to(elr, 2)]],
];

export async function tellUpdates(of: Witness): Promise<void> {
  for (const version of [1, 2]) {
    for (const [question, featureUpdates] of rows) {
      const values: Values = { featureUpdates, timeoutMs, validateOnly: true };
      await of.tell(question, updateFeatures, version, values);
    }
  }
  // The first version cannot ask for words alone: so only what changes nothing.
  const first: readonly (readonly [question: string, featureUpdates: Update[]])[] = [
    ['nothing', []],
    ['as it is', [{ feature: elr, maxVersionLevel: 1 }]],
    ['as it is, allowing a downgrade', [{ feature: elr, maxVersionLevel: 1, allowDowngrade: true }]],
    ['too high', [{ feature: elr, maxVersionLevel: 2 }]],
    ['down without leave', [{ feature: elr, maxVersionLevel: 0 }]],
    ['unknown', [{ feature: 'nope', maxVersionLevel: 1 }]],
  ];
  for (const [question, featureUpdates] of first)
    await of.tell(question, updateFeatures, 0, { featureUpdates, timeoutMs });
}
