import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CLI } from './agent-process.ts';

const LOG = fileURLToPath(new URL('fixtures/decisions/decisions.ndjson', import.meta.url));
const PACKAGED = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
/** The `node` package of npm brings a second Node without touching the one that runs the tests. */
const node24 = [process.env.FORESHOCK_NODE24, PACKAGED].find((path) => path !== undefined && path !== '' && existsSync(path));

const replayOn = (node: string): string => execFileSync(node, [CLI, 'replay', 'all', '--log', LOG], { encoding: 'utf8' });
const WHOLE = /^(\d+) of \1 decisions recompute byte for byte on Node (\d+)\.\d+\.\d+; \1 records good; the chain is whole/;

describe('a decision log that another machine wrote', () => {
  it('recomputes byte for byte on this Node', () => {
    expect(replayOn(process.execPath)).toMatch(WHOLE);
  });

  it.skipIf(node24 === undefined)('recomputes the same bytes on Node 24 (FORESHOCK_NODE24, or the npm package `node`)', () => {
    const [, records, major] = WHOLE.exec(replayOn(node24 as string)) ?? [];
    expect(major).toBe('24');
    expect(Number(records)).toBeGreaterThan(5);
  });
});
