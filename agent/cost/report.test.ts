import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import type { ScalingPolicy } from '../../scaler/recommendation.ts';
import { costConfig, fiftyDays, given, OCTOBER, SEPTEMBER_FIRST, sourceOf, usageRow } from './cost.fixture.ts';
import { FOCUS_COLUMNS, focusCsv } from './export/focus.ts';
import { renderCostReport } from './html/page.ts';
import { IDLE_SERVICE } from './ledger.ts';
import { parseMicros, sumOf } from './money.ts';
import { assembleCostReport, type CostQuestion, type CostReport } from './report.ts';
import { roundBridge } from './rounding.ts';
import { readCsv } from './sources/csv-reader.ts';

const POLICY: ScalingPolicy = {
  target: 'process/gateway',
  minReplicas: 1,
  maxReplicas: 20,
  loadPerReplica: 10,
  risk: 0.01,
  leadMs: 60_000,
  stabilizationMs: 300_000,
  up: { replicas: 4, percent: 100, windowMs: 15_000 },
  down: { replicas: 1, percent: 10, windowMs: 60_000 },
  mode: 'act',
};

const ask = (changes: Partial<CostQuestion> = {}): ReturnType<typeof assembleCostReport> =>
  assembleCostReport({
    month: OCTOBER,
    now: Date.UTC(2026, 10, 3),
    cost: costConfig(),
    source: sourceOf(fiftyDays(50)),
    policies: new Map(),
    version: 'test',
    ...changes,
  });

const report = (changes: Partial<CostQuestion> = {}): CostReport => {
  const asked = ask(changes);
  if (!asked.ok) throw new Error(asked.error.message);
  return asked.value;
};

let october: CostReport | undefined;
/** Of fifty days, as most tests take it: assembled once. */
const ordinary = (): CostReport => {
  october ??= report();
  return october;
};

const told = (changes: Partial<CostQuestion>): string => {
  const asked = ask(changes);
  return asked.ok ? 'accepted' : `${asked.error.code}: ${asked.error.message}`;
};

const OCTOBER_FIRST = OCTOBER.from;

describe('the money of a month', () => {
  it('goes from replicas by requests to prices of their day', () => {
    const rows = [usageRow('pay/gateway', OCTOBER_FIRST - HOUR_MS, 3), usageRow('pay/gateway', OCTOBER_FIRST, 3)];
    // 3 cores at 0.03, 6 GiB at 0.004, 10 GiB of volume at 0.0001.
    expect(report({ source: sourceOf(rows) }).spent).toBe(parseMicros('0.115'));
  });

  it('packs a node type by the larger share and calls the rest of whole nodes idle', () => {
    // 3 replicas of 8 of 16 GiB are one and a half nodes; two are paid.
    const { services, spent } = report({ source: sourceOf([usageRow('pay/ledger', OCTOBER_FIRST, 3)]) });
    expect(services.map(({ service, spent: cost }) => [service, cost])).toEqual([
      ['pay/ledger', parseMicros('0.24')],
      [IDLE_SERVICE, parseMicros('0.08')],
    ]);
    expect(spent).toBe(parseMicros('0.32'));
  });

  it('takes money that came ready from its source as it is', () => {
    expect(report({ source: sourceOf([usageRow('anything', OCTOBER_FIRST, Number.NaN, { given: given(1.234567) })]) }).spent).toBe(
      1_234_567n,
    );
  });

  it('counts a restated hour once, with its newest row', () => {
    const at = (replicas: number, recordedAt: number) => usageRow('pay/gateway', OCTOBER_FIRST, replicas, { recordedAt });
    const once = report({ source: sourceOf([at(3, OCTOBER_FIRST + 3 * DAY_MS), at(9, OCTOBER_FIRST + HOUR_MS)]) });
    expect(once.spent).toBe(parseMicros('0.115'));
    expect(once.quality).toMatchObject({ restated: 1, late: 1 });
  });

  it.each([
    [
      'rows overlap',
      {
        source: sourceOf([
          usageRow('a', OCTOBER_FIRST, 1, { given: given(1) }),
          usageRow('a', OCTOBER_FIRST + 60_000, 1, { until: OCTOBER_FIRST + HOUR_MS, given: given(1) }),
        ]),
      },
      'USAGE_INVALID: "a" has two rows that overlap',
    ],
    [
      'a service has no requests',
      { source: sourceOf([usageRow('pay/other', OCTOBER_FIRST, 1)]) },
      'REQUESTS_MISSING: "pay/other" has replicas but no requests',
    ],
    [
      'no price is valid',
      {
        cost: costConfig({
          prices: [
            {
              version: 'old',
              from: '2026-01-01',
              to: '2026-10-01',
              basis: 'list',
              cpuCoreHour: 1,
              memoryGibHour: 1,
              storageGibHour: 1,
              nodeHour: { large: 1 },
            },
          ],
        }),
      },
      'PRICE_MISSING: no price is valid on 2026-10-01',
    ],
    ['the month has not begun', { now: Date.UTC(2026, 8, 15) }, 'MONTH_IN_FUTURE'],
    [
      'the month has no data',
      { source: sourceOf(fiftyDays(10)) },
      'MONTH_EMPTY: the allocation file has nothing for 2026-10: its rows are from 2026-09-01 to 2026-09-10',
    ],
    ['there is nothing at all', { source: sourceOf([]) }, 'it has no rows at all'],
  ])('is refused when %s', (_when, changes, message) => expect(told(changes)).toContain(message));
});

describe('the end of the month', () => {
  it('is a band that contains its middle and grows from what was spent', () => {
    const { monthEnd, spent, accuracy } = ordinary();
    if (monthEnd.kind !== 'forecast') throw new Error(monthEnd.kind);
    const { p10, p50, p90 } = monthEnd.total;
    expect(p10).toBeLessThanOrEqual(p50);
    expect(p50).toBeLessThanOrEqual(p90);
    expect(p10).toBeGreaterThan(Number(spent) / 1e6);
    expect(accuracy?.wape).toBeLessThan(0.1);
  });

  it('meets the month that then came', () => {
    const { monthEnd } = report({ source: sourceOf(fiftyDays(50)) });
    const whole = report({ source: sourceOf(fiftyDays(61)) });
    expect(whole.monthEnd.kind).toBe('complete');
    if (monthEnd.kind !== 'forecast') throw new Error(monthEnd.kind);
    expect(Math.abs(monthEnd.total.p50 / (Number(whole.spent) / 1e6) - 1)).toBeLessThan(0.03);
  });

  it('sends a load with a policy through the planner', () => {
    const cost = costConfig({ services: [{ service: 'pay/gateway', cpuCores: 1, memoryGib: 2, target: 'process/gateway' }] });
    const planned = report({ cost, policies: new Map([[POLICY.target, POLICY]]) });
    if (planned.monthEnd.kind !== 'forecast') throw new Error(planned.monthEnd.kind);
    expect(planned.monthEnd.drivers).toEqual([{ name: 'pay/gateway', kind: 'load through the plan' }]);
    // With a ceiling on replicas the same load costs less: the plan, not the past cost, decides.
    const capped = report({ cost, policies: new Map([[POLICY.target, { ...POLICY, maxReplicas: 3 }]]) });
    if (capped.monthEnd.kind !== 'forecast') throw new Error(capped.monthEnd.kind);
    expect(capped.inputsHash).not.toBe(planned.inputsHash);
  });

  it('knows a price that changes on a later day', () => {
    const prices = [
      ...costConfig().prices,
      { ...costConfig().prices[1], version: 'double', from: '2026-10-21', cpuCoreHour: 0.06, memoryGibHour: 0.008 },
    ];
    const same = ordinary();
    const dearer = report({ cost: costConfig({ prices }) });
    if (same.monthEnd.kind !== 'forecast' || dearer.monthEnd.kind !== 'forecast') throw new Error('no forecast');
    expect(dearer.spent).toBe(same.spent);
    expect(dearer.monthEnd.total.p50 - same.monthEnd.total.p50).toBeGreaterThan(0.5 * (same.monthEnd.total.p50 - Number(same.spent) / 1e6));
  });

  it('says that it cannot be told from a few days', () => {
    const rows = fiftyDays(50).filter(({ from }) => from >= OCTOBER_FIRST && from < OCTOBER_FIRST + 4 * DAY_MS);
    const { monthEnd, bridge, bridgeMissing } = report({ source: sourceOf(rows) });
    expect(monthEnd.kind).toBe('unknown');
    expect(bridge).toBeUndefined();
    expect(bridgeMissing).toBe('there is no data of 2026-09');
  });

  it('is the same for the same inputs', () => {
    expect(renderCostReport(report())).toBe(renderCostReport(ordinary()));
  });
});

describe('the bridge', () => {
  it('adds up to the last millionth, by service and as a whole', () => {
    const rows = [
      ...fiftyDays(50),
      ...fiftyDays(50, 'pay/ledger').map((row) => ({ ...row, payments: Number.NaN })),
      usageRow('new', OCTOBER_FIRST, 1, { given: given(3) }),
      usageRow('gone', SEPTEMBER_FIRST, 1, { given: given(2) }),
    ];
    const { bridge } = report({ source: sourceOf(rows) });
    if (bridge === undefined) throw new Error('no bridge');
    for (const one of [bridge, ...bridge.services]) {
      expect(one.before + one.volume + one.rate + one.efficiency + one.appeared + one.gone).toBe(one.after);
    }
    const rounded = roundBridge(bridge, 10_000n);
    for (const one of [rounded.all, ...rounded.services]) {
      expect(one.before + one.volume + one.rate + one.efficiency + one.appeared + one.gone).toBe(one.after);
      for (const amount of [one.before, one.volume, one.rate, one.efficiency, one.appeared, one.gone]) expect(amount % 10_000n).toBe(0n);
    }
    const cents = (amount: bigint): bigint => (amount + 5_000n) / 10_000n;
    expect([rounded.all.before, rounded.all.after].map(cents)).toEqual([bridge.before, bridge.after].map(cents));
    expect(bridge.appeared).toBe(3_000_000n);
    expect(bridge.gone).toBe(-2_000_000n);
    expect(bridge.rate).toBeLessThan(0n);
    expect(bridge.volumeKnown).toBe(true);
  });

  it('calls twice the payments at the same cost each volume, and a cheaper contract rate', () => {
    const day = (from: number, replicas: number) =>
      Array.from({ length: 24 }, (_, hour) => usageRow('pay/gateway', from + hour * HOUR_MS, replicas, { payments: replicas * 100 }));
    const cost = costConfig({ services: [{ service: 'pay/gateway', cpuCores: 1, memoryGib: 0 }] });
    const { bridge } = report({ cost, source: sourceOf([...day(SEPTEMBER_FIRST, 2), ...day(OCTOBER_FIRST, 4)]) });
    expect(bridge).toMatchObject({ before: parseMicros('1.92'), volume: parseMicros('1.92'), rate: parseMicros('-0.96'), efficiency: 0n });
  });
});

describe('data quality', () => {
  it('finds missing hours and keeps their estimate out of what was spent', () => {
    const lost = (from: number): boolean => from >= OCTOBER_FIRST + 5 * HOUR_MS && from < OCTOBER_FIRST + 9 * HOUR_MS;
    const all = ordinary();
    const { quality, spent } = report({ source: sourceOf(fiftyDays(50).filter(({ from }) => !lost(from))) });
    expect(quality.gaps).toEqual([{ service: 'pay/gateway', from: OCTOBER_FIRST + 5 * HOUR_MS, hours: 4 }]);
    expect(spent).toBeLessThan(all.spent);
    expect(quality.estimatedGapCost).toBeCloseTo(Number(all.spent - spent) / 1e6, 1);
  });
});

const HOSTILE = `=cmd|' /C calc'!A0<script>alert(1)</script>"'&`;

describe('what leaves the house', () => {
  it('ties: the export adds up to what was spent, and forecasts add nothing to it', () => {
    const one = ordinary();
    const read = readCsv(focusCsv(one));
    if (!read.ok) throw new Error(read.error.message);
    const [head, ...rows] = read.value.map(({ fields }) => fields);
    expect(head).toEqual(FOCUS_COLUMNS);
    const column = (name: string): readonly string[] => rows.map((fields) => fields[FOCUS_COLUMNS.indexOf(name)] as string);
    for (const name of ['BilledCost', 'EffectiveCost', 'ContractedCost', 'ListCost']) {
      expect(sumOf(column(name).map((cell) => parseMicros(cell) as bigint))).toBe(one.spent);
    }
    expect(new Set(column('x_RowType'))).toEqual(new Set(['actual', 'forecast']));
    expect(column('x_ForecastCostP50').filter((cell) => cell !== '').length).toBeGreaterThan(5);
  });

  it('ends every line as RFC 4180 does, and leaves no mandatory column empty', () => {
    const csv = focusCsv(ordinary());
    expect(
      csv
        .split('\n')
        .slice(0, -1)
        .every((line) => line.endsWith('\r')),
    ).toBe(true);
    const read = readCsv(csv);
    const mandatory = FOCUS_COLUMNS.slice(0, 21).filter((name) => name !== 'ChargeClass');
    for (const { fields } of read.ok ? read.value : [])
      for (const name of mandatory) expect(fields[FOCUS_COLUMNS.indexOf(name)]).not.toBe('');
  });

  it.each(['=', '+', '-', '@', '\t', '\r'])('gives text that begins with %j an apostrophe, and leaves numbers numbers', (sign) => {
    const name = `${sign}HYPERLINK("x")`;
    const one = report({
      source: sourceOf([usageRow(name, OCTOBER_FIRST, 1, { given: given(1.5) })]),
      cost: costConfig({ billingAccount: '-1+1' }),
    });
    const read = readCsv(focusCsv(one));
    const row = read.ok ? read.value[1]?.fields : undefined;
    expect(row?.[FOCUS_COLUMNS.indexOf('ResourceId')]).toBe(`'${name}`);
    expect(row?.[FOCUS_COLUMNS.indexOf('BillingAccountId')]).toBe("'-1+1");
    expect(row?.[FOCUS_COLUMNS.indexOf('EffectiveCost')]).toBe('1.5');
  });

  it('keeps a name with a line of its own in one cell', () => {
    const one = report({ source: sourceOf(['a\nb', 'c\rd'].map((name) => usageRow(name, OCTOBER_FIRST, 1, { given: given(1.5) }))) });
    const read = readCsv(focusCsv(one));
    const names = read.ok ? read.value.slice(1, 3).map(({ fields }) => fields[FOCUS_COLUMNS.indexOf('ResourceId')]) : [];
    expect(names).toEqual(['a\nb', 'c\rd']);
  });

  it.each([';', '; ', '\n', '\t', 'x\r\n'])(
    'gives a formula behind %j an apostrophe, where a spreadsheet may begin another cell',
    (border) => {
      const name = `pay${border}=HYPERLINK(1)`;
      const one = report({ source: sourceOf([usageRow(name, OCTOBER_FIRST, 1, { given: given(1.5) })]) });
      const read = readCsv(focusCsv(one));
      const row = read.ok ? read.value[1]?.fields : undefined;
      expect(row?.[FOCUS_COLUMNS.indexOf('ResourceId')]).toBe(`pay${border}'=HYPERLINK(1)`);
      expect(focusCsv(one)).not.toMatch(/[;\t\r\n] *=/);
    },
  );

  it('escapes every text from outside, loads nothing and runs nothing', () => {
    const rows = fiftyDays(50).map((row) => ({ ...row, service: HOSTILE }));
    const cost = costConfig({
      provider: HOSTILE,
      services: [{ service: HOSTILE, cpuCores: 1, memoryGib: 1, team: HOSTILE, target: 'process/gateway' }],
    });
    const html = renderCostReport(
      report({ cost, source: sourceOf(rows, `example: ${HOSTILE}`), policies: new Map([[POLICY.target, POLICY]]) }),
    );
    expect(html).not.toMatch(/<script|<link|@import|url\(|src=|https?:/);
    expect(html).toContain('&lt;script&gt;');
    expect(html).not.toMatch(/"'&[^a#]/);
  });

  it.each([
    ['a month with everything', {}],
    ['one hour', { source: sourceOf([usageRow('pay/gateway', OCTOBER_FIRST, 1)]) }],
    [
      'no payments, no budget',
      { cost: costConfig({ budgets: [] }), source: sourceOf(fiftyDays(50).map((row) => ({ ...row, payments: Number.NaN }))) },
    ],
    ['zero payments', { source: sourceOf(fiftyDays(50).map((row) => ({ ...row, payments: 0 }))) }],
    [
      'a month that costs nothing',
      { source: sourceOf(fiftyDays(50).map((row) => ({ ...row, replicas: 0, quantities: { cpu: 0n, memory: 0n, storage: 1n } }))) },
    ],
    ['a complete month', { source: sourceOf(fiftyDays(61)) }],
  ])('shows no number that is none: %s', (_what, changes) => {
    const one = report(changes);
    expect(renderCostReport(one)).not.toMatch(/NaN|undefined|Infinity/);
    expect(focusCsv(one)).not.toMatch(/NaN|undefined|Infinity/);
  });
});
