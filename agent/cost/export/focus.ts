import { stringify } from 'csv-stringify/sync';
import { DAY_MS } from '../../../core/time.ts';
import type { LedgerLine } from '../ledger.ts';
import { decimalText, type Micros, roundToMicros } from '../money.ts';
import type { Resource } from '../price-book.ts';
import { type CostReport, isIdle } from '../report.ts';

/** FinOps Open Cost and Usage Specification: columns as in this version, our own with `x_`. */
export const FOCUS_VERSION = '1.2';

/** Numbers are written as they are; text that a spreadsheet would compute gets an apostrophe. */
type Cell = { readonly number: string } | string | null;

const number = (amount: Micros): Cell => ({ number: decimalText(amount) });

/** A cell that begins with one of these is a formula to a spreadsheet (OWASP, CSV injection). */
const FORMULA = /^[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]/;
/** Where the decimal point is a comma, spreadsheets part cells at semicolons, and quotes in the midst of a cell protect nothing. */
const FORMULA_WITHIN = /([;\t\r\n] *)(?=[=+\-@\uff0b\uff0d\uff1d\uff20])/g;

const written = (cell: Cell): string => {
  // FOCUS has null, not an empty text: both are an empty field in CSV.
  if (cell === null) return '';
  if (typeof cell !== 'string') return cell.number;
  const guarded = cell.replace(FORMULA_WITHIN, "$1'");
  return FORMULA.test(guarded) ? `'${guarded}` : guarded;
};

interface Described {
  readonly unit: string;
  readonly category: string;
  readonly what: string;
}

const RESOURCES: Readonly<Record<Resource, Described>> = {
  cpu: { unit: 'Core-Hours', category: 'Compute', what: 'requested CPU' },
  memory: { unit: 'GiB-Hours', category: 'Compute', what: 'requested memory' },
  storage: { unit: 'GiB-Hours', category: 'Storage', what: 'volumes' },
  node: { unit: 'Node-Hours', category: 'Compute', what: 'share of nodes' },
  other: { unit: 'Units', category: 'Other', what: 'cost as given' },
};

const iso = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z');

type Row = Readonly<Record<string, Cell>>;

const frame = (report: CostReport): Row => ({
  BillingAccountId: report.billingAccount,
  BillingAccountName: report.billingAccount,
  BillingCurrency: report.currency,
  BillingPeriodEnd: iso(report.month.until),
  BillingPeriodStart: iso(report.month.from),
  InvoiceIssuerName: report.provider,
  ProviderName: report.provider,
  PublisherName: report.provider,
  ChargeCategory: 'Usage',
  ChargeClass: null,
  ChargeFrequency: 'Usage-Based',
  x_FocusVersion: FOCUS_VERSION,
  x_Estimate: 'true',
  x_InputsHash: report.inputsHash,
});

const chargeRow = (report: CostReport, line: LedgerLine, team: string | undefined): Row => {
  const { unit, category, what } = RESOURCES[line.resource];
  const cost = number(line.cost);
  const quantity = line.resource === 'other' ? number(1_000_000n) : number(line.quantity);
  const service = isIdle(line.service) ? 'idle' : line.service;
  return {
    ...frame(report),
    BilledCost: cost,
    ContractedCost: cost,
    EffectiveCost: cost,
    ListCost: cost,
    ChargeDescription: `${what} of ${service} at ${line.version}`,
    ChargePeriodStart: iso(line.day),
    ChargePeriodEnd: iso(line.day + DAY_MS),
    ConsumedQuantity: quantity,
    ConsumedUnit: unit,
    PricingCategory: 'Standard',
    PricingQuantity: quantity,
    PricingUnit: unit,
    ResourceId: service,
    ResourceName: service,
    ResourceType: isIdle(line.service) ? 'Idle node capacity' : 'Kubernetes workload',
    ServiceCategory: category,
    ServiceName: 'Kubernetes',
    SkuId: line.sku,
    Tags: JSON.stringify({ service, ...(team === undefined ? {} : { team }) }),
    x_RowType: 'actual',
    x_CostBasis: line.basis,
    x_PriceBookVersion: line.version,
  };
};

/** Forecasts carry no cost in the columns of FOCUS, so that whoever adds those up gets what was spent and nothing else. */
const forecastRow = (
  report: CostReport,
  scope: 'day' | 'month',
  from: number,
  until: number,
  quantiles: { readonly p10: number; readonly p50: number; readonly p90: number },
): Row => {
  const none = number(0n);
  const of = (value: number): Cell => number(roundToMicros(value));
  return {
    ...frame(report),
    BilledCost: none,
    ContractedCost: none,
    EffectiveCost: none,
    ListCost: none,
    ChargeDescription: scope === 'month' ? 'forecast of the whole month; no charge' : 'forecast of 24 hours; no charge',
    ChargePeriodStart: iso(from),
    ChargePeriodEnd: iso(until),
    PricingQuantity: none,
    PricingUnit: 'Units',
    ServiceCategory: 'Other',
    ServiceName: 'Kubernetes',
    x_RowType: 'forecast',
    x_ForecastScope: scope,
    x_ForecastCostP10: of(quantiles.p10),
    x_ForecastCostP50: of(quantiles.p50),
    x_ForecastCostP90: of(quantiles.p90),
  };
};

/** Mandatory columns of FOCUS 1.2, then those that apply, then our own. */
export const FOCUS_COLUMNS: readonly string[] = [
  'BilledCost',
  'BillingAccountId',
  'BillingAccountName',
  'BillingCurrency',
  'BillingPeriodEnd',
  'BillingPeriodStart',
  'ChargeCategory',
  'ChargeClass',
  'ChargeDescription',
  'ChargePeriodEnd',
  'ChargePeriodStart',
  'ContractedCost',
  'EffectiveCost',
  'InvoiceIssuerName',
  'ListCost',
  'PricingQuantity',
  'PricingUnit',
  'ProviderName',
  'PublisherName',
  'ServiceCategory',
  'ServiceName',
  'ChargeFrequency',
  'ConsumedQuantity',
  'ConsumedUnit',
  'PricingCategory',
  'ResourceId',
  'ResourceName',
  'ResourceType',
  'SkuId',
  'Tags',
  'x_RowType',
  'x_Estimate',
  'x_CostBasis',
  'x_PriceBookVersion',
  'x_ForecastScope',
  'x_ForecastCostP10',
  'x_ForecastCostP50',
  'x_ForecastCostP90',
  'x_FocusVersion',
  'x_InputsHash',
];

/** The export of one month: what was spent by day, service and resource, then what is forecast. RFC 4180. */
export const focusCsv = (report: CostReport): string => {
  const { month, ledger, monthEnd, services } = report;
  const teams = new Map(services.map(({ service, team }) => [service, team]));
  const lines = ledger.lines
    .filter(({ day }) => day >= month.from && day < month.until)
    .toSorted((a, b) => a.day - b.day || (a.service < b.service ? -1 : a.service > b.service ? 1 : 0) || (a.sku < b.sku ? -1 : 1));
  const rows = lines.map((line) => chargeRow(report, line, teams.get(line.service)));
  if (monthEnd.kind === 'forecast') {
    for (const day of monthEnd.days) {
      rows.push(forecastRow(report, 'day', day.from, day.at, day));
    }
    rows.push(forecastRow(report, 'month', month.from, month.until, monthEnd.total));
  }
  const table = rows.map((row) => FOCUS_COLUMNS.map((column) => written(row[column] ?? null)));
  return stringify([FOCUS_COLUMNS, ...table] as string[][], { record_delimiter: 'windows', quoted_match: /[\r\n]/ });
};
