// What GitHub shows beside the files of a change: one error for each reason to fail, one notice for the
// whole. A line is a command of the log; what is special in it is written in per cent, as the runner reads
// it.

import { failure, type Outcome, success } from '../../engine/index.ts';
import { parseJsonc } from '../scenario/jsonc.ts';
import type { StoredScenario, StoredSuite } from '../store.ts';

/** Whether the annotations of GitHub are wanted: where its jobs run, and where somebody asks for them. */
export function tellsGithub(asked: string | undefined, onGithub: boolean): Outcome<boolean, string> {
  if (asked === undefined) return success(onGithub);
  if (asked === 'github') return success(true);
  return failure(`--annotations: github is known, not "${asked}"`);
}

/** Of what a failure says: a list of waits may be long, and the report has all of it. */
const proseCharactersMax = 400;

function clipped(prose: string): string {
  return prose.length <= proseCharactersMax ? prose : `${prose.slice(0, proseCharactersMax)} ...`;
}

/** Errors of one report; a page of a change shows no more than a few of them anyway. */
const errorsMax = 50;

export function annotationsOf(suite: StoredSuite): string[] {
  const errors = suite.scenarios.flatMap(errorsOf);
  const known = (suite.ledger ?? []).filter(({ status }) => status !== 'fixed');
  for (const { scenario, signature, prose, replay, status } of known) {
    errors.push(
      command('error', { title: `${scenario}: ${status}: ${signature}` }, `${clipped(prose)}\n${replay}`),
    );
  }
  const good = suite.scenarios.filter(({ result }) => result === 'as-expected').length;
  const summary = [
    `${suite.result}: ${good} of ${suite.scenarios.length} scenarios as expected, fingerprint ${suite.fingerprint}`,
    ...suite.notes,
  ];
  const left = errors.length - errorsMax;
  if (left > 0) summary.push(`${left} further reasons are in run.json`);
  return [...errors.slice(0, errorsMax), command('notice', { title: 'odradek sim' }, summary.join('\n'))];
}

function errorsOf({ name, file, text, failures, missing }: StoredScenario): string[] {
  const place = file === '' ? {} : { file, line: lineOfExpectation(text) };
  const told = failures.map(
    ({ kind, control, signature, seed, seeds, count = seeds.length, finding, replay }) => {
      const title = `${name}${control ? ' (control)' : ''}: ${kind}: ${signature}`;
      return command(
        'error',
        { ...place, title },
        `${clipped(finding.prose)} (seed ${seed}, ${count} in all)\n${replay}`,
      );
    },
  );
  return [
    ...told,
    ...missing.map((reason) => command('error', { ...place, title: `${name}: not shown` }, reason)),
  ];
}

/** Where the file says what is to be expected: that is what is not met. */
function lineOfExpectation(text: string): number {
  return text === '' ? 1 : parseJsonc(text).place([], 'expect').line;
}

function command(
  kind: string,
  properties: Readonly<Record<string, string | number>>,
  message: string,
): string {
  const written = Object.entries(properties).map(([name, value]) => `${name}=${property(String(value))}`);
  return `::${kind} ${written.join(',')}::${data(message)}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
