// No option that does nothing: a row that claims to be honoured is read by somebody, and a row that is read does not
// claim to be without effect.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { brokerProperties, brokerPropertyNames } from './broker-properties.ts';
import { brokerSynonyms, topicProperties, topicPropertyNames } from './topic-properties.ts';

const engine = join(import.meta.dirname, '..');

/** Of the engine without tests and without the tables themselves. */
const sources = readdirSync(engine, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.endsWith('-properties.ts'))
  .sort()
  .map((path) => readFileSync(join(engine, path), 'utf8'))
  .join('\n');

const standIns = new Set(
  Object.values(brokerSynonyms).flatMap((synonyms) => synonyms.map(({ name }) => name)),
);

/** Legal with one value only: nobody needs to look which. */
const settledByCheck: readonly string[] = ['process.roles'];

test('what is honoured on a broker is read, directly or for its topics', () => {
  const unread = brokerPropertyNames().filter(
    (name) =>
      brokerProperties[name].support.kind === 'honoured' &&
      !standIns.has(name) &&
      !settledByCheck.includes(name) &&
      !sources.includes(`'${name}'`),
  );
  expect(unread).toEqual([]);
});

test('what is honoured on a topic is read', () => {
  const unread = topicPropertyNames().filter(
    (name) => topicProperties[name].support.kind === 'honoured' && !sources.includes(`.get('${name}')`),
  );
  expect(unread).toEqual([]);
});

test('what is without effect is not read', () => {
  const read = brokerPropertyNames().filter(
    (name) =>
      brokerProperties[name].support.kind === 'without-effect' && sources.includes(`config.get('${name}')`),
  );
  expect(read).toEqual([]);
});

test('a stand-in says the same of itself as the property that it stands in for', () => {
  const different = topicPropertyNames().filter((name) =>
    (brokerSynonyms[name] ?? []).some((synonym) => {
      const standIn = brokerProperties[synonym.name as keyof typeof brokerProperties];
      return standIn.support.kind !== topicProperties[name].support.kind;
    }),
  );
  expect(different).toEqual([]);
});
