// The page in a real browser, light and dark, wide and narrow: it loads nothing, complains of nothing, nothing hangs
// over its edge, and its pictures have a size. Where there is no Chromium the tests say that they were skipped.

import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, launch, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderedHistory } from '../history-page/rendered.ts';
import { historyOf } from '../history-page/series.ts';
import { days, named } from '../history-page/testing-history.ts';
import { richBench } from '../testing-bench.ts';
import { benchPage } from './bench-page.ts';

function chromium(): string | undefined {
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const executablePath = chromium();
if (executablePath === undefined) {
  console.warn(
    'skipped: there is no Chromium on the path, so no page of a benchmark was opened in a browser',
  );
}

interface Seen {
  readonly over: number;
  readonly count: number;
  readonly isDrawn: boolean;
  readonly fill: string;
  readonly paper: string;
}

/** Runs in the page, which is why it is a text: these files are typed without a browser. */
const look = `(() => {
  const sizes = [...document.querySelectorAll('svg.plot')].map((svg) => svg.getBoundingClientRect());
  const isDrawn = sizes.every((size) => size.width > 250 && size.height > 60);
  const fill = getComputedStyle(document.querySelector('svg.plot text')).fill;
  const paper = getComputedStyle(document.documentElement).backgroundColor;
  return { over: document.documentElement.scrollWidth, count: sizes.length, isDrawn, fill, paper };
})()`;

describe.skipIf(executablePath === undefined)('the page of a benchmark in a browser', () => {
  let folder = '';
  let browser: Browser;
  let page: Page;
  const troubles: string[] = [];
  const asked: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'odradek-bench-page-'));
    const path = join(folder, 'report.html');
    writeFileSync(path, benchPage(richBench()));
    const args = ['--no-sandbox', '--disable-gpu'];
    browser = await launch({ executablePath: executablePath as string, args });
    page = await browser.newPage();
    page.on('console', (message) => troubles.push(message.text()));
    page.on('pageerror', (error) => troubles.push(String(error)));
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(pathToFileURL(path).href);
  });

  afterAll(async () => {
    await browser?.close();
    if (folder !== '') rmSync(folder, { recursive: true });
  });

  test('asks for nothing but itself, and complains of nothing', () => {
    expect(asked.length).toBe(1);
    expect(troubles).toEqual([]);
  });

  test.each([
    [1400, 'light'],
    [400, 'light'],
    [1400, 'dark'],
  ])(
    '%d wide and %s: nothing hangs over, every picture is there, and text stands out',
    async (width, scheme) => {
      await page.setViewport({ width, height: 900 });
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      const seen = (await page.evaluate(look)) as Seen;
      expect(seen.over).toBeLessThanOrEqual(width);
      expect(seen.count).toBeGreaterThan(40);
      expect(seen.isDrawn).toBe(true);
      const brightness = (colour: string) => Number(/\d+/.exec(colour)?.[0]);
      expect(Math.abs(brightness(seen.fill) - brightness(seen.paper))).toBeGreaterThan(150);
    },
  );

  test('the page of a history is as well behaved, with marks that stand out', async () => {
    const history = historyOf(named(days(16, (day) => (day < 8 ? {} : { cpu: 1.3 }))));
    if (typeof history === 'string') throw new Error(history);
    const path = join(folder, 'history.html');
    writeFileSync(path, renderedHistory(history).html);
    asked.length = 0;
    await page.goto(pathToFileURL(path).href);
    for (const width of [1400, 400]) {
      await page.setViewport({ width, height: 900 });
      const seen = (await page.evaluate(look)) as Seen;
      expect(seen.over).toBeLessThanOrEqual(width);
      expect(seen.count).toBe(4);
      expect(seen.isDrawn).toBe(true);
    }
    expect(asked.length).toBe(1);
    expect(troubles).toEqual([]);
  });

  test('the keyboard reaches the tables, and opens them', async () => {
    await page.focus('figure details summary');
    await page.keyboard.press('Enter');
    expect(await page.evaluate("document.querySelector('figure details').open")).toBe(true);
  });
});
