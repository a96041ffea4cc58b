// Histories written by hand: of every anomaly one that shows it, and neighbours that are legal and must not
// be taken for it. What must come of each stands in its first line, and is what Jepsen's checker makes of it.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type AnomalyType, anomalyRows } from './anomalies.ts';
import { type ClientVerdict, type JudgeOptions, judgeHistory } from './judge.ts';
import { HistoryParser } from './parse.ts';
import { complaintText } from './report.ts';

const folder = 'sim/client-side/fixtures';
const names = readdirSync(folder).sort();

function read(name: string): HistoryParser {
  const parser = new HistoryParser();
  for (const line of readFileSync(`${folder}/${name}`, 'utf8').split('\n')) parser.line(line);
  parser.end();
  expect(parser.complaints.map((complaint) => complaintText(name, complaint))).toEqual([]);
  return parser;
}

function judged(name: string, options: JudgeOptions = {}): ClientVerdict {
  const { ledger, header } = read(name);
  return judgeHistory(ledger, { ...header?.options, ...options });
}

/** Shown only when the search for cycles ends early, below. */
const existence: readonly AnomalyType[] = anomalyRows
  .map(({ type }) => type)
  .filter((type) => type.endsWith('-cycle-exists'));

describe('fixtures', () => {
  test.each(names)('%s', (name) => {
    const expected = read(name).header?.expect;
    const { valid, badTypes, infoTypes } = judged(name);
    expect({ valid, bad: [...badTypes].sort(), info: [...infoTypes].sort() }).toEqual({
      valid: expected?.valid,
      bad: [...(expected?.bad ?? [])].sort(),
      info: [...(expected?.info ?? [])].sort(),
    });
  });

  test('show every anomaly that there is', () => {
    const shown = new Set(names.flatMap((name) => judged(name).anomalies.map(({ type }) => type)));
    const missing = anomalyRows.map(({ type }) => type).filter((type) => !shown.has(type));
    expect(missing).toEqual(existence);
  });

  test('every witness has prose without holes', () => {
    for (const name of names) {
      for (const { type, witnesses } of judged(name).anomalies) {
        expect(witnesses.length).toBeGreaterThan(0);
        for (const { prose } of witnesses) {
          expect(`${name} ${type} ${prose}`).not.toMatch(/undefined|NaN|null|\(offset -1\)/);
        }
      }
    }
  });
});

describe('a search for cycles that ends early says what is certain', () => {
  const search = { stepsMax: 0, stepsOfComponentMax: 0 };
  test.each([
    ['G0', 'PL-1-cycle-exists', true],
    ['G1c-wr', 'PL-2-cycle-exists', true],
    ['G1c-wr-without-ww', 'PL-2-cycle-exists', false],
    ['G0-process', 'strong-session-PL-1-cycle-exists', true],
    ['G1c-process-without-ww', 'strong-session-PL-2-cycle-exists', false],
    ['G0-realtime', 'strong-PL-1-cycle-exists', true],
    ['G1c-realtime-without-ww', 'strong-PL-2-cycle-exists', false],
  ])('%s: %s', (name, type, valid) => {
    const verdict = judged(`${name}.jsonl`, { search });
    expect(verdict.anomalies.map((anomaly) => anomaly.type)).toEqual([type]);
    expect(verdict.valid).toBe(valid);
  });

  test('and nothing where there is no cycle', () => {
    expect(judged('G0-in-order.jsonl', { search }).anomalies).toEqual([]);
  });
});
