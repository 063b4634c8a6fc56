import { z } from 'zod';
import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';
import { HOUR_MS } from '../../../core/time.ts';
import { roundToMicros } from '../money.ts';
import type { UsageRow } from '../usage.ts';
import { readCsv } from './csv-reader.ts';

/** Above it a number is a mistake of units; it also keeps millionths within a float's whole numbers. */
const LARGEST = 1e9;
const amount = z
  .number({ error: () => 'expected a number from 0; leave it out where it is unknown' })
  .min(0, 'must not be negative')
  .max(LARGEST, `is larger than ${LARGEST}: wrong unit?`);
const instant = z.iso
  .datetime({ offset: true, error: () => 'expected an instant with its zone, like 2026-10-01T13:00:00Z' })
  .transform((written) => Date.parse(written));

const rowSchema = z.strictObject({
  service: z.string().min(1, 'has no name').max(255, 'is longer than 255 characters'),
  start: instant,
  end: instant,
  replicas: amount.optional(),
  cpuCoreHours: amount.optional(),
  memoryGibHours: amount.optional(),
  storageGibHours: amount.optional(),
  load: amount.optional(),
  peakLoad: amount.optional(),
  payments: amount.optional(),
  desiredReplicas: amount.optional(),
  baselineReplicas: amount.optional(),
  acted: z.boolean().optional(),
  recordedAt: instant.optional(),
  cost: amount.optional(),
  currency: z.string().optional(),
});

export type AllocationRow = z.input<typeof rowSchema>;
type CheckedRow = z.output<typeof rowSchema>;
const KNOWN_FIELDS = Object.keys(rowSchema.shape);

type RowsFailure = Failure<'ALLOCATION_INVALID'>;

/** Enough to see what is wrong everywhere; a wrong file is wrong in every row. */
const PROBLEMS_SHOWN = 8;

const createProblems = (file: string) => {
  const told: string[] = [];
  let count = 0;
  return {
    add(where: string, what: string): void {
      count += 1;
      if (told.length < PROBLEMS_SHOWN) told.push(`${file}: ${where}: ${what}`);
    },
    failure(): { readonly ok: false; readonly error: RowsFailure } | undefined {
      if (count === 0) return undefined;
      const rest = count > told.length ? [`${file}: and ${count - told.length} more`] : [];
      return fail('ALLOCATION_INVALID', [...told, ...rest].join('\n'));
    },
  };
};

type Problems = ReturnType<typeof createProblems>;

const meaning = (row: CheckedRow, currency: string): string | undefined => {
  if (row.currency !== undefined && row.currency !== currency)
    return `currency: ${JSON.stringify(row.currency)} is not ${currency}; nothing is converted`;
  if (row.end <= row.start) return 'end: is not after start';
  if (Math.floor(row.start / HOUR_MS) !== Math.floor((row.end - 1) / HOUR_MS))
    return 'end: a row covers at most one hour of the clock; split it';
  const quantities = row.cpuCoreHours !== undefined && row.memoryGibHours !== undefined;
  if ((row.cpuCoreHours === undefined) !== (row.memoryGibHours === undefined)) return 'cpuCoreHours and memoryGibHours: give both or none';
  if (!quantities && row.replicas === undefined && row.cost === undefined)
    return 'nothing to price: give replicas, or cpuCoreHours and memoryGibHours, or cost';
  return undefined;
};

const usageOf = (row: CheckedRow): UsageRow => {
  const { cpuCoreHours, memoryGibHours, storageGibHours, cost } = row;
  return {
    service: row.service,
    from: row.start,
    until: row.end,
    replicas: row.replicas ?? Number.NaN,
    quantities:
      cpuCoreHours === undefined || memoryGibHours === undefined
        ? undefined
        : { cpu: roundToMicros(cpuCoreHours), memory: roundToMicros(memoryGibHours), storage: roundToMicros(storageGibHours ?? 0) },
    given: cost === undefined ? [] : [{ resource: 'other', quantity: 0n, cost: roundToMicros(cost) }],
    load: row.load ?? Number.NaN,
    peakLoad: row.peakLoad ?? Number.NaN,
    payments: row.payments ?? Number.NaN,
    desiredReplicas: row.desiredReplicas ?? Number.NaN,
    baselineReplicas: row.baselineReplicas ?? Number.NaN,
    acted: row.acted ?? false,
    recordedAt: row.recordedAt,
  };
};

const issueText = (issue: z.core.$ZodIssue): string => {
  if (issue.code === 'unrecognized_keys')
    return `unknown field ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}; known are ${KNOWN_FIELDS.join(', ')}`;
  return `${issue.path.map(String).join('.')}: ${issue.message}`;
};

const checkRow = (raw: unknown, where: string, currency: string, problems: Problems): UsageRow | undefined => {
  const checked = rowSchema.safeParse(raw);
  if (!checked.success) {
    for (const issue of checked.error.issues) problems.add(where, issueText(issue));
    return undefined;
  }
  const wrong = meaning(checked.data, currency);
  if (wrong === undefined) return usageOf(checked.data);
  problems.add(where, wrong);
  return undefined;
};

export interface ReadRows {
  readonly label: string | undefined;
  readonly rows: readonly UsageRow[];
}

const fileSchema = z.union([
  z.array(z.unknown()).transform((rows) => ({ rows, label: undefined, currency: undefined })),
  z.strictObject({ label: z.string().max(1_000).optional(), currency: z.string().optional(), rows: z.array(z.unknown()) }),
]);

const fromJson = (text: string, file: string, currency: string): Outcome<ReadRows, RowsFailure> => {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (cause) {
    const hint = /[:,[\s](NaN|-?Infinity)\b/.test(text) ? '; JSON has no NaN and no Infinity: leave the field out where it is unknown' : '';
    return fail('ALLOCATION_INVALID', `${file}: is not JSON: ${(cause as Error).message}${hint}`, { cause });
  }
  const shape = fileSchema.safeParse(raw);
  if (!shape.success)
    return fail('ALLOCATION_INVALID', `${file}: expected a list of rows, or { "label", "currency", "rows": [ ... ] } and nothing else`);
  const { label, currency: stated } = shape.data;
  if (stated !== undefined && stated !== currency)
    return fail('ALLOCATION_INVALID', `${file}: currency: ${JSON.stringify(stated)} is not ${currency}; nothing is converted`);
  const problems = createProblems(file);
  const rows = shape.data.rows.flatMap((row, index) => checkRow(row, `rows[${index}]`, currency, problems) ?? []);
  return problems.failure() ?? succeed({ label, rows });
};

const TEXT_FIELDS = new Set(['service', 'start', 'end', 'recordedAt', 'currency']);

/** A cell as JSON would have it; what cannot be read stays text, so that the check names it. */
const cellValue = (field: string, text: string): unknown => {
  if (TEXT_FIELDS.has(field)) return text;
  if (field === 'acted') return text === 'true' ? true : text === 'false' ? false : text;
  return /^-?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
};

const fromCsv = (text: string, file: string, currency: string): Outcome<ReadRows, RowsFailure> => {
  const records = readCsv(text);
  if (!records.ok) return fail('ALLOCATION_INVALID', `${file}: ${records.error.message}`);
  const [head, ...body] = records.value;
  if (head === undefined) return fail('ALLOCATION_INVALID', `${file}: is empty; the first line names the columns`);
  const unknown = head.fields.filter((field) => !KNOWN_FIELDS.includes(field));
  if (unknown.length > 0) {
    return fail(
      'ALLOCATION_INVALID',
      `${file}: line 1: unknown column ${unknown.map((field) => JSON.stringify(field)).join(', ')}; known are ${KNOWN_FIELDS.join(', ')}`,
    );
  }
  const twice = head.fields.find((field, index) => head.fields.indexOf(field) !== index);
  if (twice !== undefined) return fail('ALLOCATION_INVALID', `${file}: line 1: column ${twice} is there twice`);
  const problems = createProblems(file);
  const rows = body.flatMap(({ line, fields }) => {
    if (fields.length !== head.fields.length) {
      problems.add(`line ${line}`, `has ${fields.length} fields where the first line names ${head.fields.length}`);
      return [];
    }
    const raw: Record<string, unknown> = {};
    head.fields.forEach((field, index) => {
      const cell = fields[index] as string;
      if (cell !== '') raw[field] = cellValue(field, cell);
    });
    return checkRow(raw, `line ${line}`, currency, problems) ?? [];
  });
  return problems.failure() ?? succeed({ label: undefined, rows });
};

/** Rows of an allocation file. Nothing of a file with a wrong row is used: half a month is a wrong month. */
export const readAllocation = (text: string, file: string, format: 'json' | 'csv', currency: string): Outcome<ReadRows, RowsFailure> =>
  format === 'json' ? fromJson(text, file, currency) : fromCsv(text, file, currency);
