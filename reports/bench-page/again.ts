// How to do it again, and how to know that this page was made from the document beside it.

import type { BenchResult } from '../../bench/result.ts';
import { command, paragraph, table } from '../page.ts';
import type { Section } from './section.ts';

/** `sha256` is that of bench.json, in hex; undefined where nobody could take it. */
export function againSection(
  { command: asked, seed, startedAt, environment }: BenchResult,
  sha256?: string,
): Section {
  const rows = [
    ['started', startedAt],
    ['seed of payloads and arrivals', seed],
    ['commit', environment.commit ?? 'not known'],
    ...(sha256 === undefined ? [] : [['SHA-256 of bench.json', sha256]]),
  ];
  const markup = rows.map(([name, value]) => [name as string, { code: value as string }]);
  return {
    ...{ id: 'again', title: 'Do it again' },
    blocks: [
      command(asked),
      table(['', ''], markup),
      paragraph(
        'Everything on this page is in bench.json beside it (its shape: bench/result.schema.json), the' +
          ' histograms as HDR V2 in base64;' +
          ' `odradek report` makes the same page from it, byte for byte.',
        'quiet',
      ),
    ],
  };
}
