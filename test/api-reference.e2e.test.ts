import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routes } from '../agent/api/routes/index.ts';
import { type ServedFixture, serveFixture } from '../agent/api/served.fixture.ts';

const TOKEN = 'a-token-of-twenty-letters';
const chromiumPath = [process.env.CHROMIUM_PATH, '/usr/bin/chromium'].find((path) => path !== undefined && existsSync(path));
const isRequired = process.env.FORESHOCK_REQUIRE === 'all';
const name =
  chromiumPath !== undefined || isRequired ? 'the reference of the API' : 'the reference of the API (skipped: no chromium is installed)';

describe.skipIf(chromiumPath === undefined && !isRequired)(name, () => {
  let browser: Browser;
  let served: ServedFixture;

  beforeAll(async () => {
    served = await serveFixture({ token: TOKEN, staticDirectory: resolve(import.meta.dirname, '../dashboards/ui') });
    browser = await chromium.launch({ executablePath: chromiumPath as string, args: ['--no-sandbox', '--headless=new'] });
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
});
