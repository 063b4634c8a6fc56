import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/random.ts';
import { poisson } from '../../../detectors/seasonal/synthetic.ts';
import { splitSilence } from './gaps.ts';

const DAY = 96;
const known = (values: Float64Array): number => values.reduce((sum, value) => sum + Number(!Number.isNaN(value)), 0);

describe('silence', () => {
  it('of a busy service is a gap: all of it is not judged, and a reader knows after some steps', () => {
    const values = Float64Array.from({ length: 4 * DAY }, (_, step) => (step >= 300 && step < 340 ? 0 : 30));
    const { fed, judged } = splitSilence(values, DAY);
    expect(known(judged)).toBe(values.length - 40);
    expect([...fed.subarray(300, 307)]).toEqual(Array(7).fill(0));
    expect(fed.subarray(307, 340).every(Number.isNaN)).toBe(true);
    expect(fed[340]).toBe(30);
  });

  it.each([
    ['of a few minutes is a fall', (step: number) => (step >= 300 && step < 306 ? 0 : 30)],
    ['of every night is a habit', (step: number) => (step % DAY < 24 ? 0 : 30)],
    ['between rare requests is chance', (step: number) => (step % 5 === 0 ? 1 : 0)],
    ['of a service that was never called is no gap', () => 0],
  ])('%s', (_, loadAt) => {
    // Of a habit the first night is taken for a gap: there was no night before it to know better from.
    const values = Float64Array.from({ length: 6 * DAY }, (__, step) => loadAt(step));
    const { fed, judged } = splitSilence(values, DAY);
    expect(known(judged)).toBe(values.length);
    expect([...fed]).toEqual([...values]);
  });

  it('is told from what was known at the time alone', () => {
    const random = seededRandom(9);
    const values = Float64Array.from({ length: 500 }, (_, step) => (step % 130 > 110 ? 0 : poisson(random, 20)));
    const whole = splitSilence(values, DAY).fed;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), (length) => {
        expect([...splitSilence(values.subarray(0, length), DAY).fed]).toEqual([...whole.subarray(0, length)]);
      }),
      { numRuns: 40, seed: 3 },
    );
  });
});
