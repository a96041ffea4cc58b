// What the page of a campaign has beyond that of a suite: the known failures that were run again, what
// happened at all and what never did, and how that grew with the seeds.

import type { StoredSuite } from '../sim/index.ts';
import { number } from './format.ts';
import { badge, command, details, paragraph, table } from './page.ts';

/** Known failures that one page names. */
const knownMax = 200;

export function campaignSections({ ledger, campaign }: StoredSuite): string[] {
  return [...ledgerSection(ledger ?? []), ...coverageSection(campaign)];
}

function ledgerSection(ledger: NonNullable<StoredSuite['ledger']>): string[] {
  if (ledger.length === 0) return [];
  const rows = ledger
    .slice(0, knownMax)
    .map(({ status, scenario, signature, seed, prose, replay }) => [
      { markup: badge(status, status === 'fixed' ? 'good' : 'bad') },
      scenario,
      signature,
      seed,
      prose,
      { markup: status === 'fixed' ? '' : command(replay) },
    ]);
  const left = ledger.length - rows.length;
  return [
    '<h2 id="ledger">Known failures, run again first</h2>',
    table(['today', 'scenario', 'signature', 'seed', 'what it says', 'again'], rows),
    left > 0 ? paragraph(`${number(left)} more are in run.json.`) : '',
  ];
}

function coverageSection(campaign: StoredSuite['campaign']): string[] {
  if (campaign === undefined) return [];
  const rows = campaign.coverage.map(({ sort, happened, never, perThousandSeeds }) => [
    sort,
    { right: `${number(happened)} of ${number(happened + never.length)}` },
    perThousandSeeds.slice(0, pointsMax).map(number).join(', '),
    never.join(', '),
  ]);
  const times = Object.entries(campaign.tally).map(([name, { times, runs, first }]) => [
    name,
    ...[times, runs, first].map((value) => ({ right: number(value) })),
  ]);
  const heads = ['what', ...['times', 'runs', 'first at seed no.'].map((right) => ({ right }))];
  return [
    '<h2 id="coverage">What happened at all</h2>',
    paragraph('An event or a fault that no run has seen was not tested by this campaign.', 'quiet'),
    table(['sort', { right: 'happened' }, 'within each thousand seeds', 'never'], rows),
    details('How often each of them', table(heads, times)),
  ];
}

/** Points of the curve that are written out. */
const pointsMax = 60;
