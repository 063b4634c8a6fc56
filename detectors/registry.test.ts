import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DETECTORS } from './registry.ts';

describe('the registry of detectors', () => {
  it('names exactly the folders', () => {
    const folders = readdirSync(new URL('.', import.meta.url), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
    expect(Object.keys(DETECTORS).sort()).toEqual(folders);
  });
});
