import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/time.ts';
import { CLI } from '../agent-process.ts';
import { fintechHistory } from './fintech-history.ts';
import { backfill, isPrometheusHere, type PrometheusProcess, startPrometheus } from './prometheus-process.ts';

const isRequired = process.env.FORESHOCK_REQUIRE === 'all';
const isHere = isPrometheusHere();
const name =
  isHere || isRequired
    ? 'a trial on a real Prometheus'
    : 'a trial on a real Prometheus (skipped: prometheus and promtool are not on the PATH)';

const DAYS = 14;
const ENDS_AT = Date.UTC(2026, 2, 22);
const STARTS_AT = ENDS_AT - DAYS * DAY_MS;
/** One incident that a rule of theirs noticed late, one that none did. */
const FAILING = {
  service: 'ledger',
  kind: 'failing' as const,
  fromMs: 10 * DAY_MS + 14 * HOUR_MS,
  toMs: 10 * DAY_MS + 14.7 * HOUR_MS,
  alertAfterMs: 12 * MINUTE_MS,
};
const SLOW = { service: 'router', kind: 'slow' as const, fromMs: 12 * DAY_MS + 10 * HOUR_MS, toMs: 12 * DAY_MS + 10.75 * HOUR_MS };

interface Report {
  readonly grid: { readonly stepMs: number };
  readonly pages: readonly {
    readonly by: string;
    readonly leadMs?: number;
    readonly page: { readonly service: string; readonly startedAt: number; readonly pagedAt: number; readonly resolvedAt?: number };
  }[];
  readonly alerts: readonly { readonly alertname: string; readonly service: string }[];
  readonly onlyTheirs: readonly unknown[];
  readonly leftOut: readonly string[];
  readonly scaling: readonly {
    readonly service: string;
    readonly autoscaler?: { readonly minReplicas: number; readonly maxReplicas: number };
    readonly lead: { readonly leadMs: number };
    readonly real: Run;
    readonly ours: Run;
    readonly hpa?: Run;
  }[];
}

interface Run {
  readonly replicaHours: number;
  readonly minutesBeyondCapacity: number;
  readonly month: { readonly kind: string; readonly p10: number; readonly p50: number; readonly p90: number };
}

const run = async (
  words: readonly string[],
  also?: (child: ChildProcess) => void,
): Promise<{ readonly code: number | null; readonly said: string }> => {
  const child = spawn(process.execPath, [CLI, 'trial', ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text: Buffer) => {
    said += text.toString();
    also?.(child);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
};

describe.skipIf(!isHere && !isRequired)(name, () => {
  let folder: string;
  let prometheus: PrometheusProcess;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'foreshock-trial-'));
    const history = fintechHistory({
      seed: 7,
      endsAt: ENDS_AT,
      days: DAYS,
      intervalMs: 20_000,
      services: ['gateway', 'router', 'ledger'],
      scaled: ['gateway'],
      faults: [FAILING, SLOW],
    });
    prometheus = await startPrometheus(folder, backfill(folder, history));
  }, 600_000);

  afterAll(async () => {
    await prometheus?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const words = (file: string): readonly string[] => [
    '--prometheus',
    prometheus.url,
    '--to',
    '2026-03-22T00:00:00Z',
    '--out',
    join(folder, file),
  ];

  it('finds both incidents, puts the alert beside the one, and plans ahead of the ramp', async () => {
    const { code, said } = await run([...words('a.html'), '--from', '14d', '--json', join(folder, 'a.json')]);
    expect(code, said).toBe(0);
    const report = JSON.parse(readFileSync(join(folder, 'a.json'), 'utf8')) as Report;
    expect(report.grid.stepMs).toBe(MINUTE_MS);
    expect(report.pages.map(({ by, page }) => [page.service, by])).toEqual([
      ['payments/ledger', 'service'],
      ['payments/router', 'none'],
    ]);
    for (const [index, fault] of [FAILING, SLOW].entries()) {
      const told = report.pages[index]?.page;
      const began = STARTS_AT + fault.fromMs;
      expect(told?.startedAt).toBeGreaterThanOrEqual(began);
      expect(told?.pagedAt).toBeGreaterThan(began);
      expect(told?.pagedAt).toBeLessThan(began + 10 * MINUTE_MS);
      expect(told?.resolvedAt).toBeGreaterThan(STARTS_AT + fault.toMs);
    }
    expect(report.pages[0]?.leadMs).toBeGreaterThan(0);
    expect(report.alerts).toMatchObject([{ alertname: 'PaymentErrorsHigh', service: 'payments/ledger' }]);
    expect(report.onlyTheirs).toEqual([]);

    const gateway = report.scaling.find(({ service }) => service === 'payments/gateway');
    expect(gateway).toMatchObject({ autoscaler: { minReplicas: 2, maxReplicas: 20 }, lead: { leadMs: 2 * MINUTE_MS } });
    expect(gateway?.ours.minutesBeyondCapacity).toBeLessThanOrEqual(gateway?.real.minutesBeyondCapacity ?? 0);
    for (const one of [gateway?.real, gateway?.ours, gateway?.hpa]) {
      expect(one?.month.kind).toBe('forecast');
      expect(one?.month.p10).toBeLessThan(one?.month.p50 ?? 0);
      expect(one?.month.p50).toBeLessThan(one?.month.p90 ?? 0);
      expect(one?.month.p50).toBeGreaterThan(3.5 * (one?.replicaHours ?? 0));
      expect(one?.month.p50).toBeLessThan(5 * (one?.replicaHours ?? 0));
    }
    const html = readFileSync(join(folder, 'a.html'), 'utf8');
    expect(html).toContain('PaymentErrorsHigh');
    expect(html).not.toMatch(/<script|<link|src=|NaN|undefined/);
    expect(said).toContain('Foreshock would have sent 2 pages about 3 services');
  });

  it('says what did not fit, and that less is there than was asked for', async () => {
    const { code, said } = await run([...words('b.html'), '--from', '30d', '--max-series', '3', '--json', join(folder, 'b.json')]);
    expect(code, said).toBe(0);
    const report = JSON.parse(readFileSync(join(folder, 'b.json'), 'utf8')) as Report;
    expect(report.leftOut).toEqual(['payments/router', 'payments/ledger']);
    const html = readFileSync(join(folder, 'b.html'), 'utf8');
    expect(html).toContain('30 days were asked for, 14 days are there');
    expect(html).toContain('Left out, for --max-series allows no more: payments/router, payments/ledger');
  });

  it('has nothing to read before anything was recorded, and says so', async () => {
    const { code, said } = await run([
      '--prometheus',
      prometheus.url,
      '--from',
      '7d',
      '--to',
      '2025-01-01',
      '--out',
      join(folder, 'c.html'),
    ]);
    expect(code).toBe(69);
    expect(said).toContain('has none of the request metrics that the trial knows');
    expect(readdirSync(folder).filter((file) => file.startsWith('c.'))).toEqual([]);
  });

  it('leaves nothing behind when it is stopped', async () => {
    // A second Ctrl-C would end it at once, whatever it is doing.
    let isTold = false;
    const stopOnce = (child: ChildProcess): void => {
      if (!isTold) child.kill('SIGINT');
      isTold = true;
    };
    const { code, said } = await run([...words('d.html'), '--from', '14d'], stopOnce);
    expect(code, said).toBe(130);
    expect(said).toContain('nothing was written');
    expect(readdirSync(folder).filter((file) => file.startsWith('d.'))).toEqual([]);
  });
});

describe('the command', () => {
  it.each<[what: string, words: readonly string[], code: number, says: RegExp]>([
    ['no address', [], 1, /--prometheus/],
    ['a password in the address', ['--prometheus', 'http://a:b@127.0.0.1:9'], 1, /--basic-auth-file/],
    ['another scheme', ['--prometheus', 'file:///etc/passwd'], 1, /http:\/\/ or https:\/\//],
    ['no duration', ['--prometheus', 'http://127.0.0.1:9', '--from', 'soon'], 1, /a duration such as 14d/],
    ['the future', ['--prometheus', 'http://127.0.0.1:9', '--from', '2026-02-02', '--to', '2026-02-01'], 64, /--from must lie before --to/],
    ['half a year', ['--prometheus', 'http://127.0.0.1:9', '--from', '180d'], 64, /92 days/],
    [
      'a folder that is not there',
      ['--prometheus', 'http://127.0.0.1:9', '--out', '/no/such/folder/a.html'],
      73,
      /\/no\/such\/folder exist/,
    ],
    ['a folder for a file', ['--prometheus', 'http://127.0.0.1:9', '--out', tmpdir()], 73, /must be a file/],
    [
      'a token that is not there',
      ['--prometheus', 'http://127.0.0.1:9', '--bearer-token-file', '/no/such/token', '--out', join(tmpdir(), 'unused.html')],
      64,
      /\/no\/such\/token cannot be read/,
    ],
    ['an unknown zone', ['--prometheus', 'http://127.0.0.1:9', '--time-zone', 'Mars/Olympus'], 1, /Europe\/Berlin/],
  ])('refuses %s', async (_what, words, code, says) => {
    const ran = await run(words);
    expect(ran.said).toMatch(says);
    expect(ran.code).toBe(code);
  });
});
