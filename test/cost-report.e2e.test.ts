import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const foreshock = (...words: readonly string[]) =>
  spawnSync(process.execPath, ['dist/agent/cli/foreshock.js', 'report', 'cost', ...words], { encoding: 'utf8', timeout: 60_000 });

describe('foreshock report cost', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'foreshock-report-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('gives whoever has no cluster a report of the example: two files, and what they say in a few lines', () => {
    const run = foreshock('--example', '--out', folder);
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(['foreshock-cost-2026-10.csv', 'foreshock-cost-2026-10.html']);
    const page = readFileSync(join(folder, 'foreshock-cost-2026-10.html'), 'utf8');
    expect(page).toContain('Example data:');
    expect(page).not.toMatch(/NaN|undefined|https?:/);
    expect(run.stdout).toContain('The month will probably end at');
  });

  it.each([
    ['no month is given', ['--config', 'cost.yaml', '--allocation', 'rows.json'], 64, 'say which month'],
    ['the month has not begun', ['--month', '2999-01', '--config', 'cost.yaml', '--allocation', 'rows.json'], 65, '2999-01 has not begun'],
    ['a row is wrong', ['--month', '2026-10', '--config', 'cost.yaml', '--allocation', 'wrong.csv'], 65, 'line 2: replicas'],
    ['the price book is wrong', ['--month', '2026-10', '--config', 'wrong.yaml', '--allocation', 'rows.json'], 78, 'never negative'],
    [
      'there is no price book',
      ['--month', '2026-10', '--config', 'empty.yaml', '--allocation', 'rows.json'],
      78,
      'there is no `cost` section',
    ],
  ])('says why and writes nothing when %s', (_when, words, status, told) => {
    const price = 'prices: [{ version: v, from: 2026-09-01, basis: list, cpuCoreHour: 0.04, memoryGibHour: 0.005 }]';
    writeFileSync(join(folder, 'cost.yaml'), `cost: { currency: EUR, ${price} }\n`);
    writeFileSync(join(folder, 'wrong.yaml'), `cost: { currency: EUR, ${price.replace('0.04', '-0.04')} }\n`);
    writeFileSync(join(folder, 'empty.yaml'), '{}\n');
    writeFileSync(join(folder, 'rows.json'), '[]');
    writeFileSync(join(folder, 'wrong.csv'), 'service,start,end,replicas\na,2026-10-01T13:00:00Z,2026-10-01T14:00:00Z,\u001b[31mNaN\n');
    const out = join(folder, 'out');
    const run = foreshock(...words.map((word) => (/\.(yaml|json|csv)$/.test(word) ? join(folder, word) : word)), '--out', out);
    expect(run.stderr).toContain(told);
    expect(run.stderr).not.toContain('\u001b');
    expect(run.status).toBe(status);
    expect(readdirSync(folder)).not.toContain('out');
  });
});
