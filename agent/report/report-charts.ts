import type { DemoReport, ScalingCost } from './demo-report-model.ts';
import { escapeHtml, figure, seconds } from './report-text.ts';

/** Pixels of a drawing and of the room for its axes. */
interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

type Scale = (value: number) => number;

const scaleOf = (low: number, high: number, from: number, to: number): Scale => {
  const span = high - low || 1;
  return (value) => from + ((value - low) / span) * (to - from);
};

/** About `count` round numbers over the range. */
const ticksOf = (low: number, high: number, count: number): readonly number[] => {
  const rough = (high - low) / count;
  if (!(rough > 0)) return [low];
  const unit = Number(`1e${Math.floor(Math.log10(rough))}`);
  const step = ([1, 2, 5, 10].find((factor) => factor * unit >= rough) ?? 10) * unit;
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_unused, index) => (first + index) * step);
};

const maximumOf = (...columns: readonly (readonly number[])[]): number =>
  columns.flat().reduce((most, value) => (Number.isFinite(value) && value > most ? value : most), 0);

const at = (value: number): string => String(Math.round(value * 10) / 10);

/** A path over what is present; an absent value lifts the pen. */
const linePath = (xs: readonly number[], ys: readonly number[], x: Scale, y: Scale, stepped: boolean): string => {
  let path = '';
  let down = false;
  xs.forEach((value, index) => {
    const height = ys[index];
    if (height === undefined || !Number.isFinite(height)) {
      down = false;
      return;
    }
    if (!down) path += `M${at(x(value))} ${at(y(height))}`;
    else path += stepped ? `H${at(x(value))}V${at(y(height))}` : `L${at(x(value))} ${at(y(height))}`;
    down = true;
  });
  return path;
};

const horizontalAxis = (
  frame: Frame,
  ticks: readonly number[],
  x: Scale,
  text: (value: number) => string,
  y = frame.height - frame.bottom,
): string =>
  ticks
    .map((tick) => `<text class="tick" text-anchor="middle" x="${at(x(tick))}" y="${at(y + 16)}">${escapeHtml(text(tick))}</text>`)
    .join('');

const verticalAxis = (frame: Frame, ticks: readonly number[], y: Scale): string =>
  ticks
    .map(
      (tick) =>
        `<path class="grid" d="M${frame.left} ${at(y(tick))}H${frame.width - frame.right}"/><text class="tick" text-anchor="end" x="${frame.left - 6}" y="${at(y(tick) + 4)}">${figure(tick)}</text>`,
    )
    .join('');

const LOAD: Frame = { width: 960, height: 400, left: 52, right: 24, top: 40, bottom: 124 };
const REPLICAS_TOP = 304;
const REPLICAS_BOTTOM = 374;

/** Load with what the replicas carry, replicas as ordered and as ready, and the time of each fault behind them. */
export const timelineChart = (report: DemoReport): string => {
  const { timeline } = report;
  if (timeline.seconds.length === 0) return '<p class="faint">No timeline was recorded.</p>';
  const end = Math.max(report.durationSeconds, timeline.seconds.at(-1) ?? 0);
  const top = maximumOf(timeline.offered, timeline.capacity) * 1.08 || 1;
  const replicasTop = maximumOf(timeline.replicasReady, timeline.replicasOrdered) + 1;
  const x = scaleOf(0, end, LOAD.left, LOAD.width - LOAD.right);
  const y = scaleOf(0, top, LOAD.height - LOAD.bottom, LOAD.top);
  const replicas = scaleOf(0, replicasTop, REPLICAS_BOTTOM, REPLICAS_TOP);
  const since = (instant: number): number => (instant - report.startedAt) / 1_000;
  const bands = report.faults.map((fault, index) => {
    const from = x(Math.max(0, since(fault.startedAt)));
    const to = x(Math.min(end, since(fault.endedAt)));
    const page =
      fault.detectedAt === undefined
        ? ''
        : `<path class="page" d="M${at(x(since(fault.detectedAt)))} ${LOAD.top}V${LOAD.height - LOAD.bottom}"/>`;
    return `<g><title>${escapeHtml(fault.title)}</title><rect class="fault" x="${at(from)}" y="${LOAD.top}" width="${at(Math.max(2, to - from))}" height="${REPLICAS_BOTTOM - LOAD.top}"/>${page}<text class="tick" x="${at(from + 3)}" y="${LOAD.top - 6 - (index % 2) * 13}">${index + 1} ${escapeHtml(fault.kind)}</text></g>`;
  });
  const surge = Number.isFinite(report.surge.startedAt)
    ? `<path class="surge" d="M${at(x(since(report.surge.startedAt)))} ${LOAD.top}V${REPLICAS_BOTTOM}"/><text class="tick" x="${at(x(since(report.surge.startedAt)) + 4)}" y="${LOAD.top + 12}">surge ×${figure(report.surge.factor)}</text>`
    : '';
  const line = (name: string, ys: readonly number[], scale: Scale, stepped: boolean): string =>
    `<path class="${name}" d="${linePath(timeline.seconds, ys, x, scale, stepped)}"/>`;
  return `<svg viewBox="0 0 ${LOAD.width} ${LOAD.height}" role="img" aria-label="Load, capacity and replicas over the run, with the time of each fault">
${bands.join('\n')}
${verticalAxis(LOAD, ticksOf(0, top, 5), y)}
${verticalAxis(LOAD, ticksOf(0, replicasTop, 3).filter(Number.isInteger), replicas)}
${horizontalAxis(LOAD, ticksOf(0, end, 8), x, (tick) => seconds(tick), REPLICAS_BOTTOM)}
${surge}
${line('capacity', timeline.capacity, y, true)}
${line('load', timeline.offered, y, false)}
${line('ready', timeline.replicasReady, replicas, true)}
${line('ordered', timeline.replicasOrdered, replicas, true)}
<text class="axis" x="${LOAD.left}" y="${REPLICAS_TOP - 6}">replicas</text>
<text class="axis" x="${LOAD.left}" y="12">requests per second</text>
</svg>
<p class="legend"><span><i class="key load"></i>load</span><span><i class="key capacity"></i>capacity of ready replicas</span><span><i class="key ordered"></i>replicas ordered</span><span><i class="key ready"></i>replicas ready</span><span><i class="key fault"></i>fault</span><span><i class="key page"></i>page</span></p>`;
};

const FRONTIER: Frame = { width: 960, height: 360, left: 64, right: 24, top: 20, bottom: 48 };

const byCost = <Point extends ScalingCost>(points: readonly Point[]): readonly Point[] =>
  points
    .filter((point) => Number.isFinite(point.replicaSeconds) && Number.isFinite(point.violationSeconds))
    .toSorted((a, b) => a.replicaSeconds - b.replicaSeconds);

/** Cost against harm: down and to the left is better. Every HPA setting in grey, our dial as a line, this run in red. */
export const frontierChart = (report: DemoReport): string => {
  const { sweep, dial, ours, measured } = report.scaling;
  const rivals = byCost(sweep);
  const settings = byCost(dial);
  const all = [...rivals, ...settings, ...byCost([ours, measured])];
  if (all.length === 0) return '<p class="faint">No scaling was measured.</p>';
  const costs = all.map((point) => point.replicaSeconds);
  const low = Math.min(...costs);
  const high = Math.max(...costs);
  const room = (high - low) * 0.06 || 1;
  const x = scaleOf(low - room, high + room, FRONTIER.left, FRONTIER.width - FRONTIER.right);
  const top = maximumOf(all.map((point) => point.violationSeconds)) * 1.06 || 1;
  const y = scaleOf(0, top, FRONTIER.height - FRONTIER.bottom, FRONTIER.top);
  const dot = (name: string, point: ScalingCost, radius: number, title: string): string =>
    Number.isFinite(point.replicaSeconds) && Number.isFinite(point.violationSeconds)
      ? `<circle class="${name}" cx="${at(x(point.replicaSeconds))}" cy="${at(y(point.violationSeconds))}" r="${radius}"><title>${escapeHtml(`${title}: ${figure(point.violationSeconds)} violation seconds, ${figure(point.replicaSeconds)} replica-seconds`)}</title></circle>`
      : '';
  const dialPath = linePath(
    settings.map((point) => point.replicaSeconds),
    settings.map((point) => point.violationSeconds),
    x,
    y,
    false,
  );
  return `<svg viewBox="0 0 ${FRONTIER.width} ${FRONTIER.height}" role="img" aria-label="Violation seconds against replica-seconds for every setting">
${verticalAxis(FRONTIER, ticksOf(0, top, 5), y)}
${horizontalAxis(FRONTIER, ticksOf(low - room, high + room, 7), x, (tick) => figure(tick))}
${rivals.map((point) => dot('rival', point, 4, point.label)).join('')}
<path class="dial" d="${dialPath}"/>
${settings.map((point) => dot('setting', point, 3, `risk ${figure(point.risk)}`)).join('')}
${dot('measured', measured, 6, 'measured')}${dot('ours', ours, 6, 'simulated, same forecasts')}
<text class="axis" x="${FRONTIER.left}" y="12">violation seconds</text>
<text class="axis" text-anchor="end" x="${FRONTIER.width - FRONTIER.right}" y="${FRONTIER.height - 8}">replica-seconds, demo time</text>
</svg>
<p class="legend"><span><i class="key ours"></i>ours</span><span><i class="key measured"></i>ours, measured live</span><span><i class="key dial"></i>our dial</span><span><i class="key rival"></i>HPA settings</span></p>`;
};
