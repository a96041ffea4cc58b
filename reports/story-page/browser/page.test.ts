// The page in a real browser: it opens with 100,000 events, loads nothing, complains of nothing, and does what the
// reader asks. Where there is no Chromium the tests say that they were skipped.

import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, launch, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pageScript } from '../../page-script.ts';
import { lost } from '../../testing-suite.ts';
import { pageBytesMax, storyPage } from '../story-page.ts';
import { largeRun } from '../testing-run.ts';

const eventCount = 100_000;

/** The first Chromium on the path. */
function chromium(): string | undefined {
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

const executablePath = chromium();
if (executablePath === undefined) {
  console.warn('skipped: there is no Chromium on the path, so no page was opened in a browser');
}

describe.skipIf(executablePath === undefined)('the page of a run in a browser', () => {
  let folder = '';
  let browser: Browser;
  let page: Page;
  const troubles: string[] = [];
  const asked: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'odradek-page-'));
    const text = storyPage(
      { kept: largeRun(eventCount), finding: lost, why: 'failure', divergence: null },
      pageScript(),
    );
    expect(text.length).toBeLessThan(pageBytesMax);
    // The events of the trace, and three operations of its client.
    expect(text).toContain('All 100,003 events of the run are in this page.');
    const path = join(folder, 'page.html');
    writeFileSync(path, text);
    browser = await launch({
      executablePath: executablePath as string,
      args: ['--no-sandbox', '--disable-gpu'],
    });
    page = await browser.newPage();
    await page.setViewport({ width: 1400, height: 1000 });
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warn') troubles.push(message.text());
    });
    page.on('pageerror', (error) => troubles.push(String(error)));
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(pathToFileURL(path).href);
    await page.waitForSelector('html[data-ready]', { timeout: 60_000 });
  });

  afterAll(async () => {
    await browser?.close();
    if (folder !== '') rmSync(folder, { recursive: true });
  });

  const selected = () => page.$eval('#selected', (element) => element.textContent ?? '');
  /** What the canvas shows, as a text that differs when it does. */
  const shown = () => page.$eval('#picture', (canvas) => (canvas as HTMLCanvasElement).toDataURL());
  /** Two frames: what was asked for is painted. */
  const painted = () =>
    page.evaluate(
      () => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))),
    );

  test('becomes alive, asks for nothing but itself, and complains of nothing', async () => {
    expect(await page.$eval('html', (element) => element.classList.contains('live'))).toBe(true);
    expect(asked).toHaveLength(1);
    expect(troubles).toEqual([]);
    expect(await page.$eval('.static-only', (element) => getComputedStyle(element).display)).toBe('none');
  });

  test('draws something in the lanes', async () => {
    const colours = await page.$eval('#picture', (element) => {
      const canvas = element as HTMLCanvasElement;
      const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      const seen = new Set<number>();
      for (let at = 0; at < pixels.length; at += 4) {
        seen.add(
          (pixels[at] as number) * 65_536 + (pixels[at + 1] as number) * 256 + (pixels[at + 2] as number),
        );
      }
      return seen.size;
    });
    expect(colours).toBeGreaterThan(20);
  });

  test('a line of the chain moves the picture, and is said', async () => {
    const before = await shown();
    await page.$$eval('#chain button', (lines) =>
      lines.find((line) => line.classList.contains('record'))?.click(),
    );
    await painted();
    expect(await shown()).not.toBe(before);
    expect(await selected()).toMatch(/^0\.\d{6} s: /);
    expect(await page.$$eval('#chain [aria-current]', (lines) => lines.length)).toBe(1);
  });

  test('what lies under the pointer is said in a sentence', async () => {
    await page.$eval('[data-do="whole"]', (button) => (button as HTMLButtonElement).click());
    await painted();
    await page.$eval('#picture', (element) => element.scrollIntoView());
    const box = await (await page.$('#picture'))?.boundingBox();
    if (box == null) throw new Error('the picture is there');
    const tips: string[] = [];
    for (let y = 60; y < 320; y += 20) {
      await page.mouse.move(box.x + 700, box.y + y);
      const tip = await page.$eval('#tip', (element) =>
        element.hasAttribute('hidden') ? '' : (element.textContent ?? ''),
      );
      if (tip !== '') tips.push(tip);
    }
    expect(tips.some((tip) => /^\d\.\d{6} s\n[a-z].* .* /.test(tip))).toBe(true);
  });

  test('wheel, keys and filters change the picture; the list follows', async () => {
    const changes = async (act: () => Promise<unknown>) => {
      const before = await shown();
      await act();
      await painted();
      expect(await shown()).not.toBe(before);
    };
    const box = await (await page.$('#picture'))?.boundingBox();
    if (box == null) throw new Error('the picture is there');
    await page.mouse.click(box.x + 700, box.y + 5);
    await changes(() => page.mouse.wheel({ deltaY: -400 }));
    await changes(() => page.keyboard.press('ArrowRight'));
    await changes(() => page.keyboard.press('f'));
    await changes(() =>
      page.$eval('#filter-nodes input', (box) => {
        (box as HTMLInputElement).click();
      }),
    );
    await page.keyboard.press('n');
    await page.waitForSelector('#list [aria-current]');
    expect(await page.$$eval('#list li', (rows) => rows.length)).toBeGreaterThan(5);
    expect(troubles).toEqual([]);
  });

  test('without its script it is read all the same', async () => {
    const still = await browser.newPage();
    await still.setJavaScriptEnabled(false);
    await still.goto(page.url());
    const display = (selector: string) =>
      still.$eval(selector, (element) => getComputedStyle(element).display);
    expect(await display('.static-only')).toBe('block');
    expect(await display('#picture-box .alive-only')).toBe('none');
    expect(await still.$$eval('#chain li', (lines) => lines.length)).toBeGreaterThan(5);
    await still.close();
  });
});
