import { describe, expect, it } from 'vitest';
import {
  formatInstant,
  formatLatency,
  formatNumber,
  formatObjective,
  formatPercent,
  formatSpan,
  formatTick,
  formatTime,
  formatValue,
} from './format.ts';

describe('numbers as people read them', () => {
  it.each([
    [formatNumber(undefined), '–'],
    [formatNumber(null), '–'],
    [formatNumber(Number.NaN), '–'],
    [formatNumber(0), '0'],
    [formatNumber(0.01234), '0.012'],
    [formatNumber(12.34), '12.3'],
    [formatNumber(1_234), '1234'],
    [formatNumber(12_345), '12.3k'],
    [formatNumber(12_345_678), '12.3M'],
    [formatTick(250), '250'],
    [formatTick(50), '50'],
    [formatTick(2.5), '2.5'],
    [formatTick(10_000), '10k'],
    [formatPercent(0.00031), '0.03%'],
    [formatPercent(0.0123), '1.2%'],
    [formatPercent(0.5), '50%'],
    [formatPercent(null), '–'],
    [formatObjective(0.9995), '99.95%'],
    [formatObjective(0.999), '99.9%'],
    [formatLatency(0.0000421), '42 µs'],
    [formatLatency(0.0123), '12.3 ms'],
    [formatLatency(1.5), '1.50 s'],
    [formatSpan(45.2), '45 s'],
    [formatSpan(245), '4 min 05 s'],
    [formatSpan(12_000), '3 h 20 min'],
    [formatSpan(200_000), '2 d 7 h'],
    [formatTime(Date.UTC(2026, 2, 14, 9, 26, 53)), '09:26:53'],
    [formatInstant(Date.UTC(2026, 2, 14, 9, 26, 53)), '2026-03-14 09:26:53 UTC'],
    [formatInstant(1e300), '–'],
    [formatValue(0.124, 'ratio'), '12%'],
    [formatValue(0.192, 's'), '192 ms'],
    [formatValue(96.8, 'requests/s'), '96.8 requests/s'],
    [formatValue(null, 's'), '–'],
  ])('reads %s', (shown, wanted) => {
    expect(shown).toBe(wanted);
  });
});
