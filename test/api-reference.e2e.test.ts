import { resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { routes } from '../agent/api/routes/index.ts';
import { type ServedFixture, serveFixture } from '../agent/api/served.fixture.ts';
import { describeInChromium, launchBrowser, violationsOf } from './browser.ts';

const TOKEN = 'a-token-of-twenty-letters';

describeInChromium('the reference of the API', () => {
  let browser: Browser;
  let served: ServedFixture;

  beforeAll(async () => {
    served = await serveFixture({ token: TOKEN, staticDirectory: resolve(import.meta.dirname, '../dashboards/ui') });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await served.close();
  });

  it('shows every route under its own policy, asks nobody else, and tries one with the token of the tab', async () => {
    const page = await browser.newPage();
    const complaints: string[] = [];
    const asked: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith('data:')) asked.push(new URL(request.url()).host);
    });
    await page.addInitScript((token) => sessionStorage.setItem('foreshock-token', token), TOKEN);
    await page.goto(`http://127.0.0.1:${served.port}/api/docs`);
    await page.waitForSelector('.opblock');
    expect(await page.locator('.opblock').count()).toBe(routes.length);
    const version = page.locator('#operations-operation-getVersion');
    await version.locator('.opblock-summary').click();
    await version.locator('.try-out__btn').click();
    await version.locator('.execute').click();
    const status = version.locator('.live-responses-table .response-col_status').last();
    await status.waitFor();
    expect(await status.textContent()).toContain('200');
    expect(complaints).toEqual([]);
    expect(new Set(asked)).toEqual(new Set([`127.0.0.1:${served.port}`]));
  });

  it.each([1440, 390])('gives axe nothing to complain of, closed and opened, and never scrolls sideways: %i wide', async (width) => {
    // axe is run in the page, which its content security policy would not have.
    const context = await browser.newContext({ viewport: { width, height: 900 }, bypassCSP: true, reducedMotion: 'reduce' });
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${served.port}/api/docs`);
    await page.waitForSelector('.opblock');
    expect(await violationsOf(page)).toEqual([]);
    await page.locator('#operations-operation-getVersion .opblock-summary-control').click();
    await page.waitForSelector('#operations-operation-getVersion .opblock-body .responses-inner');
    expect(await violationsOf(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await context.close();
  });
});
