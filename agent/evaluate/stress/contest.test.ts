import { describe, expect, it } from 'vitest';
import { risingEdges } from '../score/ranges.ts';
import { bestThreshold, compare, edgesAbove, type Hearing, randomOf, tally } from './contest.ts';
import { SERIES_SHAPES } from './series-shapes.ts';
import { SERVICE_SHAPES } from './service-shapes.ts';

const hearing = (
  score: readonly number[],
  alert: readonly number[],
  events: Hearing['events'],
  excused: Hearing['excused'] = [],
): Hearing => ({
  score: Float64Array.from(score),
  alert: Uint8Array.from(alert),
  events,
  excused,
  weeks: 1,
});

describe('what counts as found', () => {
  it('finds an event by an alarm that begins in it, or one row before it', () => {
    expect(tally([4], [{ first: 5, last: 8 }], [])).toEqual({ found: [true], falseAlarms: 0 });
    expect(tally([8], [{ first: 5, last: 8 }], [])).toEqual({ found: [true], falseAlarms: 0 });
    expect(tally([9], [{ first: 5, last: 8 }], [])).toEqual({ found: [false], falseAlarms: 1 });
  });

  it('does not find an event by an alarm that was open already', () => {
    const alert = Uint8Array.from([0, 1, 1, 1, 1, 1, 0]);
    expect(tally(risingEdges(alert), [{ first: 3, last: 5 }], [])).toEqual({ found: [false], falseAlarms: 1 });
  });

  it('counts neither a second alarm in one event nor one in excused rows as false', () => {
    expect(tally([5, 7, 12], [{ first: 5, last: 8 }], [{ first: 11, last: 14 }]).falseAlarms).toBe(0);
  });

  it('counts rows above a threshold that are close together as one alarm', () => {
    expect(edgesAbove(Float64Array.from([0, 9, 0, 9, 0, 0, 0, 9]), 5)).toEqual([1, 7]);
  });
});

describe('the contest at equal false alarms', () => {
  const events = [
    { first: 10, last: 12 },
    { first: 30, last: 32 },
  ];
  const rows = 40;
  const scoreWith = (peaks: Readonly<Record<number, number>>) => Array.from({ length: rows }, (_, row) => peaks[row] ?? 0.01 * (row % 7));

  it('gives a rival the threshold that finds most without more false alarms than ours', () => {
    const loud = hearing(scoreWith({ 11: 5, 20: 4, 31: 3 }), [], events);
    expect(bestThreshold([loud], 0).found).toEqual([true, false]);
    expect(bestThreshold([loud], 1).found).toEqual([true, true]);
  });

  it('calls a difference of one event level and one of many behind', () => {
    const silent = hearing(scoreWith({}), new Array<number>(rows).fill(0), events);
    const rival = { name: 'rival', hearings: [hearing(scoreWith({ 11: 5, 31: 5 }), [], events)] };
    expect(compare({ name: 'two events', trap: '' }, [silent], [rival])).toMatchObject({ found: 0, verdict: 'level' });
    const many = Array.from({ length: 4 }, () => silent);
    const rivals = { name: 'rival', hearings: Array.from({ length: 4 }, () => rival.hearings[0] as Hearing) };
    expect(compare({ name: 'eight events', trap: '' }, many, [rivals])).toMatchObject({ events: 8, verdict: 'behind' });
  });
});

const bytesOf = (values: Float64Array): Buffer => Buffer.from(values.buffer);

describe('drawn shapes', () => {
  it.each(SERIES_SHAPES)(
    '$name: the same seed draws the same rows, with faults inside them and none where none were asked for',
    (shape) => {
      const once = shape.draw(randomOf(7, shape.name, 0), true);
      const again = shape.draw(randomOf(7, shape.name, 0), true);
      expect(again.events).toEqual(once.events);
      expect(bytesOf(again.values).equals(bytesOf(once.values))).toBe(true);
      expect(once.values.length).toBe(shape.grid.rows);
      expect(once.values.some((value) => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY)).toBe(false);
      expect(once.events.length).toBeGreaterThanOrEqual(1);
      for (const event of once.events) expect(event.first > shape.grid.rows * 0.2 && event.last < shape.grid.rows).toBe(true);
      expect(shape.draw(randomOf(7, shape.name, 0), false).events).toEqual([]);
    },
  );

  it.each(SERVICE_SHAPES.filter((shape) => shape.metrics <= 20 && shape.test.rows < 4_000))(
    '$name: each fault moves the columns it says, in the test part only',
    (shape) => {
      const once = shape.draw(randomOf(7, shape.name, 0), true);
      expect(once.train.length).toBe(shape.metrics);
      expect(once.test[0]?.length).toBe(shape.test.rows);
      expect(once.events.length).toBeGreaterThanOrEqual(1);
      expect(once.moved.every((columns) => columns.length > 0 && columns.every((j) => j < shape.metrics))).toBe(true);
      expect(shape.draw(randomOf(7, shape.name, 0), false).events).toEqual([]);
    },
  );
});
