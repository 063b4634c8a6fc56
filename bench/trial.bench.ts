import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gaussian, seededRandom } from '../core/random.ts';
import { systemClock } from '../core/system-clock.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../core/time.ts';
import type { BenchRow } from './bench.ts';

/** `foreshock trial` as its user runs it, on two weeks of minutes of 200 signals; a stand-in answers as a Prometheus would. */
const CLI = fileURLToPath(new URL('../agent/cli/foreshock.js', import.meta.url));
const DAYS = 14;
/** Three signals each: requests, errors, latency from sum over count. */
const SERVICES = 67;
const SIGNALS = 3 * SERVICES;
const ENDS_AT = Date.UTC(2026, 2, 22);
/** A day more than is asked for: windows look back. */
const STARTS_AT = ENDS_AT - (DAYS + 1) * DAY_MS;
const STEPS = ((DAYS + 1) * DAY_MS) / MINUTE_MS + 1;
/** The one fault: a twelfth of the requests of one service fails for forty minutes. */
const FAULT = { service: 3, from: ENDS_AT - 3 * DAY_MS + 14 * HOUR_MS, until: ENDS_AT - 3 * DAY_MS + 14 * HOUR_MS + 40 * MINUTE_MS };
const MOST_SECONDS = 180;

interface Recorded {
  readonly name: string;
  readonly requests: Float64Array;
  readonly failed: Float64Array;
  readonly spent: Float64Array;
  readonly replicas: Float64Array;
}

const record = (place: number): Recorded => {
  const random = seededRandom(100 + place);
  const column = (): Float64Array => new Float64Array(STEPS);
  const recorded = { name: `service-${place}`, requests: column(), failed: column(), spent: column(), replicas: column() };
  const peak = 20 + 400 / (place + 1);
  let wave = 0;
  for (let step = 0; step < STEPS; step += 1) {
    const at = STARTS_AT + step * MINUTE_MS;
    wave = 0.97 * wave + 0.012 * gaussian(random);
    const season = 0.6 - 0.4 * Math.cos((2 * Math.PI * ((at % DAY_MS) - 3 * HOUR_MS)) / DAY_MS);
    const expected = peak * season * Math.exp(wave);
    const requests = Math.max(0, expected + Math.sqrt(expected / 60) * gaussian(random));
    const isFailing = place === FAULT.service && at >= FAULT.from && at < FAULT.until;
    const share = Math.max(0, (isFailing ? 0.085 : 0.0015) * (1 + 0.3 * gaussian(random)));
    recorded.requests[step] = requests;
    recorded.failed[step] = requests * share;
    recorded.spent[step] = requests * 0.03 * Math.exp(0.05 * gaussian(random));
    recorded.replicas[step] = Math.max(2, Math.ceil(expected / 30));
  }
  return recorded;
};

const BASE = 'http_server_request_duration_seconds';
const NAMES = [`${BASE}_count`, `${BASE}_sum`, 'kube_deployment_spec_replicas', 'kube_deployment_status_replicas_ready'];

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  valueAt(step: number): number;
}

const seriesOf = (query: string, recorded: readonly Recorded[]): readonly Series[] => {
  const each = (
    labelsOf: (name: string) => Readonly<Record<string, string>>,
    columnOf: (one: Recorded, step: number) => number,
  ): readonly Series[] => recorded.map((one) => ({ labels: labelsOf(one.name), valueAt: (step) => columnOf(one, step) }));
  const service = (name: string) => ({ service_name: name, service_namespace: 'payments' });
  if (query.startsWith('quantile')) return [{ labels: {}, valueAt: () => 180 }];
  if (query.includes('kube_deployment'))
    return each(
      (name) => ({ namespace: 'payments', deployment: name }),
      (one, step) => one.replicas[step] as number,
    );
  if (query.includes(`${BASE}_sum`)) return each(service, (one, step) => one.spent[step] as number);
  if (query.includes('=~"5')) return each(service, (one, step) => one.failed[step] as number);
  if (!query.includes(`${BASE}_count`)) return [];
  if (!query.includes('http_response_status_code')) return each(service, (one, step) => one.requests[step] as number);
  return [
    ...each(
      (name) => ({ ...service(name), http_response_status_code: '200' }),
      (one, step) => (one.requests[step] as number) - (one.failed[step] as number),
    ),
    ...each(
      (name) => ({ ...service(name), http_response_status_code: '503' }),
      (one, step) => one.failed[step] as number,
    ),
  ];
};

/** JSON of a range, piece by piece: whole answers of 10 MB would be built up in memory twice. */
const rangeAnswer = function* (asked: URLSearchParams, recorded: readonly Recorded[]): Generator<string> {
  const [start, end, step] = ['start', 'end', 'step'].map((name) => Number.parseFloat(asked.get(name) ?? '')) as [number, number, number];
  yield '{"status":"success","data":{"resultType":"matrix","result":[';
  let separator = '';
  for (const series of seriesOf(asked.get('query') ?? '', recorded)) {
    const values: string[] = [];
    for (let at = start; at <= end; at += step) {
      const place = Math.round((at * 1_000 - STARTS_AT) / MINUTE_MS);
      if (place >= 0 && place < STEPS) values.push(`[${at},"${series.valueAt(place)}"]`);
    }
    if (values.length > 0) yield `${separator}{"metric":${JSON.stringify(series.labels)},"values":[${values.join(',')}]}`;
    if (values.length > 0) separator = ',';
  }
  yield ']}}';
};

const standIn = (recorded: readonly Recorded[]): Server =>
  createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://127.0.0.1');
    response.setHeader('content-type', 'application/json');
    if (url.pathname.endsWith('/query_range')) {
      for (const piece of rangeAnswer(url.searchParams, recorded)) response.write(piece);
      response.end();
      return;
    }
    const data = url.pathname.endsWith('/values')
      ? NAMES
      : url.pathname.endsWith('/buildinfo')
        ? { version: 'stand-in' }
        : { resultType: 'vector', result: [] };
    response.end(JSON.stringify({ status: 'success', data }));
  });

interface Report {
  readonly pages: readonly { readonly page: { readonly service: string } }[];
  readonly scaling: readonly unknown[];
  readonly cost: { readonly samples: number; readonly signals: number };
}

export const run = async (): Promise<readonly BenchRow[]> => {
  const recorded = Array.from({ length: SERVICES }, (_, place) => record(place));
  const folder = mkdtempSync(join(tmpdir(), 'foreshock-bench-trial-'));
  const server = standIn(recorded).listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const words = ['--prometheus', `http://127.0.0.1:${port}`, '--from', `${DAYS}d`, '--to', new Date(ENDS_AT).toISOString()];
    const out = ['--out', join(folder, 'trial.html'), '--json', join(folder, 'trial.json'), '--max-series', String(SIGNALS)];
    const start = systemClock.elapsedMs();
    const child = spawn(process.execPath, [CLI, 'trial', ...words, ...out], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (text: Buffer) => {
      said = `${said}${text.toString()}`.slice(-2_000);
    });
    const [code] = (await once(child, 'close')) as [number | null];
    const seconds = (systemClock.elapsedMs() - start) / 1_000;
    if (code !== 0) throw new Error(`the trial ended with ${code}: ${said}`);
    const report = JSON.parse(readFileSync(join(folder, 'trial.json'), 'utf8')) as Report;
    const found = report.pages.some(({ page }) => page.service.endsWith(`service-${FAULT.service}`));
    if (report.cost.signals !== SIGNALS || !found) throw new Error(`the trial read ${report.cost.signals} signals and told ${said}`);
    return [
      {
        name: `trial, ${DAYS} days of ${SIGNALS} signals at 1 min (${(report.cost.samples / 1e6).toFixed(1)} million values), ${report.scaling.length} workloads`,
        unit: 's',
        ours: seconds,
        target: `<= ${MOST_SECONDS} s on 2 cores, one of which answers`,
        met: seconds <= MOST_SECONDS,
      },
    ];
  } finally {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  }
};
