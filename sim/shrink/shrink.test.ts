// The search in toy worlds: a world is a predicate over drafts, so that what is left is known beforehand.

import { describe, expect, test } from 'vitest';
import { registries } from '../registries.ts';
import { ScenarioReader } from '../scenario/read.ts';
import { calmable } from '../scenario/schema.ts';
import { type Draft, faultsOf } from './draft.ts';
import { editsOf } from './edits.ts';
import { allSends } from './edits-workloads.ts';
import { scenarioText } from './scenario-text.ts';
import { shrink } from './shrink.ts';
import { draftOf, driven, outcomeOf } from './testing-draft.ts';
import type { Answer } from './trial.ts';

const lost = 'acked-write-lost';
const reader = new ScenarioReader(registries);

/** A world in which the invariant breaks when `breaks` says so; drafts that are no scenarios are refused. */
function world(breaks: (draft: Draft) => boolean): (draft: Draft) => Answer {
  return (draft) => {
    if (!reader.read('x', JSON.stringify(draft)).ok) return 'invalid';
    return outcomeOf(draft, breaks(draft) ? lost : null);
  };
}

function shrunk(draft: Draft, breaks: (draft: Draft) => boolean, runs = 2_000) {
  const search = shrink(
    { scenario: draft, seed: draft.seed, control: false },
    undefined,
    registries.checkers,
    {
      runs,
      otherSeeds: 2,
    },
  );
  return driven(search, world(breaks)).result;
}

const crashes = (draft: Draft) =>
  faultsOf(draft).some(({ fault }) => 'fault' in fault && fault.fault === 'crash');

describe('shrinking', () => {
  test('keeps what the failure needs, and nothing else', () => {
    const found = shrunk(draftOf(), (draft) => crashes(draft) && allSends(draft).length >= 2);
    expect(found?.after).toEqual({ faults: 1, sends: 2, others: 0, total: 3 });
    expect(found?.minimal).toBe(true);
    expect(found?.draft.cluster).toEqual({ brokers: 1, topics: { orders: { partitions: 1 } } });
    expect(found?.draft.phases).toHaveLength(1);
    expect(found?.draft.calm).toEqual([...calmable]);
    expect(found?.draft.checkers).toEqual(['acked-writes']);
    expect(found?.otherSeeds).toEqual({ shown: 10, of: 10 });
  });

  test('no step of the list keeps a failure that is 1-minimal', () => {
    const breaks = (draft: Draft) =>
      crashes(draft) && draft.cluster.brokers >= 2 && allSends(draft).length >= 1;
    const found = shrunk(draftOf(), breaks);
    const left = editsOf(found?.draft as Draft).filter(({ draft }) => world(breaks)(draft) !== 'invalid');
    expect(left.length).toBeGreaterThan(2);
    expect(left.filter(({ draft }) => breaks(draft)).map(({ what }) => what)).toEqual([]);
  });

  test('whom a fault hurts is called by what it is, where that does', () => {
    const [phase] = draftOf().phases;
    const faults = [{ fault: 'crash', target: 'broker-1, produce-1', at: 2 }];
    const hurts = /^(broker-1|leader-of orders\/0), produce-1$/;
    const targets = (draft: Draft) =>
      faultsOf(draft).map(({ fault }) => ('fault' in fault ? (fault.target ?? '') : ''));
    const found = shrunk(
      draftOf({ phases: [{ ...phase, faults }] }),
      (draft) =>
        draft.cluster.brokers > 1 &&
        allSends(draft).length > 0 &&
        targets(draft).some((target) => hurts.test(target)),
    );
    expect(targets(found?.draft as Draft)).toEqual(['leader-of orders/0, produce-1']);
  });

  test('another seed may be what a smaller scenario needs', () => {
    const found = shrunk(
      draftOf(),
      (draft) => crashes(draft) && (draft.cluster.brokers === 3 || draft.seed === '2'),
    );
    expect(found?.draft).toMatchObject({ seed: '2', cluster: { brokers: 1 } });
  });

  test('ends with what it has when its runs are used up', () => {
    const found = shrunk(draftOf(), crashes, 4);
    expect(found).toMatchObject({ minimal: false, runs: 4 });
  });

  test('without any time left the run itself is still told', () => {
    const draft = draftOf();
    const limits = { runs: 100, otherSeeds: 0 };
    const search = shrink(
      { scenario: draft, seed: '7', control: false },
      undefined,
      registries.checkers,
      limits,
    );
    const { result } = driven(search, (one, _, isNeeded) => (isNeeded ? outcomeOf(one, lost) : 'enough'));
    expect(result?.draft.phases[0]?.name).toBe('hurt');
    expect(result).toMatchObject({ minimal: false, otherSeeds: { shown: 0, of: 0 } });
    expect(result?.outcome.trace).toBeDefined();
  });

  test('a run that shows nothing is not shrunk, nor one that shows something else', () => {
    expect(shrunk(draftOf(), () => false)).toBeUndefined();
    const subject = { scenario: draftOf(), seed: '7', control: false };
    const search = shrink(subject, 'duplicate-append', registries.checkers, { runs: 10, otherSeeds: 0 });
    expect(
      driven(
        search,
        world(() => true),
      ).result,
    ).toBeUndefined();
  });

  test('every step makes another draft, and what is written is read as the same scenario', () => {
    const draft = draftOf();
    for (const edit of editsOf(draft)) {
      expect(edit.draft, edit.what).not.toEqual(draft);
      const value = JSON.parse(JSON.stringify(edit.draft));
      const read = reader.read('x', scenarioText(value, ['A comment.']));
      if (read.ok) expect(JSON.parse(JSON.stringify(read.value)), edit.what).toEqual(value);
    }
  });
});
