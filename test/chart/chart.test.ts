import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { valuesFile, valuesSchemaFile } from '../../agent/config/chart/values-file.ts';
import { VERSION } from '../../core/names.ts';
import { CHART, DASHBOARDS, jsonIn } from './helm.ts';

describe('what the chart takes from elsewhere', () => {
  it('is what `npm run chart` would write: values and their schema', () => {
    expect(readFileSync(join(CHART, 'values.yaml'), 'utf8')).toBe(valuesFile());
    expect(readFileSync(join(CHART, 'values.schema.json'), 'utf8')).toBe(valuesSchemaFile());
  });

  it('is what `npm run chart` would write: the dashboards', () => {
    const copies = join(CHART, 'dashboards');
    expect(jsonIn(copies)).toEqual(jsonIn(DASHBOARDS));
    for (const name of jsonIn(DASHBOARDS))
      expect(readFileSync(join(copies, name), 'utf8')).toBe(readFileSync(join(DASHBOARDS, name), 'utf8'));
  });

  it('has the version of the agent', () => {
    expect(parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'))).toMatchObject({ version: VERSION, appVersion: VERSION });
  });

  it('says above every value what it means', () => {
    const bare: string[] = [];
    const lines = readFileSync(join(CHART, 'values.yaml'), 'utf8').split('\n');
    const check = (value: unknown, depth: number, from: number): void => {
      if (value === null || typeof value !== 'object' || Array.isArray(value)) return;
      for (const [key, member] of Object.entries(value)) {
        const at = lines.findIndex((line, index) => index >= from && line.startsWith(`${'  '.repeat(depth)}${key}:`));
        if (!lines[at - 1]?.trimStart().startsWith('# ')) bare.push(key);
        const opens = lines[at + 1]?.startsWith(`${'  '.repeat(depth + 1)}#`);
        if (opens === true) check(member, depth + 1, at + 1);
      }
    };
    check(parse(lines.join('\n')), 0, 0);
    expect(bare).toEqual([]);
  });
});
