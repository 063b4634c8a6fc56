import { fail, succeed } from '../../core/outcome.ts';
import { type Matrix, readBuild, readMatrix, readNames, readVector } from './answers.ts';
import {
  POINTS_MAX,
  type PrometheusClient,
  type PrometheusOptions,
  type PrometheusOutcome,
  type RangeChunk,
  type RangeGap,
  type RangeQuery,
  type RangeSeries,
} from './contract.ts';
import { type PairsRead, readPairs } from './kernel.ts';
import { halvesOf, type Stretch, stretchesOf } from './ranges.ts';
import { createTransport, type TransportDependencies } from './transport.ts';

/** A stretch this short that is still too much is not read. */
const LEAST_STEPS = 15;

const seconds = (at: number): string => (at / 1_000).toFixed(3).replace(/\.?0+$/, '');

const totalsOf = (): PairsRead => ({ samples: 0, notFinite: 0, offGrid: 0, wrongAt: -1 });

/** A vector's value as a number; NaN for what Go prints as none. */
const numberOf = (text: string): number =>
  text === '+Inf' ? Number.POSITIVE_INFINITY : text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);

export const createPrometheusClient = (options: PrometheusOptions, deps: TransportDependencies): PrometheusClient => {
  const transport = createTransport(options, deps);

  const ask = async <Value>(
    path: string,
    parameters: readonly (readonly [string, string])[],
    read: (data: unknown, where: string) => PrometheusOutcome<Value>,
    signal: AbortSignal | undefined,
  ): Promise<PrometheusOutcome<Value>> => {
    const answered = await transport.get(path, parameters, signal);
    return answered.ok ? read(answered.value.data, `${options.url} (${path})`) : answered;
  };

  const chunkOf = (
    matrix: Matrix,
    stretch: Stretch,
    stepMs: number,
    totals: PairsRead & { native: number },
  ): PrometheusOutcome<RangeChunk> => {
    if (matrix.result.length > options.seriesMax)
      return fail(
        'PROMETHEUS_LIMIT',
        `${options.url} answered with ${matrix.result.length} series, of which at most ${options.seriesMax} are read`,
      );
    const series: RangeSeries[] = [];
    for (const [place, { metric, values, histograms }] of matrix.result.entries()) {
      if (values === undefined) {
        if (histograms !== undefined) totals.native += 1;
        continue;
      }
      const into = new Float64Array(stretch.steps).fill(Number.NaN);
      const before = totals.samples;
      readPairs(values, stretch.from, stepMs, into, totals);
      if (totals.wrongAt >= 0) {
        const wrong = totals.wrongAt;
        totals.wrongAt = -1;
        return fail(
          'PROMETHEUS_MALFORMED',
          `${options.url} answered with something else than [time, "number"] at data.result.${place}.values.${wrong}`,
        );
      }
      if (totals.samples > before) series.push({ labels: metric, values: into });
    }
    return succeed({ from: stretch.from, stepMs, steps: stretch.steps, series });
  };

  const range = async (
    { query, from, to, stepMs, pointsPerRequest }: RangeQuery,
    consume: (chunk: RangeChunk) => void,
    signal: AbortSignal | undefined,
  ): ReturnType<PrometheusClient['range']> => {
    const totals = { ...totalsOf(), native: 0 };
    const gaps: RangeGap[] = [];
    let requests = 0;
    let read = 0;
    let last: PrometheusOutcome<never> | undefined;

    const readStretch = async (stretch: Stretch): Promise<void> => {
      const until = stretch.from + (stretch.steps - 1) * stepMs;
      requests += 1;
      const answered = await ask(
        'query_range',
        [
          ['query', query],
          ['start', seconds(stretch.from)],
          ['end', seconds(until)],
          ['step', seconds(stepMs)],
        ],
        readMatrix,
        signal,
      );
      const chunk = answered.ok ? chunkOf(answered.value, stretch, stepMs, totals) : answered;
      if (chunk.ok) {
        read += 1;
        consume(chunk.value);
        return;
      }
      const halves = chunk.error.code === 'PROMETHEUS_LIMIT' ? halvesOf(stretch, stepMs, LEAST_STEPS) : undefined;
      if (halves !== undefined) {
        await Promise.all(halves.map(readStretch));
        return;
      }
      last = chunk;
      gaps.push({ from: stretch.from, to: until, because: chunk.error.message });
    };

    await Promise.all(
      stretchesOf(from, to, stepMs, Math.max(LEAST_STEPS, Math.min(POINTS_MAX, pointsPerRequest ?? POINTS_MAX))).map(readStretch),
    );
    if (signal?.aborted === true) return fail('PROMETHEUS_ABORTED', 'stopped');
    if (read === 0 && last !== undefined) return last;
    const { samples, notFinite, offGrid, native } = totals;
    gaps.sort((a, b) => a.from - b.from);
    return succeed({ requests, samples, notFinite, offGrid, nativeHistograms: native, gaps });
  };

  return {
    async buildInfo(signal) {
      const read = await ask('status/buildinfo', [], readBuild, signal);
      if (!read.ok) return read;
      return succeed(
        Object.fromEntries(Object.entries(read.value).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []))),
      );
    },
    metricNames: (from, to, signal) =>
      ask(
        'label/__name__/values',
        [
          ['start', seconds(from)],
          ['end', seconds(to)],
        ],
        readNames,
        signal,
      ),
    async instant(query, at, signal) {
      const read = await ask(
        'query',
        [
          ['query', query],
          ['time', seconds(at)],
        ],
        readVector,
        signal,
      );
      if (!read.ok) return read;
      return succeed(
        read.value.result.flatMap(({ metric, value }) => (value === undefined ? [] : [{ labels: metric, value: numberOf(value[1]) }])),
      );
    },
    range,
    traffic: transport.traffic,
  };
};
