import { z } from 'zod';
import { parseMicros, parseNanos } from './money.ts';

const calendarDay = z.iso.date({ error: () => 'expected a day like 2026-10-01' });
const currencies: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));
const currency = z
  .string()
  .refine((code) => currencies.has(code), { error: 'expected a currency of ISO 4217, three capital letters such as EUR or USD' });

const price = z.union([z.number(), z.string()], { error: () => 'expected a price, for example 0.0316' }).transform((written, context) => {
  const nanos = parseNanos(written);
  if (nanos !== undefined && nanos >= 0n) return String(written);
  const message =
    nanos === undefined
      ? 'expected a decimal with at most nine decimals, for example 0.0316'
      : 'a price is never negative; credits belong to the bill';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

const amount = z.union([z.number(), z.string()], { error: () => 'expected an amount, for example 1200' }).transform((written, context) => {
  const micros = parseMicros(written);
  if (micros !== undefined && micros > 0n) return String(written);
  const message =
    micros === 0n
      ? 'a budget of zero has no percentage to stay within; leave the month out when it has no budget'
      : 'expected an amount above 0 with at most six decimals';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

const name = z.string().min(1).max(255);

const priceEntry = z.strictObject({
  version: z.string().min(1).max(100).describe('What this book is called in reports, for example `2026-10 contract`'),
  from: calendarDay.describe('First day it is valid, in UTC'),
  to: calendarDay.optional().describe('First day it is no longer valid; until the next entry when left out'),
  basis: z
    .enum(['list', 'negotiated', 'billed'])
    .describe('`list`: published; `negotiated`: of your contract; `billed`: what invoices came to per unit'),
  currency: currency.optional().describe('Only to be refused when it is another one than `cost.currency`: nothing is converted'),
  cpuCoreHour: price.optional().describe('Price of one requested CPU core for an hour'),
  memoryGibHour: price.optional().describe('Price of one requested GiB of memory for an hour'),
  storageGibHour: price.optional().describe('Price of one GiB of volume for an hour'),
  nodeHour: z.record(name, price).default({}).describe('Price of one node for an hour, by the name of its type'),
});

/** Below a thousandth nothing is left once amounts are counted in millionths, and a share of it divides by zero. */
const sized = (amount: z.ZodNumber) =>
  amount.refine((value) => value === 0 || (value >= 0.001 && value <= 1_000_000), 'expected 0.001 to 1,000,000: wrong unit?');

const nodeType = z.strictObject({
  name: name.describe('Name of the type, for example `general-4x16`'),
  cpuCores: sized(z.number().gt(0)).describe('Cores that pods can request on it'),
  memoryGib: sized(z.number().gt(0)).describe('GiB of memory that pods can request on it'),
});

const costService = z.strictObject({
  service: name.describe('Service as it is called in allocation rows'),
  cpuCores: sized(z.number().min(0)).describe('CPU request of one replica'),
  memoryGib: sized(z.number().min(0)).describe('Memory request of one replica'),
  storageGib: z.number().min(0).prefault(0).describe('Volumes of the service as a whole'),
  nodeType: name.optional().describe('Its replicas pay their share of a node of this type instead of cores and memory'),
  team: name.optional().describe('Who owns it; a tag in the export'),
  target: name.optional().describe('Entry of `scaling` that scales it: its load forecast and plan make the cost forecast'),
  replicas: z.int().min(0).optional().describe('Replicas when nothing scales it and nothing reports them'),
  replicasSignal: z
    .strictObject({ service: name.describe('Service that reports it'), signal: name.describe('Gauge with the number of replicas') })
    .optional()
    .describe('Signal that counts its replicas, when no target does'),
});

type Written = z.output<typeof costShape>;
type Context = z.core.$RefinementCtx<Written>;

const problem = (context: Context, path: readonly (string | number)[], message: string): void => {
  context.addIssue({ code: 'custom', path: [...path], message });
};

/** One price for each moment: entries follow each other without overlap and without a gap. */
const checkDates = (cost: Written, context: Context): void => {
  cost.prices.forEach((entry, index) => {
    const at = (key: string) => ['prices', index, key];
    if (entry.to !== undefined && entry.to <= entry.from)
      problem(context, at('to'), `ends on ${entry.to}, before it begins on ${entry.from}`);
    if (entry.currency !== undefined && entry.currency !== cost.currency) {
      problem(
        context,
        at('currency'),
        `${entry.currency} is not ${cost.currency}, the currency of the report; nothing is converted, so give this entry in ${cost.currency}`,
      );
    }
    const before = cost.prices[index - 1];
    if (before === undefined) return;
    if (entry.from <= before.from)
      problem(
        context,
        at('from'),
        `begins on ${entry.from}, not after the entry before it (${before.from}); write entries in the order of their days`,
      );
    else if (before.to !== undefined && entry.from < before.to) {
      problem(
        context,
        at('from'),
        `overlaps \`${before.version}\`, which is valid until ${before.to}; begin on ${before.to}, or end that one earlier`,
      );
    } else if (before.to !== undefined && entry.from > before.to) {
      problem(
        context,
        at('from'),
        `leaves a gap: \`${before.version}\` ends on ${before.to} and this begins on ${entry.from}; leave out \`to\`, or begin on ${before.to}`,
      );
    }
  });
};

/** Every service can be priced by every entry. */
const checkResources = (cost: Written, context: Context): void => {
  cost.services.forEach((service, index) => {
    if (service.nodeType !== undefined && !cost.nodeTypes.some(({ name: known }) => known === service.nodeType)) {
      problem(
        context,
        ['services', index, 'nodeType'],
        `\`${service.nodeType}\` is not in \`cost.nodeTypes\`; add it with its cores and memory`,
      );
    }
  });
  cost.prices.forEach((entry, index) => {
    const missing = (key: string, who: string): void =>
      problem(context, ['prices', index], `\`${entry.version}\` has no \`${key}\`, which ${who} needs; add it`);
    const onResources = cost.services.find(({ nodeType: type }) => type === undefined);
    if (onResources !== undefined && entry.cpuCoreHour === undefined) missing('cpuCoreHour', onResources.service);
    if (onResources !== undefined && entry.memoryGibHour === undefined) missing('memoryGibHour', onResources.service);
    const stored = cost.services.find(({ storageGib }) => storageGib > 0);
    if (stored !== undefined && entry.storageGibHour === undefined) missing('storageGibHour', stored.service);
    for (const type of new Set(cost.services.flatMap(({ nodeType: used }) => used ?? []))) {
      if (entry.nodeHour[type] === undefined) missing(`nodeHour.${type}`, `nodeType ${type}`);
    }
  });
};

const checkTwice = (entries: readonly string[], path: (index: number) => readonly (string | number)[], context: Context): void => {
  entries.forEach((entry, index) => {
    if (entries.indexOf(entry) !== index) problem(context, path(index), `\`${entry}\` is given twice; keep one`);
  });
};

const costShape = z.strictObject({
  currency: currency.describe('Currency of prices, budgets and reports (ISO 4217)'),
  provider: name.prefault('cluster').describe('Who runs the machines: provider, publisher and invoice issuer in the export'),
  billingAccount: name.prefault('default').describe('Billing account in the export'),
  prices: z.array(priceEntry).min(1).max(500).describe('The price book: entries by the day from which they are valid'),
  nodeTypes: z.array(nodeType).max(100).default([]).describe('Types of node that services are packed on'),
  budgets: z
    .array(
      z.strictObject({
        month: z
          .string()
          .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'expected a month like 2026-10')
          .describe('Month it is for'),
        amount: amount.describe('What may be spent in it'),
      }),
    )
    .max(600)
    .prefault([])
    .describe('Budgets, one a month'),
  services: z.array(costService).max(5_000).default([]).describe('What one replica of each service requests, and where it runs'),
  payments: z
    .strictObject({
      service: name.describe('Service that counts them'),
      signal: name.prefault('requests').describe('Signal that counts them'),
    })
    .optional()
    .describe('What counts as a payment for the cost of 1,000 of them'),
  ownService: name.prefault('foreshock').describe('Service that is Foreshock itself; its cost is shown apart'),
});

export const costSchema = costShape.superRefine((cost, context) => {
  checkDates(cost, context);
  checkResources(cost, context);
  checkTwice(
    cost.services.map(({ service }) => service),
    (index) => ['services', index, 'service'],
    context,
  );
  checkTwice(
    cost.budgets.map(({ month }) => month),
    (index) => ['budgets', index, 'month'],
    context,
  );
  checkTwice(
    cost.nodeTypes.map(({ name: type }) => type),
    (index) => ['nodeTypes', index, 'name'],
    context,
  );
});

export type CostConfig = z.output<typeof costSchema>;
export type CostServiceConfig = CostConfig['services'][number];
