import { describe, expect, it } from 'vitest';
import { nabRows } from '../score/nab.ts';
import { checkAgainstPublished } from './published.ts';

describe('the scorer against published scores', () => {
  const files = new Map([
    ['a.csv', nabRows(1_000, [{ first: 400, last: 499 }])],
    ['b.csv', nabRows(1_000, [])],
  ]);
  const hit = nabRows(1_000, [{ first: 400, last: 499 }]).worth[430] as number;
  const published = (raw: number, standard: number) => ({
    scores: [{ name: 'someone', scores: [standard, 0, 0] }],
    perFile: {
      someone: { 'a.csv': [raw, 0] as [number, number], 'b.csv': [-0.11, 1] as [number, number] },
      null: { 'a.csv': [-1, 0] as [number, number], 'b.csv': [0, 0] as [number, number] },
    },
  });

  it('agrees where scores follow from raw scores, and raw scores from rows of windows', () => {
    expect(checkAgainstPublished(published(Number(hit.toFixed(4)), 50 * (hit - 0.11 + 1)), files)).toMatchObject({ ok: true });
  });

  it.each<[string, number, number]>([
    ['a score that does not follow', Number(hit.toFixed(4)), 50 * (hit - 0.11 + 1) + 0.02],
    ['a raw score that no row of the window has', 0.0123, 50 * (0.0123 - 0.11 + 1)],
  ])('disagrees with %s', (_, raw, standard) => {
    expect(checkAgainstPublished(published(raw, standard), files)).toMatchObject({ ok: false });
  });

  it('says so when there is nothing to compare with', () => {
    expect(checkAgainstPublished({ scores: [], perFile: {} }, files).lines[0]).toMatch(/^not checked/);
  });
});
