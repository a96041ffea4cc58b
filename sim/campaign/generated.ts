// All generated scenarios of a campaign as one row of its report: what they are called together, and what is
// expected of each of them.

import type { Scenario } from '../scenario/schema.ts';
import type { LoadedScenario } from '../suite.ts';
import { generatedName, generatorVersion } from './generate.ts';

export const generatedSummary: LoadedScenario = {
  name: generatedName,
  // Each seed has a file of its own, when it tells something.
  file: '',
  text: '',
  scenario: {
    story: `Each seed makes a scenario of its own (generator ${generatorVersion}): no promise is broken.`,
    expect: { verdict: 'pass' },
    // Nobody runs the row itself; what a report reads of a scenario is its story and what is expected.
  } as unknown as Scenario,
};
