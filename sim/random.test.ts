import { describe, expect, test } from 'vitest';
import { Randomness } from './random.ts';

describe('randomness by name', () => {
  test('the same seed, site and n draw the same; another seed, site or n draws otherwise', () => {
    const one = new Randomness('8123');
    expect(new Randomness('8123').draw('disk', 7)).toBe(one.draw('disk', 7));
    const others = [new Randomness('8124').draw('disk', 7), one.draw('disks', 7), one.draw('disk', 8)];
    for (const other of others) expect(other).not.toBe(one.draw('disk', 7));
  });

  test('a decision more at one site leaves every other site as it was', () => {
    const decide = (faults: number) => {
      const random = new Randomness('seed');
      for (let count = 0; count < faults; count++) random.chooser('fault').below(100);
      return Array.from({ length: 50 }, () => random.chooser('network').below(1000));
    };
    expect(decide(3)).toEqual(decide(0));
  });

  test('an override changes the one decision that it names', () => {
    const plain = new Randomness('seed').chooser('site');
    const bent = new Randomness('seed', new Map([['site#2', 0]])).chooser('site');
    const drawn = Array.from({ length: 5 }, () => [plain.next(), bent.next()]);
    expect(drawn.map(([a, b]) => a === b)).toEqual([true, true, false, true, true]);
    expect(drawn[2]?.[1]).toBe(0);
    expect(() => new Randomness('seed', new Map([['site', 1]]))).toThrow(/site#n/);
  });

  test('what was decided can be told afterwards', () => {
    const random = new Randomness('seed');
    const values = [random.chooser('a').next(), random.chooser('a').next()];
    random.chooser('b').next();
    expect(random.counts()).toEqual([
      { site: 'a', decisions: 2 },
      { site: 'b', decisions: 1 },
    ]);
    expect(random.decisions('a').map(({ value }) => value)).toEqual(values);
  });

  test('draws are spread evenly, also between neighbouring n and sites', () => {
    const counts = new Array<number>(16).fill(0);
    const random = new Randomness('even');
    for (let n = 0; n < 8000; n++) counts[random.draw('site', n) >>> 28]!++;
    for (let site = 0; site < 8000; site++) counts[random.draw(`site-${site}`, 0) >>> 28]!++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
    let flipped = 0;
    for (let n = 0; n < 2000; n++) flipped += ones(random.draw('site', n) ^ random.draw('site', n + 1));
    expect(flipped / 2000).toBeGreaterThan(15.5);
    expect(flipped / 2000).toBeLessThan(16.5);
  });

  test('below stays below, ratio happens as often as it says, shuffle keeps everything', () => {
    const random = new Randomness('seed');
    for (const n of [1, 3, 2 ** 31 + 1, 2 ** 32]) {
      for (let count = 0; count < 300; count++) expect(random.chooser('below').below(n)).toBeLessThan(n);
    }
    let happened = 0;
    const ratio = { numerator: 1, denominator: 4 };
    for (let count = 0; count < 4000; count++) happened += random.chooser('ratio').ratio(ratio) ? 1 : 0;
    expect(Math.abs(happened - 1000)).toBeLessThan(120);
    const shuffled = random.chooser('shuffle').shuffle([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(shuffled).not.toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...shuffled].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('seeds that repeat a shorter one are seeds of their own', () => {
    const seeds = ['1', '11', '111', '12', '1212', '121212', 'ab', 'abab'];
    const draws = seeds.map((seed) => new Randomness(seed).draw('site', 0));
    expect(new Set(draws).size).toBe(seeds.length);
    const many = Array.from({ length: 3_000 }, (_, n) => new Randomness(String(n)).draw('site', 0));
    expect(new Set(many).size).toBe(many.length);
  });

  test('the exponential tail has the mean it was asked for, and is bounded', () => {
    const chooser = new Randomness('tail').chooser('tail');
    let sum = 0;
    for (let count = 0; count < 20_000; count++) {
      const drawn = chooser.exponential(1000);
      expect(drawn).toBeGreaterThanOrEqual(0);
      expect(drawn).toBeLessThan(24_000);
      sum += drawn;
    }
    expect(Math.abs(sum / 20_000 - 1000)).toBeLessThan(80);
    const extremes = [0, 2 ** 32 - 1].map((value) =>
      new Randomness('s', new Map([['x#0', value]])).chooser('x'),
    );
    expect(extremes.map((extreme) => extreme.exponential(1000))).toEqual([22_873, 0]);
  });

  test('a calm site chooses what is simplest, keeps counting, and still names things apart', () => {
    const calm = new Randomness('seed', new Map([['disk/a#1', 2 ** 32 - 1]]), ['disk']);
    const site = calm.chooser('disk/a');
    expect([site.below(10), site.below(10), site.below(10)]).toEqual([0, 9, 0]);
    expect(site.between(3, 9)).toBe(3);
    expect(site.pick(['a', 'b'])).toBe('a');
    expect(site.shuffle([1, 2, 3])).toEqual([1, 2, 3]);
    expect(site.exponential(1_000)).toBe(0);
    expect(site.ratio({ numerator: 99, denominator: 100 })).toBe(false);
    expect(site.ratio({ numerator: 1, denominator: 1 })).toBe(true);
    expect(site.taken).toBe(10);
    expect(site.next()).toBe(new Randomness('seed').draw('disk/a', 10));
    const stirred = Array.from({ length: 20 }, () => calm.chooser('disks/a').below(1_000));
    expect(new Set(stirred).size).toBeGreaterThan(10);
  });

  test('a fork leaves the past and draws another future, the same one for the same salt', () => {
    const drawn = (salt?: string) => {
      const random = new Randomness('seed');
      const past = Array.from({ length: 5 }, () => random.chooser('a').next());
      if (salt !== undefined) random.fork(salt);
      return { past, future: ['a', 'b'].map((site) => random.chooser(site).next()) };
    };
    const [plain, one, two] = [drawn(), drawn('1'), drawn('2')];
    expect(one.past).toEqual(plain.past);
    for (const at of [0, 1]) {
      expect(new Set([plain.future[at], one.future[at], two.future[at]]).size).toBe(3);
    }
    expect(drawn('1')).toEqual(one);
  });
});

function ones(word: number): number {
  let count = 0;
  for (let rest = word >>> 0; rest !== 0; rest &= rest - 1) count++;
  return count;
}
