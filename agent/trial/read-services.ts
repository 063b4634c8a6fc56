import type { Labels, PrometheusClient, PrometheusFailure, RangeChunk, RangeGap, RangeSeries } from '../../collectors/prometheus/index.ts';
import { type Outcome, succeed } from '../../core/outcome.ts';
import { PRESSURE_GAUGES } from './aliases.ts';
import { addTo, type Column, emptyColumn, emptyService, type Grid, type ServiceColumns } from './columns.ts';
import { type ChosenService, type FoundSource, onlyServices } from './discover.ts';
import { matches, oneOf, rateOf, selector, sumBy } from './promql.ts';
import { displayName, isSameService, serviceOf } from './service-names.ts';

/** One range query, and what becomes of its series. */
export interface Reading {
  readonly what: string;
  readonly query: string;
  /** Series expected in the answer: bounds the evaluations a request asks for. */
  readonly series: number;
  consume(chunk: RangeChunk): void;
  gaps(gaps: readonly RangeGap[]): void;
}

export interface ReadService extends ChosenService {
  readonly columns: ServiceColumns;
  /** Pools and queues by metric name. */
  readonly gauges: Map<string, Column>;
}

/** Values of one answer: some 10 MB of JSON. */
const VALUES_PER_REQUEST = 300_000;

export const pointsPerRequest = (series: number): number => Math.max(30, Math.floor(VALUES_PER_REQUEST / Math.max(1, series)));

const labelsOf = ({ service }: FoundSource): readonly string[] => [
  service.name,
  ...(service.namespace === undefined ? [] : [service.namespace]),
];

const finder = (services: readonly ReadService[], found: FoundSource): ((labels: Labels) => ReadService | undefined) => {
  const known = new Map<string, ReadService | undefined>();
  return (labels) => {
    const name = serviceOf(labels, found.service);
    if (name === undefined) return undefined;
    const key = displayName(name);
    if (!known.has(key))
      known.set(
        key,
        services.find((service) => isSameService(service.name, name)),
      );
    return known.get(key);
  };
};

const ignoreGaps = (): void => undefined;

const readingsOf = (found: FoundSource, services: readonly ReadService[], grid: Grid): readonly Reading[] => {
  const { source } = found;
  const by = labelsOf(found);
  const counted = services.filter(({ requests }) => requests === found);
  const timed = services.filter(({ durations }) => durations === found);
  const readings: Reading[] = [];
  const add = (
    what: string,
    of: readonly ReadService[],
    query: string,
    series: number,
    take: (service: ReadService, series: RangeSeries, chunk: RangeChunk) => void,
    gaps: Reading['gaps'] = ignoreGaps,
  ): void => {
    const serviceFor = finder(of, found);
    const consume = (chunk: RangeChunk): void => {
      for (const one of chunk.series) {
        const service = serviceFor(one.labels);
        if (service !== undefined) take(service, one, chunk);
      }
    };
    readings.push({ what, query, series, consume, gaps });
  };

  if (counted.length > 0) {
    const only = onlyServices(
      found,
      counted.map(({ name }) => name),
    );
    add(
      'requests',
      counted,
      sumBy(by, rateOf(source.counter, [source.matchers, ...only], grid.stepMs)),
      counted.length,
      ({ columns }, series, chunk) => addTo(columns.requests, grid, chunk, series),
    );
    if (found.error !== undefined) {
      const failed = matches(found.error.label, found.error.values);
      add(
        'errors',
        counted,
        sumBy(by, rateOf(source.counter, [source.matchers, failed, ...only], grid.stepMs)),
        counted.length,
        ({ columns }, series, chunk) => {
          columns.errors ??= emptyColumn(grid);
          addTo(columns.errors, grid, chunk, series);
        },
        (gaps) => {
          for (const { columns } of counted) columns.errorsUnread = gaps;
        },
      );
    }
  }
  const base = source.duration?.base;
  if (timed.length > 0 && base !== undefined && found.durations !== 'none') {
    const only = onlyServices(
      found,
      timed.map(({ name }) => name),
    );
    const rate = (suffix: string): string => rateOf(`${base}_${suffix}`, [source.matchers, ...only], grid.stepMs);
    add('time spent', timed, sumBy(by, rate('sum')), timed.length, ({ columns }, series, chunk) => {
      columns.spent ??= emptyColumn(grid);
      addTo(columns.spent, grid, chunk, series);
    });
    // A histogram's own count has been read as requests already.
    const apart = source.counter === `${base}_count` ? timed.filter(({ requests }) => requests !== found) : timed;
    for (const { columns } of timed.filter((service) => !apart.includes(service))) columns.timed = columns.requests;
    if (apart.length > 0)
      add('timed requests', apart, sumBy(by, rate('count')), apart.length, ({ columns }, series, chunk) => {
        columns.timed ??= emptyColumn(grid);
        addTo(columns.timed, grid, chunk, series);
      });
    if (found.durations === 'buckets') {
      add(
        'latency buckets',
        timed,
        sumBy([...by, 'le'], rate('bucket')),
        timed.length * Math.max(1, found.bounds),
        ({ columns }, series, chunk) => {
          const bound = series.labels.le ?? '';
          const column = columns.upTo.get(bound) ?? emptyColumn(grid);
          columns.upTo.set(bound, column);
          addTo(column, grid, chunk, series);
        },
      );
    }
  }
  return readings;
};

/** Pools and queues of the services, by whatever labels the services go by. */
const gaugeReadings = (
  sources: readonly FoundSource[],
  services: readonly ReadService[],
  names: ReadonlySet<string>,
  grid: Grid,
): readonly Reading[] =>
  PRESSURE_GAUGES.filter((metric) => names.has(metric)).flatMap((metric) =>
    sources.slice(0, 1).map((found): Reading => {
      const serviceFor = finder(services, found);
      return {
        what: metric,
        query: sumBy(labelsOf(found), selector(metric, [matches(found.service.name, oneOf(services.map(({ name }) => name.name)))])),
        series: services.length,
        consume(chunk) {
          for (const series of chunk.series) {
            const service = serviceFor(series.labels);
            if (service === undefined) continue;
            const column = service.gauges.get(metric) ?? emptyColumn(grid);
            service.gauges.set(metric, column);
            addTo(column, grid, chunk, series);
          }
        },
        gaps: ignoreGaps,
      };
    }),
  );

export interface ReadReport {
  readonly services: readonly ReadService[];
  readonly samples: number;
  readonly queries: readonly string[];
  readonly notes: readonly string[];
}

const hours = (gaps: readonly RangeGap[]): string => (gaps.reduce((sum, { from, to }) => sum + to - from, 0) / 3_600_000).toFixed(1);

/** Runs readings one after another; each keeps the client busy by itself. A reading that fails is noted, and the rest goes on. */
export const runReadings = async (
  client: PrometheusClient,
  readings: readonly Reading[],
  grid: Grid,
  progress: (done: number, of: number, what: string) => void,
  signal: AbortSignal | undefined,
): Promise<Outcome<{ readonly samples: number; readonly notes: readonly string[] }, PrometheusFailure>> => {
  const notes: string[] = [];
  let samples = 0;
  for (const [done, reading] of readings.entries()) {
    progress(done, readings.length, reading.what);
    const range = { query: reading.query, from: grid.firstEnd, to: grid.firstEnd + (grid.steps - 1) * grid.stepMs, stepMs: grid.stepMs };
    const read = await client.range(
      { ...range, pointsPerRequest: pointsPerRequest(reading.series) },
      (chunk) => reading.consume(chunk),
      signal,
    );
    if (!read.ok) {
      if (read.error.code === 'PROMETHEUS_ABORTED' || read.error.code === 'PROMETHEUS_UNAUTHORIZED') return read;
      notes.push(`${reading.what} could not be read at all: ${read.error.message}`);
      reading.gaps([{ from: range.from, to: range.to, because: read.error.message }]);
      continue;
    }
    const { gaps, offGrid, nativeHistograms, notFinite } = read.value;
    samples += read.value.samples;
    if (gaps.length > 0) {
      reading.gaps(gaps);
      notes.push(`${reading.what}: ${hours(gaps)} h could not be read (${gaps[0]?.because ?? ''})`);
    }
    if (offGrid > 0)
      notes.push(
        `${reading.what}: ${offGrid} values lay beside the times that were asked for and were left out: the server answers at a resolution of its own`,
      );
    if (nativeHistograms > 0)
      notes.push(`${reading.what}: ${nativeHistograms} series are native histograms, which the trial does not read`);
    if (notFinite > 0) notes.push(`${reading.what}: ${notFinite} values were NaN or infinite and count as absent`);
  }
  return succeed({ samples, notes });
};

/** Reads all signals of the chosen services. */
export const readServices = async (
  client: PrometheusClient,
  chosen: readonly ChosenService[],
  names: ReadonlySet<string>,
  grid: Grid,
  progress: (done: number, of: number, what: string) => void,
  signal?: AbortSignal,
): Promise<Outcome<ReadReport, PrometheusFailure>> => {
  const services: readonly ReadService[] = chosen.map((service) => ({
    ...service,
    columns: emptyService(grid),
    gauges: new Map<string, Column>(),
  }));
  const sources = [
    ...new Set(services.flatMap(({ requests, durations }) => (durations === undefined ? [requests] : [requests, durations]))),
  ];
  const readings = [...sources.flatMap((found) => readingsOf(found, services, grid)), ...gaugeReadings(sources, services, names, grid)];
  const ran = await runReadings(client, readings, grid, progress, signal);
  if (!ran.ok) return ran;
  return succeed({ services, samples: ran.value.samples, notes: ran.value.notes, queries: readings.map(({ query }) => query) });
};
