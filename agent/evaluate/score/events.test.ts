import { describe, expect, it } from 'vitest';
import { f1Of, precisionOf, scoreEvents } from './events.ts';
import { flagsOf, type RowRange } from './ranges.ts';

const MINUTE = 60;
const HOUR = 3_600;

const alertOf = (rows: number, ...alarms: readonly (readonly [number, number])[]): Uint8Array =>
  flagsOf(
    alarms.map(([first, last]) => ({ first, last })),
    rows,
  );

const event = (first: number, last: number): RowRange => ({ first, last });

describe('an alarm', () => {
  it.each<[string, readonly [number, number], number | undefined]>([
    ['one row before the event begins detects it at once', [99, 110], 0],
    ['two rows before is neither a detection nor false: nobody was told of the event', [98, 110], undefined],
    ['at its first row detects it at once', [100, 101], 0],
    ['30 minutes into it detects it', [130, 140], 1_800],
    ['31 minutes into it is too late', [131, 140], undefined],
  ])('%s', (_, alarm, delay) => {
    const score = scoreEvents(alertOf(400, alarm), [event(100, 300)], MINUTE);
    expect(score.detections.map(({ delaySeconds }) => delaySeconds)).toEqual(delay === undefined ? [] : [delay]);
    expect(score.falseAlarms).toEqual([]);
  });

  it('of hourly rows has three rows, and never more than the event lasts', () => {
    const detected = (alarm: number, last: number): number =>
      scoreEvents(alertOf(60, [alarm, alarm]), [event(20, last)], HOUR).detections.length;
    expect([20, 21, 22, 23, 24].map((alarm) => detected(alarm, 40))).toEqual([1, 1, 1, 1, 0]);
    expect(detected(22, 21)).toBe(0);
  });

  it('that was open all along detects nothing, and hides the next event', () => {
    expect(scoreEvents(alertOf(400, [10, 390]), [event(100, 120), event(200, 220)], MINUTE).detections).toEqual([]);
  });

  it('that touches no event is false; two within three rows are one', () => {
    expect(scoreEvents(alertOf(400, [10, 12], [16, 18], [50, 51], [100, 101]), [event(100, 120)], MINUTE).falseAlarms).toEqual([10, 50]);
  });

  it('outside events costs time, inside it does not', () => {
    expect(scoreEvents(alertOf(400, [95, 130]), [event(100, 119)], MINUTE)).toMatchObject({ rowsOutside: 380, alertRowsOutside: 16 });
  });
});

describe('precision and F1', () => {
  it('are known without a false alarm and unknown without an alarm', () => {
    expect(precisionOf(3, 1)).toBe(0.75);
    expect(precisionOf(0, 0)).toBeNaN();
    expect(f1Of(26, 2, 30)).toBeCloseTo(0.897, 3);
    expect(f1Of(0, 0, 5)).toBe(0);
  });
});
