import { html } from 'htm/preact';
import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import type { Reading, SignalSeries } from '../../agent/api/contract.ts';
import { CHART_FONT, Chart, ceilingOf, type Palette } from './chart.ts';
import { formatTick, formatTime, formatValue } from './format.ts';
import { WINDOW_STEPS } from './merge-state.ts';

const isOutside = (observed: Reading, lower: Reading, upper: Reading): boolean =>
  observed !== null && ((upper !== null && observed > upper) || (lower !== null && observed < lower));

/** The observed values that left the band, with a neighbor each side so that a single step still draws a line. */
const outsideOf = (series: SignalSeries): readonly Reading[] => {
  const outside = series.observed.map((value, index) => isOutside(value, series.lower[index] ?? null, series.upper[index] ?? null));
  return series.observed.map((value, index) => (outside[index] || outside[index - 1] || outside[index + 1] ? value : null));
};

/** An axis that shows half a percent of errors as a wall would be an alarm of its own. */
const FLOOR: Readonly<Record<string, number>> = { ratio: 0.02, '1': 0.02, s: 0.01 };

const tickOf = (split: number, unit: string): string => {
  if (split === 0) return '0';
  if (unit === 'ratio' || unit === '1') return `${formatTick(split * 100)}%`;
  if (unit === 's') return split < 1 ? `${formatTick(split * 1_000)} ms` : `${formatTick(split)} s`;
  return formatTick(split);
};

const lineOptions =
  (unit: string) =>
  (palette: Palette): Omit<uPlot.Options, 'width' | 'height'> => ({
    padding: [6, 4, 5, 0],
    scales: { y: { range: (_self, _low, high) => [0, ceilingOf(Math.max(high ?? 0, FLOOR[unit] ?? 1))] } },
    axes: [
      { show: false },
      {
        size: 48,
        gap: 4,
        font: CHART_FONT,
        stroke: palette.text,
        grid: { stroke: palette.grid, width: 1 },
        ticks: { show: false },
        splits: (self) => [0, (self.scales.y?.max ?? 1) / 2, self.scales.y?.max ?? 1],
        values: (_self, splits) => splits.map((split, index) => (index === 1 ? '' : tickOf(split, unit))),
      },
    ],
    series: [
      {},
      { points: { show: false } },
      { points: { show: false } },
      { stroke: palette.expected, width: 1, dash: [4, 3], points: { show: false } },
      { stroke: palette.line, width: 1.5, points: { show: false } },
      { stroke: palette.harm, width: 2, points: { show: false } },
    ],
    bands: [{ series: [1, 2], fill: palette.band }],
  });

export interface BandChartProps {
  readonly series: SignalSeries;
  readonly title: string;
  readonly stepSeconds: number;
  /** Newest closed step of the agent: the right edge, so that a signal that stopped shows its silence. */
  readonly step: number;
  readonly height: number;
}

/** What was observed against where it was expected: band shaded, expectation dashed, departures in red. */
export const BandChart = ({ series, title, stepSeconds, step, height }: BandChartProps) => {
  const data = useMemo(() => {
    const times = series.observed.map((_value, index) => (series.stepIndexFrom + index + 1) * stepSeconds);
    return [times, series.upper, series.lower, series.expected, series.observed, outsideOf(series)] as unknown as uPlot.AlignedData;
  }, [series, stepSeconds, step]);
  const options = useMemo(() => lineOptions(series.unit), [series.unit]);
  const last = series.observed.length - 1;
  const value = (values: readonly Reading[], index: number): string => formatValue(values[index], series.unit);
  const say = (index: number): string =>
    `${value(series.observed, index)}, expected ${value(series.expected, index)}, band ${value(series.lower, index)} to ${value(series.upper, index)}`;
  const readout = (index: number): string => {
    const at = formatTime((series.stepIndexFrom + index + 1) * stepSeconds * 1_000);
    const bound = (values: readonly Reading[]): string => tickOf(values[index] ?? Number.NaN, series.unit);
    const lower = bound(series.lower);
    const upper = bound(series.upper);
    // "97 to 182 ms": a unit said once fits where two do not.
    const shared = / \S+$/.exec(upper)?.[0] ?? '';
    const from = shared !== '' && lower.endsWith(shared) ? lower.slice(0, -shared.length) : lower;
    return `${at}  ${value(series.observed, index).replace(` ${series.unit}`, '')}  (${from} to ${upper})`;
  };
  return html`<${Chart}
    height=${height}
    label=${`${series.service} ${title}: ${last < 0 ? 'no data' : say(last)}`}
    data=${data}
    from=${(step - WINDOW_STEPS + 2) * stepSeconds}
    to=${(step + 1) * stepSeconds}
    options=${options}
    readout=${readout}
  />`;
};
