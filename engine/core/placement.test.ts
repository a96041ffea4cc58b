import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BrokersImage } from './brokers-image.ts';
import { placeReplicas } from './placement.ts';

interface Wanted {
  readonly rack?: string;
  readonly fenced?: boolean;
  readonly leaving?: boolean;
}

/** Brokers 1, 2, 3 and so on. */
function brokersOf(...wanted: readonly Wanted[]): BrokersImage {
  const brokers = new BrokersImage();
  for (const [at, { rack, fenced = false, leaving = false }] of wanted.entries()) {
    brokers.apply({
      kind: 'register-broker',
      body: {
        brokerId: at + 1,
        isMigratingZkBroker: false,
        incarnationId: 'AAAAAAAAAAAAAAAAAAAAAQ',
        brokerEpoch: at,
        endPoints: [],
        features: [],
        rack: rack ?? null,
        fenced,
        inControlledShutdown: leaving,
        logDirs: [],
        cordonedLogDirs: null,
      },
    });
  }
  return brokers;
}

function placed(brokers: BrokersImage, count: number, factor: number, below = (_: number) => 0): number[][] {
  const result = placeReplicas(brokers, count, factor, below);
  if (typeof result === 'string') throw new Error(result);
  return result;
}

describe('stripes', () => {
  test('each partition begins one broker further', () => {
    expect(placed(brokersOf({}, {}, {}), 3, 2)).toEqual([
      [1, 2],
      [2, 3],
      [3, 1],
    ]);
  });

  test('the beginning is drawn', () => {
    expect(placed(brokersOf({}, {}, {}), 2, 2, (n) => n - 1)[0]).toEqual([3, 1]);
  });

  test('each partition begins one rack further, and takes one of each in turn', () => {
    const racks = brokersOf({ rack: 'a' }, { rack: 'a' }, { rack: 'b' }, { rack: 'b' }, { rack: 'c' });
    expect(placed(racks, 3, 3)).toEqual([
      [1, 3, 5],
      [4, 5, 2],
      [5, 1, 3],
    ]);
  });

  test('a fenced broker follows where its rack has no other, and leads nowhere', () => {
    const racks = brokersOf({ rack: 'a' }, { rack: 'b', fenced: true }, { rack: 'c' });
    for (const [leader, ...followers] of placed(racks, 6, 3)) {
      expect(leader).not.toBe(2);
      expect(followers).toContain(2);
    }
    // Two of the same rack would do without it.
    expect(placed(brokersOf({}, { fenced: true }, {}), 1, 2)).toEqual([[1, 3]]);
  });

  test('a broker on its way out gets nothing, unless it is fenced and may come back', () => {
    expect(placeReplicas(brokersOf({}, { leaving: true }), 1, 2, () => 0)).toMatch(/out of reach of 1/);
    expect(placed(brokersOf({}, { leaving: true, fenced: true }), 1, 2)).toEqual([[1, 2]]);
  });

  test('nobody to lead', () => {
    expect(placeReplicas(brokersOf({ fenced: true }), 1, 1, () => 0)).toMatch(/fenced/);
    expect(placeReplicas(brokersOf(), 1, 1, () => 0)).toMatch(/fenced/);
  });
});

test('whatever the racks: no broker twice, racks apart, leaders spread', () => {
  const anyBroker = fc.record({ rack: fc.constantFrom('a', 'b', 'c') });
  const anyCluster = fc.array(anyBroker, { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(anyCluster, fc.nat(), fc.array(fc.nat(), { minLength: 1 }), (cluster, factorDraw, draws) => {
      const brokers = brokersOf(...cluster);
      const factor = 1 + (factorDraw % cluster.length);
      let drawn = 0;
      const below = (n: number) => (draws[drawn++ % draws.length] as number) % n;
      const racks = new Set(cluster.map(({ rack }) => rack)).size;
      const leads = new Map<string | null, number>();
      for (const replicas of placed(brokers, 12, factor, below)) {
        expect(new Set(replicas).size).toBe(factor);
        const racksUsed = new Set(replicas.map((id) => brokers.get(id)?.rack));
        expect(racksUsed.size).toBe(Math.min(factor, racks));
        const rack = brokers.get(replicas[0] as number)?.rack ?? null;
        leads.set(rack, (leads.get(rack) ?? 0) + 1);
      }
      // Rounds that are cut by a shuffle may favour a rack by one each.
      const counts = [...leads.values()];
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(12 / racks + 1);
      expect(leads.size).toBe(racks);
    }),
    { numRuns: 200 },
  );
});
