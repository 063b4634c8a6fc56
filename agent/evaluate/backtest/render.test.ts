import { expect, it } from 'vitest';
import { parseTable } from '../data/table.ts';
import { renderMultivariate } from './render.ts';

it('names of columns cannot become formulas, nor break the row', () => {
  const parsed = parseTable('timestamp,"=HYPERLINK(1)","a,b",+c,d\n0,1,2,3,4\n60,1,2,3,4\n', 'f.csv');
  if (!parsed.ok) throw new Error(parsed.error.message);
  const text = renderMultivariate(parsed.value, {
    score: Float64Array.of(0.5, Number.NaN),
    evidence: Float64Array.of(2, Number.POSITIVE_INFINITY),
    alert: Uint8Array.of(1, 0),
    top: [['=HYPERLINK(1)', 'a,b', '+c', 'd'], ['d']],
  });
  expect(text).toBe(`timestamp,score,evidence,alert,top\n0,0.5,2,1,"'=HYPERLINK(1);a,b;'+c;d"\n60,,,0,\n`);
});
