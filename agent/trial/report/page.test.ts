import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../core/time.ts';
import { reportAsJson, type TrialReport } from '../report-model.ts';
import { renderTrialReport } from './page.ts';
import { TRIAL_REPORT as REPORT } from './report.fixture.ts';
import { verdictOf } from './verdict.ts';
import { createWhen, lasting } from './when.ts';

const HOSTILE = `<script>alert(1)</script>"'&<img src=x onerror=alert(2)>`;
/** Every text of the report replaced by one that tries to break out; names that decide what is drawn stay. */
const hostile = (value: unknown, key = ''): unknown => {
  if (typeof value === 'string') return ['kind', 'by', 'basis', 'severity', 'timeZone', 'signal'].includes(key) ? value : HOSTILE;
  if (value instanceof Float32Array || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => hostile(one, key));
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name === 'pod' ? HOSTILE : name, hostile(inner, name)]));
};

const words = (html: string): string =>
  html
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

describe('the report of a trial', () => {
  it.each([
    ['our page', 'error ratio of ledger is 9.1 %'],
    ['when, with its zone', '21 Mar 2026, 01:04 CET'],
    ['their alert beside it, and who was first', 'LedgerErrors (critical); ours 6 min earlier'],
    ['their alert alone', 'DiskFull names none that was watched'],
    ['what was withheld', 'gateway: host-wide, all slowed down'],
    ['capacity with its interval', 'One replica carries 41/s (38.5 to 43.3/s'],
    ['the lead', 'A replica takes 2 min (90 % of 366 scale-ups)'],
    ['their settings', 'gateway-hpa : cpu utilization 70'],
    ['replica-hours of ours', 'our plan 384 −20 % 3 min'],
    ['the autoscaler at their settings', 'HPA, simulated at 27.9/s a replica'],
    ['the month ahead', '720 700 to 761'],
    ['what is left out of the comparison', '% of the judged time is left out'],
    ['workloads without load', 'payments/cron'],
    ['share of steps with data', '97.4 %'],
    ['services left out', 'allows no more: calm'],
    ['coarse steps', 'Coarser than a minute'],
    ['a shorter history than asked for', '14 days were asked for, 4 days are there'],
    ['that calls are not known', 'Who calls whom is not in this history'],
    ['what could not be read', '12.0 h could not be read'],
    ['the queries', 'sum by (service) (rate(http_requests_total[60s]))'],
  ])('shows %s', (_what, shown) => {
    expect(words(renderTrialReport(REPORT)).replaceAll('\u00a0', ' ')).toContain(shown);
  });

  it('says the verdict in three sentences', () => {
    expect(verdictOf(REPORT)).toEqual([
      'In the 2 days judged, Foreshock would have sent 1 page about 1 service: 3.5 per service and week.',
      'Your alerts fired 2 times, 2 at a severity that pages: 1 page of ours stands beside an alert of yours (ours 6 min before it), 1 of yours has no page of ours.',
      'On 1 workload our plan would have ordered 384 replica-hours where 480 ran (−20\u00a0%), with 3 min beyond capacity instead of 45 min.',
    ]);
  });

  it('does not hold against what ran a capacity that is only what it carried', () => {
    const [one] = REPORT.scaling as [(typeof REPORT.scaling)[number]];
    const capacity = { ...one.capacity, basis: 'demonstrated', high: undefined } as typeof one.capacity;
    const report = { ...REPORT, scaling: [{ ...one, capacity }] };
    expect(verdictOf(report)[2]).toBe(
      'On 1 workload our plan would have ordered 384 replica-hours where 480 ran (−20\u00a0%), all but 3 min of it within what a replica has shown to carry.',
    );
    expect(words(renderTrialReport(report))).toContain('carried that too');
  });

  it('says what is not known when nothing is', () => {
    const empty: TrialReport = {
      ...REPORT,
      pages: [],
      withheld: [],
      alertsRecorded: false,
      alerts: [],
      onlyTheirs: [],
      scaling: [],
      unmatchedWorkloads: [],
      coverage: [],
      notes: [],
      leftOut: [],
      intervalMs: Number.NaN,
    };
    expect(verdictOf(empty)).toEqual([
      'In the 2 days judged, Foreshock would have paged nobody about 0 services.',
      'The history holds no ALERTS series, so what your own alerts did is not known.',
      'No replicas of these services are in the history, so nothing can be said of scaling.',
    ]);
    expect(renderTrialReport(empty)).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('draws and does not judge a workload of unknown capacity', () => {
    const [one] = REPORT.scaling as [(typeof REPORT.scaling)[number]];
    const unknown = {
      ...one,
      capacity: { kind: 'unknown' as const, because: 'only 12 steps' },
      real: { ...one.real, minutesBeyondCapacity: Number.NaN, month: { kind: 'unknown' as const, because: '2 whole days are known' } },
      ours: undefined,
      hpa: undefined,
    };
    const html = renderTrialReport({ ...REPORT, scaling: [unknown] });
    expect(words(html)).toContain('What one replica carries is not known: only 12 steps');
    expect(words(html)).toContain('drawn and not judged');
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('loads nothing and runs nothing', () => {
    const html = renderTrialReport(REPORT);
    expect(html).not.toMatch(/<script|<link|@import|url\(|src=/);
    expect(html).not.toContain('NaN');
  });

  it('escapes every text that came from outside', () => {
    const html = renderTrialReport(hostile(REPORT) as TrialReport);
    expect(html).not.toMatch(/<script|<img/);
    expect(html).not.toMatch(/"'&</);
    expect(html).toContain('&lt;script&gt;');
  });

  it('is JSON for machines, with null where nothing is known and without the pictures', () => {
    const read = JSON.parse(reportAsJson({ ...REPORT, intervalMs: Number.NaN })) as Record<string, unknown>;
    expect(read.intervalMs).toBeNull();
    expect(read.pages).toMatchObject([{ by: 'service', leadMs: 360_000, page: { service: 'ledger' } }]);
    expect(JSON.stringify(read)).not.toContain('"replicas"');
  });
});

describe('times of the report', () => {
  it('carry their zone, over the change of clocks', () => {
    const { full } = createWhen('Europe/Berlin');
    expect([full(Date.UTC(2026, 2, 29, 0, 30)), full(Date.UTC(2026, 2, 29, 1, 30))]).toEqual([
      '29 Mar 2026, 01:30 CET',
      '29 Mar 2026, 03:30 CEST',
    ]);
  });

  it.each([
    [20_000, '20 s'],
    [59 * MINUTE_MS, '59 min'],
    [2 * HOUR_MS, '2 h'],
    [HOUR_MS + 5 * MINUTE_MS, '1 h 5 min'],
    [3.5 * DAY_MS, '3.5 days'],
  ])('%d ms last %s', (duration, text) => expect(lasting(duration)).toBe(text));
});
