import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/random.ts';
import {
  createTailEvidence,
  describeTailEvidence,
  observeValue,
  restoreTailEvidence,
  rowOf,
  STATE_BYTES,
  snapshotTailEvidence,
  TAIL_EVIDENCE,
  type TailEvidenceRow,
  tailEvidenceSchema,
} from './index.ts';
import { type Course, DAY, daily, lived, MONDAY, noisy } from './synthetic.ts';

describe('two weeks of a daily swing', () => {
  it('open nothing, and a fall to a third at the daily peak that stays within the daily range is found within the hour', () => {
    const swing = daily(100, 300);
    const fault = 13.25 * DAY;
    const course = noisy(1, (seconds, row) => swing(seconds, row) * (seconds >= fault ? 0.4 : 1), 0.05);
    const { opened } = lived(300, 13.5, course);
    expect(opened.filter((at) => at > DAY && at < fault)).toEqual([]);
    expect(opened.filter((at) => at >= fault)[0]).toBeLessThanOrEqual(fault + 3_600);
  });
});

describe('a service that begins to live after a week of zeros', () => {
  it('is told of once, does not stay in alarm, and a later outage is found', () => {
    const began = 7 * DAY;
    const outage = 12.5 * DAY;
    const course = noisy(2, (seconds) => (seconds < began || seconds >= outage ? 0 : 500), 0.06);
    const { opened, openWithin } = lived(300, 12.7, course);
    expect(opened[0]).toBeGreaterThanOrEqual(began);
    expect(opened[0]).toBeLessThanOrEqual(began + 1_800);
    expect(openWithin(began + 1.1 * DAY, outage)).toBe(false);
    expect(opened.some((at) => at >= outage && at <= outage + 3_600)).toBe(true);
  });
});

describe('a level that shifts for good', () => {
  it('is told of within the hour, is the new normal after a day, and a fall from there is found', () => {
    const shift = 8 * DAY;
    const fall = 11.3 * DAY;
    const course = noisy(3, (seconds) => (seconds < shift ? 50 : seconds < fall ? 200 : 60), 0.08);
    const { opened, openWithin, rows } = lived(300, 11.5, course);
    expect(opened.some((at) => at >= shift && at <= shift + 3_600)).toBe(true);
    expect(openWithin(shift + 1.1 * DAY, fall)).toBe(false);
    expect((rows[(10 * DAY) / 300] as TailEvidenceRow).expected).toBeGreaterThan(160);
    expect(opened.some((at) => at >= fall && at <= fall + 3_600)).toBe(true);
  });
});

describe('a job that runs every day at six', () => {
  it('is no alert any more once a weekday and a weekend have seen it', () => {
    const course = noisy(4, (seconds) => (seconds % DAY >= 6 * 3_600 && seconds % DAY < 6 * 3_600 + 1_200 ? 900 : 300), 0.04);
    const { opened } = lived(300, 14, course);
    expect(opened.filter((at) => at > 6 * DAY)).toEqual([]);
  });
});

describe('steps of 10 seconds to an hour', () => {
  it.each([10, 60, 300, 900, 3_600])(
    'of %i s: silence while nothing happens, and an outage is found within 10 minutes or 2 steps',
    (step) => {
      const days = step < 60 ? 3 : 10;
      const outage = (days - 0.5) * DAY;
      const course = noisy(step, (seconds) => (seconds >= outage ? 0 : 1_000), 0.05);
      const { opened } = lived(step, days - 0.4, course);
      expect(opened.filter((at) => at >= DAY && at < outage).length).toBeLessThanOrEqual(1);
      expect(opened.some((at) => at >= outage && at <= outage + Math.max(600, 2 * step))).toBe(true);
    },
  );
});

describe('counts of 0 to 3', () => {
  it('are noise however often they jump', () => {
    const random = seededRandom(6);
    const { opened } = lived(300, 14, () => Math.floor(4 * random() * random()));
    expect(opened.length).toBeLessThanOrEqual(1);
  });
});

const isSound = (row: TailEvidenceRow): boolean =>
  Object.values(row).every((value) => Number.isFinite(value)) &&
  row.score >= 0 &&
  row.score <= 1 &&
  row.lower <= row.upper &&
  row.evidence >= 0;

describe('any series at all', () => {
  const HOSTILE: readonly (readonly [string, Course])[] = [
    ['one value for ever', () => 7],
    ['zeros', () => 0],
    ['no number', () => Number.NaN],
    ['infinite', () => Number.POSITIVE_INFINITY],
    ['1e308', () => 1e308],
    ['1e308 with a sign that alternates', (_, row) => (row % 2 === 0 ? 1e308 : -1e308)],
    ['an alternating sign', (_, row) => (row % 2 === 0 ? 5 : -5)],
    ['the smallest number there is', (_, row) => (row % 3) * Number.MIN_VALUE],
    ['one huge spike', (_, row) => (row === 700 ? 1e300 : Math.sin(row))],
    ['nine of ten missing', (_, row) => (row % 10 === 0 ? Math.cos(row) : Number.NaN)],
    ['a unit that changes', (_, row) => (2 + Math.sin(row)) * (row > 700 ? 1_000 : 1)],
    ['one value, then nothing', (_, row) => (row === 0 ? 3 : Number.NaN)],
  ];
  it.each(HOSTILE)('%s: no NaN, a score in [0, 1], a band around what is expected', (_, course) => {
    for (const row of lived(300, 5, course).rows) {
      expect(isSound(row)).toBe(true);
    }
  });

  it('survives clocks that stand still, run back and leap', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double(), fc.oneof(fc.double(), fc.double({ min: -10, max: 10, noNaN: true }))), {
          minLength: 30,
          maxLength: 120,
        }),
        fc.constantFrom(1, 60, 86_400),
        (values, step) => {
          const detector = createTailEvidence(TAIL_EVIDENCE, step);
          for (const [at, value] of values) {
            observeValue(detector, at, value);
            expect(isSound(rowOf(detector))).toBe(true);
          }
        },
      ),
      { numRuns: 60, endOnFailure: true },
    );
  });
});

describe('absence', () => {
  it('repeats what was said and changes nothing', () => {
    const { detector } = lived(300, 2, noisy(7, daily(10, 20), 0.1));
    const [before, said] = [snapshotTailEvidence(detector), rowOf(detector)];
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) observeValue(detector, MONDAY + 9 * DAY, value);
    observeValue(detector, Number.NaN, 5);
    expect(snapshotTailEvidence(detector)).toEqual(before);
    expect(rowOf(detector)).toEqual(said);
  });
});

describe('a snapshot', () => {
  it('continues bit for bit, in at most 4 KB', () => {
    const course = noisy(8, daily(10, 20), 0.1);
    const { detector } = lived(300, 3, course);
    const restored = restoreTailEvidence(snapshotTailEvidence(detector), TAIL_EVIDENCE, 300);
    if (!restored.ok) throw new Error(restored.error.message);
    for (let row = 0; row < 500; row += 1) {
      const value = course(row * 300, row);
      observeValue(detector, MONDAY + 3 * DAY + row * 300, value);
      observeValue(restored.value, MONDAY + 3 * DAY + row * 300, value);
    }
    expect(snapshotTailEvidence(restored.value)).toEqual(snapshotTailEvidence(detector));
    expect(STATE_BYTES).toBeLessThanOrEqual(4_096);
  });

  it('that is cut, of another format or of other steps is refused with a reason', () => {
    const bytes = snapshotTailEvidence(createTailEvidence(TAIL_EVIDENCE, 60));
    const foreign = bytes.slice();
    foreign[0] = 99;
    for (const [given, step, why] of [
      [bytes.slice(0, 100), 60, /100 bytes/],
      [foreign, 60, /format 99/],
      [bytes, 300, /steps of 60 s/],
    ] as const) {
      const restored = restoreTailEvidence(given, TAIL_EVIDENCE, step);
      expect(restored.ok).toBe(false);
      if (!restored.ok) expect(restored.error.message).toMatch(why);
    }
  });
});

describe('what it says', () => {
  it('names what was expected, what was seen, how sure it is and why', () => {
    const { detector } = lived(
      300,
      6,
      noisy(9, (seconds) => (seconds >= 5.9 * DAY ? 30 : 100), 0.05),
    );
    expect(describeTailEvidence(detector)).toMatch(
      /^Expected [\d.]+ \([\d.]+ to [\d.]+\), seen [\d.]+, (above|below) it: evidence [\d.]+ \(.+by its own history of 1728 rows.+\), because it departs most from .+\.$/,
    );
    expect(describeTailEvidence(createTailEvidence(TAIL_EVIDENCE, 60))).toBe('No value has been seen yet.');
  });
});

describe('constants', () => {
  it('are the defaults of their schema, each with a description; a step must have a length', () => {
    expect(tailEvidenceSchema.parse({})).toEqual(TAIL_EVIDENCE);
    for (const field of Object.values(tailEvidenceSchema.shape)) expect(field.description?.length ?? 0).toBeGreaterThan(10);
    expect(tailEvidenceSchema.safeParse({ openChance: -1 }).success).toBe(false);
    expect(() => createTailEvidence(TAIL_EVIDENCE, 0)).toThrow('longer than 0 s');
  });
});
