import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identityIn } from './identity.ts';

let here: string;
let there: string;
beforeEach(async () => {
  here = await mkdtemp(join(tmpdir(), 'identity-'));
  there = await mkdtemp(join(tmpdir(), 'identity-'));
});
afterEach(async () => {
  for (const folder of [here, there]) await rm(folder, { recursive: true, force: true });
});

describe('the identity of an agent', () => {
  it('is the same after a restart, and another one on a host of the same name', async () => {
    const first = await identityIn(here);
    expect(first.startsWith(`${hostname()}_`)).toBe(true);
    expect(await identityIn(here)).toBe(first);
    expect(await identityIn(there)).not.toBe(first);
  });

  it('is made anew when a crash left its file empty', async () => {
    await writeFile(join(here, 'agent-id'), '');
    const made = await identityIn(here);
    expect(made).toMatch(/_[0-9a-f]{16}$/);
    expect(await identityIn(here)).toBe(made);
  });
});
