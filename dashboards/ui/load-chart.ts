import { html } from 'htm/preact';
import { useMemo, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { Reading, ScalingView } from '../../agent/api/contract.ts';
import { CHART_FONT, Chart, ceilingOf, type Palette } from './chart.ts';
import { ABSENT, formatCount, formatNumber, formatTick, formatTime } from './format.ts';
import { WINDOW_STEPS } from './merge-state.ts';

/** Steps of the past in the drawing, plus the horizon: the future gets its share of the width. */
const timeAxis = (palette: Palette): uPlot.Axis => ({
  size: 22,
  gap: 4,
  space: 76,
  font: CHART_FONT,
  stroke: palette.text,
  grid: { stroke: palette.grid, width: 1 },
  ticks: { show: false },
  values: (_self, splits) => splits.map((split) => formatTime(split * 1_000)),
});

const valueAxis = (palette: Palette, whole: boolean): uPlot.Axis => ({
  size: 48,
  gap: 4,
  space: 24,
  font: CHART_FONT,
  stroke: palette.text,
  grid: { stroke: palette.grid, width: 1 },
  ticks: { show: false },
  values: (_self, splits) => splits.map((split) => (whole && !Number.isInteger(split) ? '' : formatTick(split))),
});

/** A line between what was and what may come. */
const drawNow =
  (palette: Palette, now: () => number) =>
  (self: uPlot): void => {
    const x = Math.round(self.valToPos(now(), 'x', true));
    const { ctx, bbox } = self;
    ctx.save();
    ctx.strokeStyle = palette.text;
    ctx.globalAlpha = 0.6;
    ctx.setLineDash([2, 3]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  };

interface Span {
  readonly first: number;
  readonly length: number;
}

const spanOf = (view: ScalingView): Span => {
  const past = view.observedLoad.length;
  const forecast = view.forecast;
  const end = forecast === undefined ? 0 : forecast.stepIndexFrom + (forecast.quantiles[0]?.length ?? 0) - view.stepIndexFrom;
  return { first: view.stepIndexFrom, length: Math.max(past, Math.min(end, past + WINDOW_STEPS)) };
};

const place = (values: readonly Reading[], from: number, span: Span): readonly Reading[] =>
  Array.from({ length: span.length }, (_unused, index) => values[index - from + span.first] ?? null);

/** The forecast's quantile nearest to a level, laid on the time axis; absent where it does not reach. */
const quantileOf = (view: ScalingView, level: number, span: Span): readonly Reading[] => {
  const forecast = view.forecast;
  const at = forecast === undefined ? -1 : forecast.levels.findIndex((known) => Math.abs(known - level) < 0.02);
  const values = forecast?.quantiles[at];
  return forecast === undefined || values === undefined ? place([], span.first, span) : place(values, forecast.stepIndexFrom, span);
};

export interface LoadChartProps {
  readonly view: ScalingView;
  readonly stepSeconds: number;
  readonly step: number;
}

const edges = (view: ScalingView, stepSeconds: number, step: number, span: Span) => ({
  from: (step - WINDOW_STEPS + 2) * stepSeconds,
  to: Math.max(step + 1, view.stepIndexFrom + span.length) * stepSeconds,
});

const loadOptions =
  (now: () => number) =>
  (palette: Palette): Omit<uPlot.Options, 'width' | 'height'> => ({
    padding: [8, 8, 0, 0],
    scales: { y: { range: (_self, _low, high) => [0, ceilingOf((high ?? 1) * 1.05)] } },
    axes: [timeAxis(palette), valueAxis(palette, false)],
    series: [
      {},
      { points: { show: false } },
      { points: { show: false } },
      { points: { show: false } },
      { stroke: palette.expected, width: 1.5, dash: [5, 4], points: { show: false } },
      {
        stroke: palette.capacity,
        width: 1.5,
        paths: uPlot.paths.stepped?.({ align: -1 }) as uPlot.Series.PathBuilder,
        points: { show: false },
      },
      { stroke: palette.line, width: 1.75, points: { show: false } },
    ],
    bands: [
      { series: [1, 2], fill: palette.bandFaint },
      { series: [2, 3], fill: palette.band },
    ],
    hooks: { draw: [drawNow(palette, now)] },
  });

/** Load against what the ready replicas carry, and the fan of what is expected to come. */
export const LoadChart = ({ view, stepSeconds, step }: LoadChartProps) => {
  const span = spanOf(view);
  const rows = useMemo(() => {
    const { first } = span;
    return {
      q99: quantileOf(view, 0.99, span),
      q90: quantileOf(view, 0.9, span),
      q50: quantileOf(view, 0.5, span),
      q10: quantileOf(view, 0.1, span),
      capacity: place(view.capacity, first, span),
      load: place(view.observedLoad, first, span),
    };
  }, [view, step]);
  const data = useMemo(() => {
    const times = rows.load.map((_value, index) => (view.stepIndexFrom + index + 1) * stepSeconds);
    return [times, rows.q99, rows.q90, rows.q10, rows.q50, rows.capacity, rows.load] as unknown as uPlot.AlignedData;
  }, [rows, stepSeconds]);
  // The drawing is created once and must still read the newest step's time.
  const clock = useRef(0);
  clock.current = (step + 1) * stepSeconds;
  const options = useMemo(() => loadOptions(() => clock.current), []);
  const readout = (index: number): string => {
    const at = formatTime((view.stepIndexFrom + index + 1) * stepSeconds * 1_000);
    const load = rows.load[index];
    if (load !== null && load !== undefined) return `${at}  load ${formatNumber(load)}  capacity ${formatNumber(rows.capacity[index])}`;
    const expected = rows.q50[index];
    if (expected === null || expected === undefined) return `${at}  ${ABSENT}`;
    return `${at}  expected ${formatNumber(expected)}  90% below ${formatNumber(rows.q90[index])}  99% below ${formatNumber(rows.q99[index])}`;
  };
  return html`<${Chart}
    height=${188}
    label=${`Load of ${view.target} in ${view.unit}: ${readout(Math.max(0, view.observedLoad.length - 1))}`}
    data=${data}
    ...${edges(view, stepSeconds, step, span)}
    options=${options}
    readout=${readout}
  />`;
};

const replicaOptions = (palette: Palette): Omit<uPlot.Options, 'width' | 'height'> => {
  const stepped = uPlot.paths.stepped?.({ align: -1 }) as uPlot.Series.PathBuilder;
  return {
    padding: [8, 8, 4, 0],
    scales: { y: { range: (_self, _low, high) => [0, Math.max(2, Math.ceil((high ?? 1) + 0.5))] } },
    axes: [{ ...timeAxis(palette), size: 0, values: () => [] }, valueAxis(palette, true)],
    series: [
      {},
      { stroke: palette.capacity, fill: palette.bandFaint, width: 1.5, paths: stepped, points: { show: false } },
      { stroke: palette.ordered, width: 1.5, dash: [4, 3], paths: stepped, points: { show: false } },
    ],
  };
};

/** Replicas as ordered and as ready: the gap between the two is the lead time at work. */
export const ReplicaChart = ({ view, stepSeconds, step }: LoadChartProps) => {
  const span = spanOf(view);
  const data = useMemo(() => {
    const ready = place(view.readyReplicas, span.first, span);
    const ordered = place(view.orderedReplicas, span.first, span);
    const times = ready.map((_value, index) => (view.stepIndexFrom + index + 1) * stepSeconds);
    return [times, ready, ordered] as unknown as uPlot.AlignedData;
  }, [view, stepSeconds, step]);
  const readout = (index: number): string =>
    `${formatTime((view.stepIndexFrom + index + 1) * stepSeconds * 1_000)}  ordered ${formatCount(view.orderedReplicas[index])}  ready ${formatCount(view.readyReplicas[index])}`;
  return html`<${Chart}
    height=${84}
    label=${`Replicas of ${view.target}: ${readout(Math.max(0, view.readyReplicas.length - 1))}`}
    data=${data}
    ...${edges(view, stepSeconds, step, span)}
    options=${replicaOptions}
    readout=${readout}
  />`;
};
