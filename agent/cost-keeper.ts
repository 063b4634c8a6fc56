import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClosedStep, SignalTable } from '../core/signal.ts';
import { DAY_MS } from '../core/time.ts';
import { keepLedger, spentIn } from './cost/ledger.ts';
import { createCostTracker, type LiveStep } from './cost/live/tracker.ts';
import { createUsageReader, type PricedWorkload } from './cost/live/usage-of-step.ts';
import { parseMicros, toUnits } from './cost/money.ts';
import { type Month, monthBefore, monthOf } from './cost/month.ts';
import { createPriceBook, replicaHourPrice } from './cost/price-book.ts';
import type { CostConfig } from './cost/schema.ts';
import { type AllocationRow, readAllocation } from './cost/sources/allocation-rows.ts';
import type { UsageRow } from './cost/usage.ts';
import type { AgentPorts } from './ports.ts';

/** What /metrics shows; in units of the currency. NaN where unknown. */
export interface CostReading {
  readonly currency: string;
  /** Up to the last full hour. */
  readonly monthToDate: number;
  readonly budget: number;
  readonly hourly: readonly { readonly service: string; readonly cost: number }[];
}

/** Keeps what services used, hour by hour, where `foreshock report cost` finds it. */
export interface CostKeeper {
  step(step: ClosedStep): void;
  reading(): CostReading;
  close(): Promise<void>;
}

export const costJournalPath = (dataDirectory: string, month: Month): string => join(dataDirectory, 'cost', `${month.name}.ndjson`);

const isJson = (line: string): boolean => {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
};

/** The lines of a journal as one list; what a crash cut off is left out, and its hour shows as a gap. */
export const journalRows = (text: string): string => `[${text.split('\n').filter(isJson).join(',')}]`;

const readMonth = async (path: string, currency: string): Promise<readonly UsageRow[]> => {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  // Whatever a crash cut off stays a line of its own: what is written next must not grow together with it.
  if (text !== '' && !text.endsWith('\n')) await appendFile(path, '\n');
  const read = readAllocation(journalRows(text), path, 'json', currency);
  return read.ok ? read.value.rows : [];
};

export interface CostKeeperOptions {
  readonly cost: CostConfig;
  readonly dataDirectory: string;
  readonly dayLengthMs: number;
  readonly now: number;
  readonly signals: SignalTable;
  readonly workloads: readonly PricedWorkload[];
  readonly log: AgentPorts['log'];
}

/** Undefined on compressed days: an hour of theirs is no hour that anybody pays. */
export const openCostKeeper = async (options: CostKeeperOptions): Promise<CostKeeper | undefined> => {
  const { cost, dataDirectory, log, now } = options;
  if (options.dayLengthMs !== DAY_MS) {
    log.warn({ dayLengthMs: options.dayLengthMs }, 'cost is not kept: days are not 24 hours long');
    return undefined;
  }
  await mkdir(join(dataDirectory, 'cost'), { recursive: true });
  const book = createPriceBook(cost);
  const usageOf = createUsageReader(cost, options.signals, options.workloads);
  const tracker = createCostTracker();
  let month = monthOf(now);
  let rows: readonly UsageRow[] = await readMonth(costJournalPath(dataDirectory, month), cost.currency);
  let newest: LiveStep | undefined;
  let written: Promise<void> = Promise.resolve();

  const spent = (): number => {
    const kept = keepLedger(rows, book, month, monthBefore(month));
    return kept.ok ? toUnits(spentIn(kept.value.lines, month.from, month.until)) : Number.NaN;
  };
  let monthToDate = spent();

  const keep = (ended: readonly AllocationRow[]): void => {
    const [first] = ended;
    if (first === undefined) return;
    const of = monthOf(Date.parse(first.start));
    const read = readAllocation(JSON.stringify(ended), 'cost journal', 'json', cost.currency);
    if (!read.ok) {
      log.error({ code: read.error.code }, read.error.message);
      return;
    }
    if (of.from !== month.from) {
      month = of;
      rows = [];
    }
    rows = [...rows, ...read.value.rows];
    monthToDate = spent();
    const lines = ended.map((row) => `${JSON.stringify(row)}\n`).join('');
    written = written
      .then(() => appendFile(costJournalPath(dataDirectory, of), lines))
      .catch((error: unknown) => log.error({ err: error }, 'usage of an hour could not be kept'));
  };

  return {
    step(step) {
      newest = usageOf(step);
      keep(tracker.step(newest));
    },
    reading() {
      const at = newest?.endsAt ?? now;
      const entry = book.at(at);
      const budget = cost.budgets.find((one) => one.month === monthOf(at).name)?.amount;
      return {
        currency: cost.currency,
        // A new month has nothing yet until its first hour is over.
        monthToDate: monthOf(at).from === month.from ? monthToDate : 0,
        budget: budget === undefined ? Number.NaN : toUnits(parseMicros(budget) ?? 0n),
        hourly: (newest?.usage ?? []).map(({ service, replicas }) => ({
          service,
          cost: entry === undefined ? Number.NaN : replicas * (replicaHourPrice(book, service, entry) ?? Number.NaN),
        })),
      };
    },
    async close() {
      keep(tracker.flush());
      await written;
    },
  };
};
