import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DETECTORS } from '../../../detectors/registry.ts';
import { PICTURES } from './registry.ts';

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'docs', 'images', 'detection');

describe('the pictures of the detectors', () => {
  it.each(Object.entries(PICTURES))('%s is committed as it is drawn now', (name, draw) => {
    const drawn = draw();
    expect(readFileSync(join(FOLDER, `${name}.svg`), 'utf8') === drawn, 'run: npm run pictures, and look at it').toBe(true);
    expect(drawn).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('are of detectors, one each, and nothing else lies beside them', () => {
    expect(Object.keys(DETECTORS)).toEqual(expect.arrayContaining(Object.keys(PICTURES)));
    expect(readdirSync(FOLDER).toSorted()).toEqual(
      Object.keys(PICTURES)
        .map((name) => `${name}.svg`)
        .toSorted(),
    );
  });
});
