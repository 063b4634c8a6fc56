import { POINT_COUNTER_CUMULATIVE, POINT_COUNTER_DELTA, POINT_CURSOR, POINT_EVENTS } from '../../../core/batch.ts';
import type { StreamTable } from '../../../core/stream.ts';
import { stepsPerDay, type TimeScale } from '../../../core/time.ts';
import type { ServiceRegistry } from '../../red/index.ts';
import { emitMetrics } from './emit-metrics.ts';
import { countAbove, type HistogramIncrease, histogramDifference, mergeBuckets, sumOfLogs } from './histogram-reading.ts';
import {
  type Advance,
  advanceStream,
  clearReading,
  createStreamColumns,
  isHeld,
  MODE_BASELINE,
  MODE_DIFFERENCE,
  MODE_DROP,
  NO_GROUP,
  orderByStream,
  type PointCounts,
  type Reading,
  readPoint,
  reserveStream,
  type StreamColumns,
  sortByTime,
  sumLevels,
} from './kernel.ts';
import type { MetricCollector, MetricState } from './metric-contract.ts';
import { createMetricGroups, type MetricGroup, type StreamTraits, traitsOf } from './metric-groups.ts';
import {
  appendHistogram,
  appendSample,
  boundsOf,
  bucketsOf,
  createHistogramRows,
  createMetricResult,
  createSampleRows,
  type HistogramRows,
  type MetricResult,
  type MetricStep,
  type SampleRows,
} from './metric-step.ts';

const newCounts = (): PointCounts => ({
  points: 0,
  duplicates: 0,
  conflicts: 0,
  resets: 0,
  resetsInferred: 0,
  singleWriterViolations: 0,
  overlaps: 0,
  gaps: 0,
  outdated: 0,
  invalid: 0,
});

/** A counter says what happened until its time, so a point on the boundary belongs to the step that ends there. */
const stepThatEndsBy = (time: number, stepMs: number): number => Math.ceil(time / stepMs) - 1;

/** Points of metrics to signals by model key: each stream is rated by itself, then the streams of all instances are put together. */
export const createMetricCollector = (
  scale: TimeScale,
  streams: StreamTable,
  registry: ServiceRegistry,
  admit: (signals: number, what: () => string) => boolean,
  restored?: MetricState,
): MetricCollector => {
  const { stepMs } = scale;
  const day = stepsPerDay(scale);
  const counts: PointCounts = { ...(restored?.counts ?? newCounts()) };
  const columns: StreamColumns = createStreamColumns();
  if (restored !== undefined) Object.assign(columns, restored.columns);
  const groups = createMetricGroups(registry, admit);
  const memories = new Map<number, HistogramIncrease>(restored?.histograms ?? []);
  const traits = new Map<number, StreamTraits>();
  /** The stream that named each group, from which a restart rebuilds it. */
  const namedBy: number[] = [];
  const reading: Reading = { increase: 0, coveredMs: 0, sum: 0, observations: 0, last: Number.NaN };
  const advance: Advance = { mode: MODE_BASELINE, coveredMs: 0 };

  const groupOf = (stream: number, folded?: boolean): MetricGroup => {
    reserveStream(columns, stream);
    const known = columns.group[stream] as number;
    if (known !== NO_GROUP) return groups.at(known);
    const group = groups.groupOf(streams.describe(stream), folded);
    columns.group[stream] = group.index;
    namedBy[group.index] ??= stream;
    return group;
  };
  for (const [index, { stream, folded, members }] of (restored?.groups ?? []).entries()) {
    columns.group[stream] = NO_GROUP;
    const group = groupOf(stream, folded);
    if (group.index !== index) throw new RangeError(`snapshot: metric group ${index} came back as ${group.index}`);
    group.members = [...members];
  }

  const traitsFor = (stream: number): StreamTraits => {
    let known = traits.get(stream);
    if (known === undefined) {
      known = traitsOf(streams.describe(stream));
      traits.set(stream, known);
    }
    return known;
  };

  const resultOf = (step: MetricStep, group: MetricGroup): MetricResult => {
    let result = step.results.get(group.index);
    if (result === undefined) {
      result = createMetricResult(group.owner.objectives.length);
      step.results.set(group.index, result);
    }
    return result;
  };

  /** What stood in for a stream in a closed step before its late points were read. */
  const standIn = (step: MetricStep, stream: number): number => {
    const level = columns.level[stream] as number;
    return !Number.isNaN(level) && isHeld(columns, stream, (step.index + 1) * stepMs) ? level : 0;
  };

  /** `held`: undefined while the step is open. A stream whose own points were in the closed step cannot be amended by adding. */
  const setLevel = (step: MetricStep, group: MetricGroup, stream: number, level: number, held: number | undefined): MetricResult => {
    const fresh = columns.fresh[stream] as number;
    if (fresh === Number.NEGATIVE_INFINITY) group.members.push(stream);
    columns.level[stream] = level;
    columns.fresh[stream] = Math.max(fresh, step.index);
    const result = resultOf(step, group);
    if (held !== undefined) {
      // A group without points in the step was not told: nothing stood in for it.
      if (result.observations === 0) result.level = sumLevels(columns, group.members, step.index, (step.index + 1) * stepMs);
      else if (fresh >= step.index) counts.outdated += 1;
      else result.level += level - held;
    }
    return result;
  };

  const counterLevel = (): number => (reading.increase * 1_000) / reading.coveredMs;

  const settleReading = (step: MetricStep, stream: number, counter: boolean, held: number | undefined): void => {
    if (reading.observations === 0 || (counter && reading.coveredMs <= 0)) return;
    const group = groups.at(columns.group[stream] as number);
    const level = counter ? counterLevel() : group.aggregation === 'sum' ? reading.last : reading.sum / reading.observations;
    const result = setLevel(step, group, stream, level, held);
    result.coveredMs = Math.max(result.coveredMs, reading.coveredMs);
    result.sum += reading.sum;
    result.observations += reading.observations;
  };

  /** A late value of a gauge amends the mean of its step without touching what the stream said since. */
  const amendMean = (step: MetricStep, stream: number, value: number): void => {
    const group = groups.at(columns.group[stream] as number);
    if (group.aggregation !== 'mean') {
      counts.outdated += 1;
      return;
    }
    const result = resultOf(step, group);
    result.sum += value;
    result.observations += 1;
  };

  /** Events of a step, whether it is open or being amended: they add up, and nothing of a stream is carried from step to step. */
  const settleEvents = (step: MetricStep, stream: number, rows: SampleRows, order: Uint32Array): void => {
    const group = groups.at(columns.group[stream] as number);
    // A stream folded beyond the limit is a gauge of no meaning.
    if (group.aggregation !== 'events') return;
    const result = resultOf(step, group);
    for (const row of order) result.events += rows.value[row] as number;
    result.observations += order.length;
    result.coveredMs = stepMs;
  };

  const settleSamples = (step: MetricStep, closed: boolean): void => {
    const rows = step.samples;
    const order = orderByStream(rows.stream, rows.length);
    for (let from = 0; from < order.length; ) {
      const stream = rows.stream[order[from] as number] as number;
      let to = from + 1;
      while (to < order.length && rows.stream[order[to] as number] === stream) to += 1;
      if (rows.type[order[from] as number] === POINT_EVENTS) {
        settleEvents(step, stream, rows, order.subarray(from, to));
        from = to;
        continue;
      }
      sortByTime(order, from, to, rows.time);
      clearReading(reading);
      const held = closed ? standIn(step, stream) : undefined;
      let counter = false;
      for (let i = from; i < to; i++) {
        const row = order[i] as number;
        const type = rows.type[row] as number;
        const time = rows.time[row] as number;
        counter = type === POINT_COUNTER_CUMULATIVE || type === POINT_COUNTER_DELTA;
        if (closed && !counter && time < (columns.lastTime[stream] as number)) amendMean(step, stream, rows.value[row] as number);
        else readPoint(columns, stream, type, time, rows.start[row] as number, rows.value[row] as number, stepMs, counts, reading);
      }
      settleReading(step, stream, counter, held);
      from = to;
    }
    step.samples = createSampleRows();
  };

  const addIncrease = (result: MetricResult, group: MetricGroup, error: boolean, increase: HistogramIncrease): void => {
    result.events += increase.count;
    if (increase.count <= 0) return;
    if (error) result.errors += increase.count;
    const sum = group.timed ? sumOfLogs(increase) : increase.sum;
    if (Number.isFinite(sum)) {
      result.sum += sum;
      result.sumCount += increase.count;
    }
    if (group.aggregation !== 'server') return;
    result.buckets = mergeBuckets(result.buckets, increase);
    for (const [at, objective] of group.owner.objectives.entries()) {
      const bad = error ? increase.count : countAbove(increase, objective.thresholdNanos / 1e9);
      result.bad[at] = (result.bad[at] as number) + bad;
    }
  };

  const memoryOf = (rows: HistogramRows, row: number, secondsPerUnit: number): HistogramIncrease => ({
    count: rows.count[row] as number,
    sum: (rows.sum[row] as number) * secondsPerUnit,
    bounds: boundsOf(rows, row).map((bound) => bound * secondsPerUnit),
    buckets: bucketsOf(rows, row),
  });

  /** The increase a histogram point brings, or undefined when there is none to count. */
  const readHistogram = (rows: HistogramRows, row: number): HistogramIncrease | undefined => {
    const stream = rows.stream[row] as number;
    const time = rows.time[row] as number;
    const lastTime = columns.lastTime[stream] as number;
    const before = memories.get(stream);
    const now = memoryOf(rows, row, traitsFor(stream).secondsPerUnit);
    if (time <= lastTime) {
      if (time < lastTime) counts.outdated += 1;
      else if (before !== undefined && before.count !== now.count) counts.conflicts += 1;
      else counts.duplicates += 1;
      return undefined;
    }
    const fell = before !== undefined && now.count < before.count;
    advanceStream(columns, stream, rows.cumulative[row] === 1, time, rows.start[row] as number, fell, stepMs, counts, advance);
    if (advance.mode === MODE_DROP) return undefined;
    memories.set(stream, now);
    if (advance.mode === MODE_BASELINE) return undefined;
    return advance.mode === MODE_DIFFERENCE && before !== undefined ? histogramDifference(now, before) : now;
  };

  const settleHistograms = (step: MetricStep, closed: boolean): void => {
    const rows = step.histograms;
    const order = orderByStream(rows.stream, rows.length);
    for (let from = 0; from < order.length; ) {
      const stream = rows.stream[order[from] as number] as number;
      let to = from + 1;
      while (to < order.length && rows.stream[order[to] as number] === stream) to += 1;
      sortByTime(order, from, to, rows.time);
      clearReading(reading);
      const held = closed ? standIn(step, stream) : undefined;
      const group = groups.at(columns.group[stream] as number);
      for (let i = from; i < to; i++) {
        const increase = readHistogram(rows, order[i] as number);
        if (increase === undefined) continue;
        reading.increase += increase.count;
        reading.coveredMs += advance.coveredMs;
        reading.observations += 1;
        addIncrease(resultOf(step, group), group, traitsFor(stream).error, increase);
      }
      if (reading.observations > 0 && reading.coveredMs > 0) {
        const result = setLevel(step, group, stream, counterLevel(), held);
        result.coveredMs = Math.max(result.coveredMs, reading.coveredMs);
        result.observations += reading.observations;
      }
      from = to;
    }
    step.histograms = createHistogramRows();
  };

  const dismissSilent = (group: MetricGroup, before: number): void => {
    const stays = (stream: number): boolean => (columns.fresh[stream] as number) >= before;
    for (const stream of group.members) if (!stays(stream)) columns.fresh[stream] = Number.NEGATIVE_INFINITY;
    group.members = group.members.filter(stays);
  };

  /** Sums over instances count the held ones too; streams silent for a day leave their group. */
  const sumGroups = (step: MetricStep): void => {
    const stepEnd = (step.index + 1) * stepMs;
    for (const [index, result] of step.results) {
      const group = groups.at(index);
      if (group.members.some((stream) => (columns.fresh[stream] as number) < step.index - day)) dismissSilent(group, step.index - day);
      result.level = sumLevels(columns, group.members, step.index, stepEnd);
    }
  };

  return {
    accumulateSamples(samples, placeAt) {
      for (let i = 0; i < samples.length; i++) {
        const time = samples.time[i] as number;
        const type = samples.type[i] as number;
        if (type === POINT_CURSOR) continue;
        if (!Number.isFinite(time) || !Number.isFinite(samples.value[i] as number)) {
          counts.invalid += 1;
          continue;
        }
        const counter = type === POINT_COUNTER_CUMULATIVE || type === POINT_COUNTER_DELTA;
        const place = placeAt(counter ? stepThatEndsBy(time, stepMs) : Math.floor(time / stepMs));
        if (place === undefined) continue;
        counts.points += 1;
        place.reported.add(groupOf(samples.stream[i] as number).owner.index);
        appendSample(place.metrics.samples, samples, i);
      }
    },
    accumulateHistograms(histograms, placeAt) {
      for (let i = 0; i < histograms.length; i++) {
        const time = histograms.time[i] as number;
        if (!Number.isFinite(time) || !((histograms.count[i] as number) >= 0)) {
          counts.invalid += 1;
          continue;
        }
        const place = placeAt(stepThatEndsBy(time, stepMs));
        if (place === undefined) continue;
        counts.points += 1;
        place.reported.add(groupOf(histograms.stream[i] as number).owner.index);
        appendHistogram(place.metrics.histograms, histograms, i);
      }
    },
    settle(step, closed) {
      settleSamples(step, closed);
      settleHistograms(step, closed);
      if (!closed) sumGroups(step);
    },
    emit(step, hasSpans, emitter) {
      emitMetrics(step.results, groups, stepMs, registry, hasSpans, emitter);
    },
    counts: () => counts,
    state: () => ({
      counts: { ...counts },
      columns,
      groups: groups.all().map((group) => ({ stream: namedBy[group.index] as number, folded: group.folded, members: group.members })),
      histograms: [...memories].sort((a, b) => a[0] - b[0]),
    }),
  };
};
