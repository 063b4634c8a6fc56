/** The pages that commands write, as files, in a browser. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEMO_REPORT } from '../agent/report/demo-report.fixture.ts';
import { renderDemoReport } from '../agent/report/demo-report.ts';
import { renderTrialReport } from '../agent/trial/report/page.ts';
import { TRIAL_REPORT } from '../agent/trial/report/report.fixture.ts';
import { CLI } from './agent-process.ts';
import { describeInChromium, launchBrowser, violationsOf } from './browser.ts';

describeInChromium('a report in Chromium', () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'foreshock-reports-'));
    writeFileSync(join(folder, 'trial.html'), renderTrialReport(TRIAL_REPORT));
    writeFileSync(join(folder, 'demo.html'), renderDemoReport(DEMO_REPORT));
    await promisify(execFile)(process.execPath, [CLI, 'report', 'cost', '--example', '--out', folder]);
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (name: string, width: number, colorScheme: 'dark' | 'light'): Promise<Page> => {
    const file = readdirSync(folder).find((found) => found.startsWith(name) && found.endsWith('.html')) ?? name;
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
    await page.goto(pathToFileURL(join(folder, file)).href);
    return page;
  };

  it.each(['foreshock-cost', 'trial', 'demo'].flatMap((name) => [[name, 'light', 1440] as const, [name, 'dark', 390] as const]))(
    'gives axe nothing to complain of, and never scrolls sideways: %s, %s, %i wide',
    async (name, colorScheme, width) => {
      const page = await open(name, width, colorScheme);
      expect(await violationsOf(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await page.close();
    },
  );

  it.each([390, 1440])('does not write the days of a trial over each other, %i wide', async (width) => {
    const page = await open('trial', width, 'light');
    const overlaps = await page.evaluate(() =>
      [...document.querySelectorAll('.x')].flatMap((axis) => {
        const words = [...axis.querySelectorAll('span')].filter((word) => word.getClientRects().length > 0);
        const places = words.map((word) => word.getBoundingClientRect()).sort((a, b) => a.left - b.left);
        return places.flatMap((place, index) => (place.left < (places[index - 1]?.right ?? 0) ? [words[index]?.textContent ?? ''] : []));
      }),
    );
    expect(overlaps).toEqual([]);
    await page.close();
  });
});
