import type { PrometheusClient } from '../../collectors/prometheus/index.ts';
import { formatDuration } from '../../core/duration.ts';
import { type DurationMs, HOUR_MS, type Instant, MINUTE_MS } from '../../core/time.ts';
import { type FoundSource, type History, onlyServices } from './discover.ts';
import { duration, selector } from './promql.ts';

/** Steps that divide a day, so that hours of the season fall on steps. */
const STEPS_MINUTES = [1, 2, 3, 5, 10, 15, 30, 60];
/** A rate needs two scrapes; three, so that one may be missed. */
const SCRAPES_A_STEP = 3;
const LOOKS = 8;

export interface Resolution {
  readonly stepMs: DurationMs;
  /** Time between two samples, the longest that was met; NaN when it could not be learned. */
  readonly intervalMs: DurationMs;
  readonly notes: readonly string[];
}

export const stepFor = (intervalMs: DurationMs, least: DurationMs): DurationMs => {
  const wanted = Math.max(least, SCRAPES_A_STEP * intervalMs * 0.999);
  return (STEPS_MINUTES.find((minutes) => minutes * MINUTE_MS >= wanted) ?? 60) * MINUTE_MS;
};

/** Samples an hour, at several times: histories are thinned out as they age. */
const intervalsOf = async (
  client: PrometheusClient,
  found: FoundSource,
  history: History,
  signal: AbortSignal | undefined,
): Promise<readonly { at: Instant; intervalMs: number }[]> => {
  const busiest = found.services[0];
  const matchers = [found.source.matchers, ...(busiest === undefined ? [] : onlyServices(found, [busiest.name]))];
  const query = `quantile(0.5, count_over_time(${selector(found.source.counter, matchers)}[${duration(HOUR_MS)}]))`;
  const stepMs = Math.max(MINUTE_MS, Math.floor((history.to - history.from) / LOOKS / MINUTE_MS) * MINUTE_MS);
  const seen: { at: Instant; intervalMs: number }[] = [];
  await client.range(
    { query, from: history.to - (LOOKS - 1) * stepMs, to: history.to, stepMs },
    (chunk) => {
      for (const series of chunk.series)
        series.values.forEach((count, index) => {
          if (count >= 1) seen.push({ at: chunk.from + index * stepMs, intervalMs: HOUR_MS / count });
        });
    },
    signal,
  );
  return seen.sort((a, b) => a.at - b.at);
};

const medianOf = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** The finest step that this history can fill, not finer than `least`. */
export const resolve = async (
  client: PrometheusClient,
  sources: readonly FoundSource[],
  history: History,
  least: DurationMs,
  signal?: AbortSignal,
): Promise<Resolution> => {
  const notes: string[] = [];
  let longest = Number.NaN;
  for (const found of sources) {
    const looks = (await intervalsOf(client, found, history, signal)).map(({ intervalMs }) => intervalMs);
    if (looks.length === 0) continue;
    // A look into an hour that is half there is no coarser history: the upper middle decides, not the worst.
    const coarse = [...looks].sort((a, b) => a - b)[Math.floor(looks.length * 0.75)] as number;
    if (coarse > 2 * medianOf(looks.slice(-3)))
      notes.push(
        `${found.source.counter}: a sample every ${formatDuration(Math.round(coarse))} for most of the time, but every ${formatDuration(Math.round(medianOf(looks.slice(-3))))} of late`,
      );
    longest = Number.isNaN(longest) ? coarse : Math.max(longest, coarse);
  }
  if (Number.isNaN(longest))
    return {
      stepMs: stepFor(0, least),
      intervalMs: Number.NaN,
      notes: [...notes, 'how often samples were taken could not be learned; steps of one minute are tried'],
    };
  return { stepMs: stepFor(longest, least), intervalMs: longest, notes };
};
