import { describe, expect, it } from 'vitest';
import { DEMO_REPORT as report } from './demo-report.fixture.ts';
import { renderDemoReport, summarizeDemoReport } from './demo-report.ts';
import type { DemoReport } from './demo-report-model.ts';

const HOSTILE = `<script>alert(1)</script>"'&<img src=x onerror=alert(2)>`;
/** Every text field of the report replaced by text that tries to break out. */
const hostile = (value: unknown): unknown => {
  if (typeof value === 'string') return HOSTILE;
  if (Array.isArray(value)) return value.map(hostile);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, key === 'verdict' ? inner : hostile(inner)]));
};

const text = (html: string): string =>
  html
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

describe('the report of a demo run', () => {
  it.each([
    ['seed', '4217'],
    ['lag of the event loop', '13.7'],
    ['hash of the recording', 'ab12'.repeat(16)],
    ['days of the recording', '11 days'],
    ['delay of detection', '5.3 s'],
    ['time before the SLO breach', '18.4 s before'],
    ['decision id', 'd-977'],
    ['change before the fault', 'issuer birch moved to psp-north'],
    ['undetected fault', 'not detected'],
    ['wrong blame', 'gateway , caused by ledger'],
    ['false page', 'fraud answers slowly'],
    ['surge', 'surge ×3.2'],
    ['offered', '812,345'],
    ['accepted', '812,001'],
    ['rejected', 'TOO_OLD 44'],
    ['refused', 'ADMISSION_FULL 300'],
    ['memory', '96 MiB'],
    ['CPU', '23.1 %'],
    ['step to finding', '41.5 ms'],
    ['our replica-seconds', '1,503'],
    ['frontier at our cost', '22'],
    ['ratio', '5.5×'],
    ['a setting of the HPA', 'HPA target 80 % 37 1,203'],
    ['a setting of the dial', 'risk 0.01 2 1,605'],
    ['measured', '1,511'],
    ['difference to measured', '−8'],
    ['replicas ordered before the ramp', '−15 s from the ramp'],
    ['spare time of ready replicas', '+14 s'],
    ['assumption', 'replicas carry 25 requests per second'],
    ['invitation', 'foreshock audit verify'],
    ['verdict', 'Every fault was found'],
  ])('shows the %s', (_what, shown) => {
    expect(text(renderDemoReport(report))).toContain(shown);
  });

  it('draws both charts and lifts the pen where the load is absent', () => {
    const html = renderDemoReport(report);
    expect(html.match(/<svg /g)).toHaveLength(2);
    expect(html.match(/class="rival"/g)).toHaveLength(2);
    const load = /class="load" d="([^"]*)"/.exec(html)?.[1] ?? '';
    expect(load.match(/M/g)).toHaveLength(2);
    expect(html).not.toContain('NaN');
  });

  it('loads nothing and runs nothing', () => {
    const html = renderDemoReport(report);
    expect(html).not.toMatch(/<script|<link|@import|url\(|src=|https?:/);
  });

  it('escapes every text that came from outside', () => {
    const html = renderDemoReport(hostile(report) as DemoReport);
    expect(html).not.toMatch(/<script|<img/);
    expect(html).toContain('&lt;script&gt;');
    expect(html).not.toMatch(/"'&</);
  });

  it('holds with nothing measured', () => {
    const empty: DemoReport = {
      ...report,
      verdict: 'inconclusive',
      faults: [],
      falsePages: [],
      agent: { rssAnonMaxBytes: Number.NaN, cpuShareMean: Number.NaN, stepToFindingP99Ms: Number.NaN },
      scaling: {
        ...report.scaling,
        ours: { violationSeconds: Number.NaN, replicaSeconds: Number.NaN },
        measured: { violationSeconds: Number.NaN, replicaSeconds: Number.NaN },
        ratio: Number.NaN,
        sweep: [],
        dial: [],
        orderedBeforeRamp: [],
      },
      timeline: { seconds: [], offered: [], replicasReady: [], replicasOrdered: [], capacity: [] },
    };
    for (const page of [renderDemoReport(empty), summarizeDemoReport(empty)]) expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('the summary for a terminal', () => {
  it('tells the verdict, each fault, the ratio and how to check it', () => {
    const summary = summarizeDemoReport(report);
    for (const part of [
      'Demo: PASS after 300 s',
      'One issuer fails at psp-north: paged after 5.3 s, 18.4 s before the SLO breach, blamed psp-north / birch',
      'Ledger slows down: NOT DETECTED, SLO never breached, blamed gateway instead of ledger',
      'False pages: 1; surge x3.2 paged nobody',
      '(5.5x)',
      'conserved',
      'foreshock audit verify',
    ]) {
      expect(summary).toContain(part);
    }
  });

  it('prints no control character of a name', () => {
    const colored = { ...report, faults: report.faults.map((fault) => ({ ...fault, title: 'red\u001b[31m\rtext' })) };
    expect(summarizeDemoReport(colored).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});
