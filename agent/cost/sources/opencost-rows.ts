import { z } from 'zod';
import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';
import { HOUR_MS } from '../../../core/time.ts';
import { IDLE_SERVICE } from '../ledger.ts';
import { roundToMicros } from '../money.ts';
import type { GivenCost, UsageRow } from '../usage.ts';

/** Numbers of OpenCost are null where it could not compute them: then nothing is known, which is not zero. */
const LARGEST = 1e15;
const cost = z.number().min(-LARGEST).max(LARGEST);
const measured = cost.nullish();
const instant = z.iso.datetime({ offset: true });

const allocationSchema = z.looseObject({
  name: z.string().min(1).max(1_000),
  start: instant,
  end: instant,
  cpuCoreHours: measured,
  ramByteHours: measured,
  pvByteHours: measured,
  cpuCost: cost,
  cpuCostAdjustment: measured,
  ramCost: cost,
  ramCostAdjustment: measured,
  pvCost: measured,
  pvCostAdjustment: measured,
  totalCost: cost,
});

type Allocation = z.output<typeof allocationSchema>;

/** `status` and `message` come beside the data in some versions; anything else may mean that this is not all of it. */
const answerSchema = z.strictObject({
  code: z.number(),
  status: z.string().nullish(),
  message: z.string().nullish(),
  warning: z.string().nullish(),
  data: z.array(z.record(z.string(), z.unknown()).nullable()),
});

export type OpenCostFailure = Failure<'OPENCOST_ANSWER'>;

const GIB = 1_073_741_824;
const CURRENCY_FIELDS = ['currency', 'currencyCode'] as const;

const answerProblem = (issue: z.core.$ZodIssue): string => {
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => JSON.stringify(key)).join(', ');
    return `${keys}: a field that is not known beside \`data\`; if the answer comes in pages, a part of it would be missing`;
  }
  return `${issue.path.map(String).join('.') || 'answer'}: ${issue.message}`;
};

/** Cost in the parts that are told apart; what is neither core, memory nor volume is the rest up to the total. */
const partsOf = (one: Allocation): readonly GivenCost[] => {
  const cpu = roundToMicros(one.cpuCost + (one.cpuCostAdjustment ?? 0));
  const memory = roundToMicros(one.ramCost + (one.ramCostAdjustment ?? 0));
  const storage = roundToMicros((one.pvCost ?? 0) + (one.pvCostAdjustment ?? 0));
  const other = roundToMicros(one.totalCost) - cpu - memory - storage;
  const parts: readonly GivenCost[] = [
    { resource: 'cpu', quantity: roundToMicros(one.cpuCoreHours ?? 0), cost: cpu },
    { resource: 'memory', quantity: roundToMicros((one.ramByteHours ?? 0) / GIB), cost: memory },
    { resource: 'storage', quantity: roundToMicros((one.pvByteHours ?? 0) / GIB), cost: storage },
    { resource: 'other', quantity: 0n, cost: other },
  ];
  return parts.filter(({ quantity, cost }) => quantity !== 0n || cost !== 0n);
};

const otherCurrency = (one: Readonly<Record<string, unknown>>, currency: string): string | undefined => {
  for (const field of CURRENCY_FIELDS) {
    if (one[field] !== undefined && one[field] !== currency)
      return `${field}: ${JSON.stringify(one[field])} is not ${currency}; nothing is converted`;
  }
  return undefined;
};

const rowOf = (raw: unknown, where: string, currency: string): Outcome<UsageRow, OpenCostFailure> => {
  const wrong = (what: string) => fail('OPENCOST_ANSWER', `OpenCost: ${where}.${what}`);
  const checked = allocationSchema.safeParse(raw);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    return wrong(`${issue?.path.map(String).join('.')}: ${issue?.message}`);
  }
  const one = checked.data;
  const foreign = otherCurrency(one, currency);
  if (foreign !== undefined) return wrong(foreign);
  const [from, until] = [Date.parse(one.start), Date.parse(one.end)];
  if (until <= from || until - from > HOUR_MS)
    return wrong('end: is not within an hour after `start`, although steps of an hour were asked for');
  const numbers: readonly (readonly [string, number | null | undefined])[] = [
    ['totalCost', one.totalCost],
    ['cpuCoreHours', one.cpuCoreHours],
    ['ramByteHours', one.ramByteHours],
    ['pvByteHours', one.pvByteHours],
  ];
  const negative = numbers.find(([, value]) => typeof value === 'number' && value < 0);
  if (negative !== undefined) return wrong(`${negative[0]}: ${negative[1]} is no amount`);
  const absent = Number.NaN;
  return succeed({
    service: one.name === '__idle__' || one.name.endsWith('/__idle__') ? IDLE_SERVICE : one.name,
    from,
    until,
    replicas: absent,
    quantities: undefined,
    given: partsOf(one),
    load: absent,
    peakLoad: absent,
    payments: absent,
    desiredReplicas: absent,
    baselineReplicas: absent,
    acted: false,
    recordedAt: undefined,
  });
};

/** Rows of one answer of `GET /allocation` with steps of an hour. The first thing that is wrong is named, and nothing is used. */
export const readOpenCostAnswer = (text: string, currency: string): Outcome<readonly UsageRow[], OpenCostFailure> => {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (cause) {
    const looks = /^\s*</.test(text)
      ? 'a web page, not JSON: is this the address of the OpenCost API (port 9003), and not of its user interface or a login?'
      : 'not JSON';
    return fail('OPENCOST_ANSWER', `OpenCost: the answer is ${looks}`, { cause });
  }
  const foreign = typeof raw === 'object' && raw !== null ? otherCurrency(raw as Record<string, unknown>, currency) : undefined;
  if (foreign !== undefined) return fail('OPENCOST_ANSWER', `OpenCost: ${foreign}`);
  const answer = answerSchema.safeParse(raw);
  if (!answer.success) return fail('OPENCOST_ANSWER', `OpenCost: ${answer.error.issues.map(answerProblem).join('; ')}`);
  if (answer.data.code !== 200)
    return fail('OPENCOST_ANSWER', `OpenCost: code: ${answer.data.code}: ${(answer.data.message ?? '').slice(0, 200)}`);
  const rows: UsageRow[] = [];
  for (const [index, set] of answer.data.data.entries()) {
    for (const [name, one] of Object.entries(set ?? {})) {
      const row = rowOf(one, `data[${index}][${JSON.stringify(name)}]`, currency);
      if (!row.ok) return row;
      if (row.value.given.length > 0) rows.push(row.value);
    }
  }
  return succeed(rows);
};
