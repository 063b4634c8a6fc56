/** Two weeks of a payment platform as a Prometheus would have recorded them, from a seed. */
import { gaussian, type Random, seededRandom } from '../../core/random.ts';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../../core/time.ts';

export interface HistoryFault {
  readonly service: string;
  /** From the start of the history. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly kind: 'slow' | 'failing';
  /** Whether a rule of theirs noticed, and how long after it began. */
  readonly alertAfterMs?: number;
}

export interface HistoryOptions {
  readonly seed: number;
  readonly endsAt: Instant;
  readonly days: number;
  readonly intervalMs: number;
  readonly services: readonly string[];
  readonly faults: readonly HistoryFault[];
  /** Services behind an autoscaler; the rest run four replicas. */
  readonly scaled: readonly string[];
  /** Without them latency is sum and count, as of a summary. */
  readonly buckets?: false;
}

export const NAMESPACE = 'payments';
const BOUNDS = [0.01, 0.025, 0.05, 0.1, 0.25];
/** What one replica carries before it slows down. */
const REPLICA_LOAD = 50;
const AUTOSCALER = { min: 2, max: 20, target: 30 };
/** From an order to a ready replica. */
const LEAD_MS = 2 * MINUTE_MS;

const SQRT2 = Math.SQRT2;
/** P(X <= bound) of a lognormal latency, by a logistic curve near enough for buckets. */
const shareBelow = (bound: number, median: number, sigma: number): number =>
  1 / (1 + Math.exp((-1.702 * Math.log(bound / median)) / sigma));

interface Running {
  readonly name: string;
  readonly peak: number;
  readonly median: number;
  readonly random: Random;
  noise: number;
  ok: number;
  failed: number;
  seconds: number;
  readonly buckets: number[];
  ordered: number;
  ready: { readonly at: number; readonly count: number }[];
  lowest: number[];
}

const isWeekend = (at: Instant): boolean => [0, 6].includes(new Date(at).getUTCDay());

/** Calm nights, a steep morning, a lunch and an evening; two thirds of it at weekends. */
const season = (at: Instant): number => {
  const hour = (at % DAY_MS) / HOUR_MS;
  const rise = 1 / (1 + Math.exp(-(hour - 7.5) * 2.2));
  const fall = 1 / (1 + Math.exp((hour - 21) * 1.3));
  const lunch = 0.18 * Math.exp(-((hour - 12.5) * (hour - 12.5)) / 1.2);
  return (0.18 + 0.82 * rise * fall + lunch) * (isWeekend(at) ? 0.66 : 1);
};

const autoscale = (service: Running, load: number, at: number): void => {
  // An autoscaler that sees the last minute, and waits five before it takes anything away.
  const wanted = Math.min(AUTOSCALER.max, Math.max(AUTOSCALER.min, Math.ceil(load / AUTOSCALER.target)));
  service.lowest.push(wanted);
  if (service.lowest.length > 5) service.lowest.shift();
  const next = wanted > service.ordered * 1.1 ? wanted : wanted < service.ordered * 0.9 ? Math.max(...service.lowest) : service.ordered;
  if (next === service.ordered) return;
  service.ordered = next;
  service.ready.push({ at: next > (service.ready.at(-1)?.count ?? 0) ? at + LEAD_MS : at, count: next });
};

const readyAt = (service: Running, at: number): number =>
  service.ready.reduce((count, change) => (change.at <= at ? change.count : count), 2);

const line = (name: string, labels: Readonly<Record<string, string>>, value: number, at: number): string =>
  `${name}{${Object.entries(labels)
    .map(([label, text]) => `${label}="${text}"`)
    .join(',')}} ${Number(value.toPrecision(12))} ${at / 1_000}\n`;

/**
 * OpenMetrics text for `promtool tsdb create-blocks-from openmetrics`, a piece at a time. Samples of one family must stand
 * together, so each family is written over the whole time; the numbers come out of one pass before.
 */
export function* fintechHistory(options: HistoryOptions): Generator<string> {
  const { endsAt, days, intervalMs, faults } = options;
  const startsAt = endsAt - days * DAY_MS;
  const steps = Math.round((days * DAY_MS) / intervalMs);
  const seconds = intervalMs / 1_000;
  const services = options.services.map((name, index): Running => {
    const random = seededRandom(options.seed + index);
    return {
      name,
      peak: 60 + 420 / (index + 1),
      median: 0.02 + 0.01 * index,
      random,
      noise: 0,
      ok: 0,
      failed: 0,
      seconds: 0,
      buckets: BOUNDS.map(() => 0),
      ordered: 4,
      ready: [{ at: startsAt, count: 4 }],
      lowest: [],
    };
  });
  const families = new Map<string, string[]>();
  const write = (family: string, text: string): void => {
    const lines = families.get(family);
    if (lines === undefined) families.set(family, [text]);
    else lines.push(text);
  };
  let pending: string[] = [];
  for (let step = 0; step < steps; step += 1) {
    const at = startsAt + step * intervalMs;
    const minute = at % MINUTE_MS < intervalMs;
    for (const service of services) {
      const { random } = service;
      const active = faults.filter(
        ({ service: name, fromMs, toMs }) => name === service.name && at - startsAt >= fromMs && at - startsAt < toMs,
      );
      service.noise = 0.97 * service.noise + 0.012 * gaussian(random);
      const rate = service.peak * season(at) * Math.exp(service.noise);
      const expected = rate * seconds;
      const count = Math.max(0, Math.round(expected + Math.sqrt(expected) * gaussian(random)));
      const scaled = options.scaled.includes(service.name);
      const ready = scaled ? readyAt(service, at) : Math.ceil((service.peak * 1.3) / REPLICA_LOAD);
      const usage = rate / ready / REPLICA_LOAD;
      const slow = active.some(({ kind }) => kind === 'slow') ? 2.6 : 1;
      const median = service.median * slow * (usage > 1 ? 1 + 4 * (usage - 1) : 1) * Math.exp(0.03 * gaussian(random));
      const failing = active.some(({ kind }) => kind === 'failing') ? 0.09 : 0.0015;
      let failed = 0;
      for (let draw = expected * failing; draw > 0; draw -= 1) if (random() < Math.min(1, draw)) failed += 1;
      failed = Math.min(count, failed);
      service.ok += count - failed;
      service.failed += failed;
      service.seconds += count * median * Math.exp(0.125);
      BOUNDS.forEach((bound, index) => {
        service.buckets[index] = (service.buckets[index] as number) + count * shareBelow(bound, median, 0.5 * SQRT2);
      });
      if (scaled && minute) autoscale(service, rate, at);
      const labels = { service_name: service.name, service_namespace: NAMESPACE, job: `${NAMESPACE}/${service.name}`, instance: 'all' };
      const of = (status: string): Record<string, string> => ({ ...labels, http_response_status_code: status });
      const base = 'http_server_request_duration_seconds';
      for (const [index, bound] of options.buckets === false ? [] : BOUNDS.entries())
        pending.push(line(`${base}_bucket`, { ...of('200'), le: String(bound) }, Math.round(service.buckets[index] as number), at));
      if (options.buckets !== false) pending.push(line(`${base}_bucket`, { ...of('200'), le: '+Inf' }, service.ok, at));
      pending.push(line(`${base}_sum`, of('200'), service.seconds, at), line(`${base}_count`, of('200'), service.ok, at));
      if (service.failed > 0) {
        if (options.buckets !== false) pending.push(line(`${base}_bucket`, { ...of('503'), le: '+Inf' }, service.failed, at));
        pending.push(line(`${base}_sum`, of('503'), service.failed * 0.05, at), line(`${base}_count`, of('503'), service.failed, at));
      }
      if (minute) {
        const workload = { namespace: NAMESPACE, deployment: service.name };
        write('kube_deployment_spec_replicas', line('kube_deployment_spec_replicas', workload, scaled ? service.ordered : ready, at));
        write('kube_deployment_status_replicas_ready', line('kube_deployment_status_replicas_ready', workload, ready, at));
        if (scaled) {
          const autoscaler = { namespace: NAMESPACE, horizontalpodautoscaler: service.name };
          write(
            'kube_horizontalpodautoscaler_spec_min_replicas',
            line('kube_horizontalpodautoscaler_spec_min_replicas', autoscaler, AUTOSCALER.min, at),
          );
          write(
            'kube_horizontalpodautoscaler_spec_max_replicas',
            line('kube_horizontalpodautoscaler_spec_max_replicas', autoscaler, AUTOSCALER.max, at),
          );
        }
        for (const fault of active) {
          if (fault.alertAfterMs === undefined || at - startsAt < fault.fromMs + fault.alertAfterMs) continue;
          write(
            'ALERTS',
            line('ALERTS', { alertname: 'PaymentErrorsHigh', alertstate: 'firing', severity: 'critical', service: service.name }, 1, at),
          );
        }
      }
    }
    if (step === 0) yield '# TYPE http_server_request_duration_seconds histogram\n';
    if (pending.length > 5_000) {
      yield pending.join('');
      pending = [];
    }
  }
  yield pending.join('');
  for (const [family, lines] of families) {
    yield `# TYPE ${family} gauge\n`;
    for (let from = 0; from < lines.length; from += 5_000) yield lines.slice(from, from + 5_000).join('');
  }
  yield '# EOF\n';
}
