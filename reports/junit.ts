// JUnit XML for build servers: one testcase per scenario (of a benchmark: bench-junit.ts). A violation, a missing
// witness or a vacuous run is a failure, a crash of the engine, an unknown verdict or nondeterminism an error: none
// of them is a pass, and none is skipped. There are no times: virtual time is not what a build server thinks it is.

import type { StoredDrawn, StoredHealthy, StoredMutants } from '../sim/index.ts';
import { xmlAttribute, xmlText } from './escape.ts';
import { alsoIn, type ScenarioFacts, type SuiteFacts, type Told, titleOf } from './facts.ts';
import { clipped, seconds } from './format.ts';
import { marksSentence } from './marks.ts';

export interface Case {
  readonly group: string;
  readonly name: string;
  readonly failure?:
    | { readonly element: 'failure' | 'error'; readonly type: string; readonly text: string }
    | undefined;
  readonly output: string;
}

export function suiteJunit(facts: SuiteFacts): string {
  return document('odradek sim', [
    ...facts.scenarios.map(scenarioCase),
    ...knownCases(facts),
    ...marksCase(facts),
  ]);
}

/** A promise of all scenarios together that was not kept; without one there is nothing to tell. */
function marksCase({ suite: { marks } }: SuiteFacts): Case[] {
  if (marks === undefined || marks.missing.length === 0) return [];
  const failure = { element: 'failure' as const, type: 'blind', text: marks.missing.join('\n') };
  return [{ group: 'marks', name: 'every promised mark is reached', failure, output: marksSentence(marks) }];
}

/** A mutant that lives is a failure, and so is a healthy scenario with an alarm. */
export function mutantsJunit({ mutants, healthy }: StoredMutants): string {
  const scenarios = healthy?.scenarios ?? [];
  return document('odradek mutants', [...mutants.map(mutantCase), ...scenarios.map(healthyCase)]);
}

function mutantCase({ name, slip, killed, trouble, cells }: StoredMutants['mutants'][number]): Case {
  const lines = cells.map(({ scenario, seedsRun, kill, replay }) =>
    kill === null
      ? `${scenario}: not in ${seedsRun} seeds`
      : `${scenario}: seed ${kill.seed}: ${kill.invariant}: ${kill.prose}\n  ${replay ?? ''}`,
  );
  const text = trouble ?? `it lives: ${slip}\n${lines.join('\n')}`;
  const element = trouble === null ? ('failure' as const) : ('error' as const);
  const failure = killed ? undefined : { element, type: 'mutant', text };
  return { group: 'mutants', name, failure, output: [slip, ...lines].join('\n') };
}

/** A slip that lives is a question, no failure: the build goes on, and the report has it. */
export function drawnJunit({ results }: StoredDrawn): string {
  return document(
    'odradek mutants --drawn',
    results.map(({ name, slip, fate, kill, noticed }) => ({
      group: `slips ${fate}`,
      name,
      output: [slip, kill?.prose ?? noticed ?? '', kill?.replay ?? '']
        .filter((line) => line !== '')
        .join('\n'),
    })),
  );
}

function healthyCase({ scenario, seeds, alarms }: StoredHealthy['scenarios'][number]): Case {
  const text = alarms.map(({ what, replay }) => `${what}\n  ${replay}`).join('\n');
  const failure = alarms.length === 0 ? undefined : { element: 'failure' as const, type: 'alarm', text };
  return { group: 'healthy', name: scenario, failure, output: `${seeds} seeds, ${alarms.length} alarms` };
}

function scenarioCase({ stored, expected, failures }: ScenarioFacts): Case {
  const { name, file, story, expectation, seen, result, fingerprint, missing, witness } = stored;
  const slash = name.lastIndexOf('/');
  const text = [...missing, ...failures.slice(0, failuresMax).map(failureText)].join('\n\n');
  const output = [
    story,
    `expected: ${expectation}`,
    `seen: ${seen}`,
    `file: ${file}`,
    `fingerprint: ${fingerprint}`,
    ...(witness === null ? [] : [`witness: ${witness.finding.prose}`, `  ${witness.replay}`]),
  ].join('\n');
  return {
    group: slash < 0 ? 'scenarios' : name.slice(0, slash),
    name: name.slice(slash + 1),
    failure: expected
      ? undefined
      : { element: elementOf(result), type: result, text: text === '' ? result : text },
    output,
  };
}

/** Each known failure that was run again is a testcase: a build server shows when it passes for the first time. */
function knownCases({ suite }: SuiteFacts): Case[] {
  return (suite.ledger ?? []).map(({ status, scenario, signature, seed, prose, replay }) => ({
    group: 'ledger',
    name: `${scenario}: ${signature}`,
    failure:
      status === 'fixed'
        ? undefined
        : {
            element: status === 'unreadable' ? 'error' : 'failure',
            type: status,
            text: `${prose}\n${replay}`,
          },
    output: `${status}: seed ${seed}`,
  }));
}

/** Reasons to fail of one scenario that its testcase tells. */
const failuresMax = 10;

function elementOf(result: ScenarioFacts['stored']['result']): 'failure' | 'error' {
  return result === 'crashed' || result === 'unknown' || result === 'nondeterministic' ? 'error' : 'failure';
}

function failureText({ telling, failure }: Told): string {
  const { finding, replay } = telling;
  const what = `${titleOf(telling)} at step ${finding.step}, ${seconds(finding.timeUs)}: ${finding.prose}`;
  const more = failure === null ? [] : [alsoIn(failure), failure.divergence ?? ''];
  return [what, ...more.filter((line) => line !== ''), replay].join('\n');
}

/** The whole document of a suite of testcases. */
export function document(name: string, cases: readonly Case[]): string {
  const count = (element: string) => cases.filter(({ failure }) => failure?.element === element).length;
  const counts = `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="0"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${xmlAttribute(name)}" ${counts}>`,
    `<testsuite name="${xmlAttribute(name)}" ${counts}>`,
    ...cases.map(testcase),
    '</testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

/** Build servers show this in a list; the element has the whole text. */
const messageCharactersMax = 300;

function testcase({ group, name, failure, output }: Case): string {
  const first = clipped(failure?.text.split('\n', 1)[0] ?? '', messageCharactersMax);
  const failed =
    failure === undefined
      ? ''
      : `<${failure.element} type="${xmlAttribute(failure.type)}" message="${xmlAttribute(first)}">` +
        `${xmlText(failure.text)}</${failure.element}>\n`;
  return (
    `<testcase classname="${xmlAttribute(group)}" name="${xmlAttribute(name)}">\n${failed}` +
    `<system-out>${xmlText(output)}</system-out>\n</testcase>`
  );
}
