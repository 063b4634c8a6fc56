import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { AgentState } from '../agent/api/contract.ts';
import { type ApiServer, createApiServer } from '../agent/api/server.ts';
import { succeed } from '../core/outcome.ts';
import { describeInChromium, launchBrowser, violationsOf } from './browser.ts';
import { EMPTY_ARCHIVE, type FixtureOptions, fixtureState, HOSTILE } from './page-fixture.ts';

const PAGE_DIRECTORY = resolve(import.meta.dirname, '../dist/dashboards/ui');
const FIRST_STEP = 1_763_808_000;

interface Agent {
  readonly port: number;
  readonly faults: string[];
  advance(): void;
  close(): Promise<void>;
}

const startAgent = async (
  options: Omit<FixtureOptions, 'step'>,
  access: { readonly port?: number; readonly token?: string } = {},
): Promise<Agent> => {
  let step = FIRST_STEP;
  const listeners = new Set<(state: AgentState) => void>();
  const faults: string[] = [];
  const state = (): AgentState => fixtureState({ ...options, step });
  const server: ApiServer = createApiServer(
    {
      host: '127.0.0.1',
      port: access.port ?? 0,
      staticDirectory: PAGE_DIRECTORY,
      ...(access.token === undefined ? {} : { token: access.token }),
    },
    {
      view: {
        state,
        subscribe: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
        incident: () => undefined,
        signal: () => undefined,
      },
      archive: EMPTY_ARCHIVE,
      metrics: async () => '',
      health: () => ({ live: true, ready: true, reasons: [] }),
      postChanges: async () => succeed([]),
      demoFault: async (id) => {
        faults.push(id);
        return succeed(undefined);
      },
    },
  );
  const started = await server.start();
  if (!started.ok) throw new Error(started.error.message);
  return {
    port: started.value.port,
    faults,
    advance() {
      step += 1;
      for (const listener of listeners) listener(state());
    },
    close: () => server.close(),
  };
};

describeInChromium('the web page in Chromium', () => {
  let browser: Browser;
  const agents: Agent[] = [];
  const pages: Page[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    if (!existsSync(resolve(PAGE_DIRECTORY, 'app.js'))) throw new Error(`the page is not built: ${PAGE_DIRECTORY} has no app.js`);
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close();
    for (const agent of agents.splice(0)) await agent.close();
    complaints.length = 0;
  });

  const agentOf = async (...given: Parameters<typeof startAgent>): Promise<Agent> => {
    const agent = await startAgent(...given);
    agents.push(agent);
    return agent;
  };

  const open = async (agent: Agent, width = 1440, height = 900): Promise<Page> => {
    const page = await browser.newPage({ viewport: { width, height } });
    pages.push(page);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(`http://127.0.0.1:${agent.port}/`);
    return page;
  };

  it('shows services, forecast, suspects, budgets and the ledger, with nothing for the browser to complain of', async () => {
    const page = await open(await agentOf({ scenario: 'incident' }));
    await page.waitForSelector('.service canvas');
    expect(await page.locator('.service').count()).toBe(7);
    expect(await page.locator('.service canvas').count()).toBe(18);
    expect(await page.locator('.target canvas').count()).toBe(2);
    const text = await page.textContent('body');
    for (const shown of [
      'sha256 9f2c41d07ab3',
      'UTC',
      '94% of the failures carry it',
      'issuer birch moved to psp-north',
      'an HPA would order 7 now',
      'rate-limit',
      '1,284,102',
      'ADMISSION_FULL 800',
      'yes, the sums agree',
      '41% left',
      'not reporting',
      'd-000412',
    ]) {
      expect(text).toContain(shown);
    }
    expect(await page.title()).toBe('(1) Foreshock');
    expect(await page.locator('[aria-live=assertive]').textContent()).toContain('1 open incident: Payments through psp-north');
    expect(complaints).toEqual([]);
  });

  it('shows hostile names as the text they are', async () => {
    const page = await open(await agentOf({ scenario: 'incident', hostile: true }));
    await page.waitForSelector('.incident-detail');
    expect(await page.textContent('.incident-title >> nth=0')).toContain(HOSTILE);
    expect(await page.locator('#page img, #page script').count()).toBe(0);
    expect(await page.title()).toBe('(1) Foreshock');
    expect(complaints).toEqual([]);
  });

  it('follows each step without moving anything on the page', async () => {
    const agent = await agentOf({ scenario: 'incident' });
    const page = await open(agent);
    await page.waitForSelector('.service canvas');
    await page.evaluate(() => {
      const seen = window as unknown as { shift: number };
      seen.shift = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) seen.shift += (entry as unknown as { value: number }).value;
      }).observe({ type: 'layout-shift' });
    });
    const before = await page.textContent('.clock time');
    for (let step = 0; step < 5; step += 1) {
      agent.advance();
      await page.waitForTimeout(60);
    }
    await page.waitForFunction((old) => document.querySelector('.clock time')?.textContent !== old, before);
    expect(await page.textContent('.clock time')).toBe('2025-11-22 10:40:06 UTC');
    expect(await page.evaluate(() => (window as unknown as { shift: number }).shift)).toBeLessThan(0.01);
  });

  it('folds and unfolds an incident from the keyboard', async () => {
    const page = await open(await agentOf({ scenario: 'incident' }));
    const first = page.locator('.incident-head').first();
    await first.waitFor();
    expect(await first.getAttribute('aria-expanded')).toBe('true');
    for (let presses = 0; presses < 12; presses += 1) {
      await page.keyboard.press('Tab');
      if (await first.evaluate((element) => element === document.activeElement)) break;
    }
    await page.keyboard.press('Enter');
    expect(await first.getAttribute('aria-expanded')).toBe('false');
  });

  it('starts a fault of the demo', async () => {
    const agent = await agentOf({ scenario: 'quiet' });
    const page = await open(agent);
    await page.getByRole('button', { name: 'Slow ledger' }).click();
    await page.getByText('Slow ledger: started').waitFor();
    expect(agent.faults).toEqual(['slow-ledger']);
  });

  it('ends a fault of the demo that runs, once however often it is clicked', async () => {
    const agent = await agentOf({ scenario: 'incident' });
    const page = await open(agent);
    const running = page.getByRole('button', { name: 'end: Fail one issuer', pressed: true });
    await running.dblclick();
    await page.getByText('Fail one issuer: ended').waitFor();
    expect(agent.faults).toEqual(['slice']);
    expect(await page.getByRole('button', { name: 'Slow ledger', pressed: false }).count()).toBe(1);
  });

  it.each([
    ['incident', 390],
    ['empty', 390],
    ['incident', 820],
    ['incident', 1024],
  ] as const)('fits %s on a screen %i wide', async (scenario, width) => {
    const page = await open(await agentOf({ scenario }), width, 844);
    await page.waitForSelector('.grid');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });

  // WCAG 2.2 A and AA, and axe-core's best practices, in both color schemes, on a laptop and on a phone.
  it.each([
    ['incident', 'dark', 1440],
    ['incident', 'light', 1440],
    ['incident', 'dark', 390],
    ['incident', 'light', 390],
    ['quiet', 'light', 1440],
    ['empty', 'dark', 1440],
    ['empty', 'light', 390],
  ] as const)('gives axe nothing to complain of: %s, %s, %i wide', async (scenario, colorScheme, width) => {
    const page = await open(await agentOf({ scenario }), width, 900);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.waitForSelector('.grid');
    expect(await violationsOf(page)).toEqual([]);
  });

  it('gives axe nothing to complain of while it asks for the token, and while the connection is lost', async () => {
    const locked = await open(await agentOf({ scenario: 'quiet' }, { token: 'a-token-of-twenty-letters' }));
    await locked.getByLabel('Access token').waitFor();
    expect(await violationsOf(locked)).toEqual([]);
    const agent = await startAgent({ scenario: 'quiet' });
    const lost = await open(agent);
    await lost.waitForSelector('.live-live');
    await agent.close();
    await lost.getByRole('alert').waitFor();
    expect(await violationsOf(lost)).toEqual([]);
  });

  it('says what to do while there is nothing to show', async () => {
    const page = await open(await agentOf({ scenario: 'empty' }));
    await page.getByText('No service is watched yet').waitFor();
    await page.getByText('No service has reported yet').waitFor();
    await page.getByText('No SLO is set').waitFor();
    expect(complaints).toEqual([]);
  });

  it('says that the connection is lost, and comes back by itself or when asked', async () => {
    const agent = await startAgent({ scenario: 'quiet' });
    const page = await open(agent);
    await page.waitForSelector('.live-live');
    await agent.close();
    await page.getByRole('alert').waitFor();
    expect(await page.textContent('[role=alert]')).toContain('What you see is old');
    await agentOf({ scenario: 'quiet' }, { port: agent.port });
    await page
      .getByRole('button', { name: 'Retry now' })
      .click({ timeout: 1_000 })
      .catch(() => {});
    await page.waitForSelector('.live-live');
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('asks for the token, and says when it was refused', async () => {
    const token = 'a-token-of-twenty-letters';
    const page = await open(await agentOf({ scenario: 'quiet' }, { token }));
    await page.getByLabel('Access token').fill('wrong-token-of-some-length');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('This token was refused').waitFor();
    await page.getByLabel('Access token').fill(token);
    await page.getByRole('button', { name: 'Open' }).click();
    await page.waitForSelector('.live-live');
  });
});
