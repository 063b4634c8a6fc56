/** Debian's Chromium, and axe-core in it. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Page } from 'playwright-core';
import { describe, it } from 'vitest';

const CANDIDATES = [process.env.CHROMIUM_PATH, '/usr/bin/chromium'].filter((path) => path !== undefined);
const chromiumPath = CANDIDATES.find((path) => existsSync(path));
const WHERE = 'at CHROMIUM_PATH or /usr/bin/chromium';

/** Skipped by name where there is no browser; a fault where one is required. */
export const describeInChromium = (name: string, suite: () => void): void => {
  if (chromiumPath !== undefined) describe(name, suite);
  else if (process.env.FORESHOCK_REQUIRE !== 'all') describe.skip(`${name}: skipped, no Chromium ${WHERE}`, suite);
  else
    it('finds Chromium', () => {
      throw new Error(`FORESHOCK_REQUIRE=all, but there is no Chromium ${WHERE}`);
    });
};

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath as string, args: ['--no-sandbox', '--headless=new'] });

const AXE_PATH = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

interface Axe {
  run(options: object): Promise<{ readonly violations: readonly AxeViolation[] }>;
}

interface AxeViolation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** What axe-core finds, with the element it is about. It is run in the page's own world, past its content security policy. */
export const violationsOf = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(readFileSync(AXE_PATH, 'utf8'));
  const { violations } = await page.evaluate(() => (window as unknown as { readonly axe: Axe }).axe.run({ resultTypes: ['violations'] }));
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 160)}: ${node.failureSummary}`),
  );
};
