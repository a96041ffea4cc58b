import { describe, expect, test } from 'vitest';
import { errorName } from '../errors.ts';
import { ControllerWorld } from '../testing/controller-world.ts';
import { planUpdateFeatures, upgradeType } from './update-features.ts';

const elr = 'eligible.leader.replicas.version';
const { upgrade, safeDowngrade, unsafeDowngrade } = upgradeType;

function worldOf(elrLevel: number): ControllerWorld {
  const world = new ControllerWorld({ 'odradek.format.eligible.leader.replicas.version': String(elrLevel) });
  world.join(1, 2);
  return world;
}

function update(world: ControllerWorld, feature: string, level: number, type: number, validateOnly = false) {
  const updates = [{ feature, maxVersionLevel: level, upgradeType: type }];
  return errorName(world.run((context) => planUpdateFeatures(context, { updates, validateOnly })).errorCode);
}

test.each([
  [elr, 1, upgrade, 'NONE'],
  [elr, 2, upgrade, 'INVALID_UPDATE_VERSION'],
  [elr, -1, safeDowngrade, 'INVALID_UPDATE_VERSION'],
  [elr, 1, 0, 'INVALID_UPDATE_VERSION'],
  [elr, 1, safeDowngrade, 'INVALID_UPDATE_VERSION'],
  [elr, 0, upgrade, 'NONE'],
  ['metadata.version', 30, upgrade, 'NONE'],
  ['metadata.version', 29, unsafeDowngrade, 'INVALID_UPDATE_VERSION'],
  ['metadata.version', 31, upgrade, 'INVALID_UPDATE_VERSION'],
  ['group.version', 1, upgrade, 'INVALID_UPDATE_VERSION'],
])('without ELR, %s to %i by change %i: %s', (feature, level, type, error) => {
  expect(update(worldOf(0), feature, level, type)).toBe(error);
});

describe('eligible leader replicas', () => {
  test('come with one minimum for all', () => {
    const world = worldOf(0);
    const own = { resourceType: 4, resourceName: '2', name: 'min.insync.replicas', value: '2' };
    world.replay([{ kind: 'config', body: own }]);
    expect(update(world, elr, 1, upgrade, true)).toBe('NONE');
    expect(world.image.features.get(elr)).toBeUndefined();
    expect(update(world, elr, 1, upgrade)).toBe('NONE');
    expect(world.image.features.get(elr)).toBe(1);
    expect([...world.image.configs(4, '')]).toEqual([['min.insync.replicas', '1']]);
    expect([...world.image.configs(4, '2')]).toEqual([]);
    // The records come before the level that needs them, and not twice.
    expect(world.records.at(-1)?.kind).toBe('feature-level');
    expect(update(world, elr, 1, upgrade)).toBe('NONE');
    expect(world.records).toEqual([]);
  });

  test('keep the minimum that the cluster has', () => {
    const world = worldOf(0);
    const set = { resourceType: 4, resourceName: '', name: 'min.insync.replicas', value: '3' };
    world.replay([{ kind: 'config', body: set }]);
    update(world, elr, 1, upgrade);
    expect([...world.image.configs(4, '')]).toEqual([['min.insync.replicas', '3']]);
  });

  test('go only when the request says that they may', () => {
    const world = worldOf(1);
    expect(update(world, elr, 0, upgrade)).toBe('INVALID_UPDATE_VERSION');
    expect(update(world, elr, 0, safeDowngrade)).toBe('NONE');
    expect(world.image.features.get(elr)).toBeUndefined();
  });

  test('wait for the last broker that does not know them', () => {
    const world = worldOf(0);
    const features = [{ name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 30 }];
    expect(world.register(3, { features })).toBe('NONE');
    expect(update(world, elr, 1, upgrade)).toBe('INVALID_UPDATE_VERSION');
  });
});

test('one update that cannot be takes the others with it', () => {
  const world = worldOf(0);
  const updates = [
    { feature: elr, maxVersionLevel: 1, upgradeType: upgrade },
    { feature: 'metadata.version', maxVersionLevel: 31, upgradeType: upgrade },
  ];
  const answer = world.run((context) => planUpdateFeatures(context, { updates, validateOnly: false }));
  expect(answer).toMatchObject({ errorCode: 95, errorMessage: expect.stringContaining('metadata.version') });
  expect(world.records).toEqual([]);
});

test('of several updates for one feature the last counts', () => {
  const ofLevels = (...levels: number[]) => {
    const world = worldOf(0);
    const updates = levels.map((maxVersionLevel) => ({
      feature: elr,
      maxVersionLevel,
      upgradeType: upgrade,
    }));
    const answer = world.run((context) => planUpdateFeatures(context, { updates, validateOnly: false }));
    return [errorName(answer.errorCode), world.image.features.get(elr)];
  };
  expect(ofLevels(2, 1)).toEqual(['NONE', 1]);
  expect(ofLevels(1, 2)).toEqual(['INVALID_UPDATE_VERSION', undefined]);
  expect(ofLevels(1, 1)).toEqual(['NONE', 1]);
});
