import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/random.ts';
import { DAY, daily, lived, noisy } from './synthetic.ts';

const HOUR = 3_600;

const told = (opened: readonly number[], fault: number, within: number): boolean =>
  opened.some((at) => at >= fault && at <= fault + within);

describe('harm that comes again', () => {
  it.each([
    [300, 'a day after the first, and the third two days later'],
    [60, 'a day after the first, and the third two days later, at steps of a minute'],
  ])('at steps of %i s the second equal fault pages %s', (step) => {
    const faults = [8.4 * DAY, 9.55 * DAY, 11.6 * DAY];
    const swing = daily(80, 120);
    const course = noisy(
      11,
      (seconds, row) => swing(seconds, row) * (faults.some((at) => seconds >= at && seconds < at + HOUR) ? 1.8 : 1),
      0.05,
    );
    const { opened } = lived(step, 12, course);
    for (const fault of faults) expect(told(opened, fault, HOUR / 2), `fault at day ${fault / DAY} among ${opened}`).toBe(true);
  });

  it('costs nothing after an outage: a rise to twice the level two days after a fall to nothing pages within half an hour', () => {
    const [outage, rise] = [9.3 * DAY, 11.45 * DAY];
    const course = noisy(
      12,
      (seconds) => {
        if (seconds >= outage && seconds < outage + HOUR) return 0;
        return seconds >= rise && seconds < rise + HOUR ? 400 : 200;
      },
      0.06,
    );
    const { opened } = lived(300, 12, course);
    expect(told(opened, outage, HOUR / 2)).toBe(true);
    expect(told(opened, rise, HOUR / 2)).toBe(true);
  });
});

describe('a fall that no single minute shows', () => {
  it('of three tenths in noisy minute counts pages within half an hour, on a weekday and on the Saturday after', () => {
    const [first, second] = [9.45 * DAY, 12.5 * DAY];
    const fell = (seconds: number): boolean => [first, second].some((at) => seconds >= at && seconds < at + HOUR);
    const swing = daily(600, 1_200);
    const weekend = (seconds: number): boolean => Math.floor(seconds / DAY) % 7 >= 5;
    const course = noisy(17, (seconds, row) => swing(seconds, row) * (weekend(seconds) ? 0.8 : 1) * (fell(seconds) ? 0.7 : 1), 0.083);
    const { opened } = lived(60, 12.6, course);
    expect(told(opened, first, HOUR / 2)).toBe(true);
    expect(told(opened, second, HOUR / 2)).toBe(true);
  });
});

describe('what a series does by habit', () => {
  it('is told of less and less: bursts at any hour, ten a week, page more in their first two weeks than in the two after', () => {
    const random = seededRandom(13);
    const bursts = Array.from({ length: 60 }, () => (6 + 36 * random()) * DAY);
    const course = noisy(14, (seconds) => (bursts.some((at) => seconds >= at && seconds < at + 900) ? 400 : 100), 0.08);
    const { opened } = lived(300, 42, course);
    const between = (from: number, until: number): number => opened.filter((at) => at >= from * DAY && at < until * DAY).length;
    expect(between(6, 20)).toBeGreaterThanOrEqual(3);
    expect(between(28, 42)).toBeLessThan(between(6, 20));
  });
});

describe('a size never seen before', () => {
  it('is known from the largest of habit by a third: a heap that fills and is collected, and once is not', () => {
    const random = seededRandom(15);
    const stuck = 10.2 * DAY;
    let heap = 40;
    const { opened } = lived(300, 10.4, (seconds) => {
      heap += 1.4 + 0.6 * (random() - 0.5);
      if (seconds >= stuck) heap = Math.max(heap, 97);
      else if (heap > 90) heap = 40;
      return Math.min(heap, 100 + random() / 5);
    });
    expect(told(opened, stuck, 3 * HOUR)).toBe(true);
  });

  it('that is absurd costs no resolution: after a spike of a billion times the level a fall by half pages within the hour', () => {
    const fall = 9 * DAY;
    const course = noisy(16, (seconds) => (seconds === 5 * DAY ? 1e11 : seconds >= fall ? 50 : 100), 0.05);
    expect(told(lived(300, 9.2, course).opened, fall, HOUR)).toBe(true);
  });
});
