import { fileURLToPath } from 'node:url';
import { type Command, InvalidArgumentError } from 'commander';
import type { Clock } from '../../../core/clock.ts';
import { VERSION } from '../../../core/names.ts';
import { type Failure, fail, type Outcome } from '../../../core/outcome.ts';
import { scalingPolicyOf } from '../../config/describe.ts';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { focusCsv } from '../../cost/export/focus.ts';
import { renderCostReport } from '../../cost/html/page.ts';
import { type Month, parseMonth } from '../../cost/month.ts';
import { assembleCostReport, type CostReport } from '../../cost/report.ts';
import { summarizeCostReport } from '../../cost/summary.ts';
import type { UsageSource } from '../../cost/usage.ts';
import { printableLines } from '../../report/report-text.ts';
import { readAllocationFile, readCostJournal, readOpenCost } from './usage-sources.ts';
import { writeReport } from './write-report.ts';

interface CostOptions {
  readonly month?: Month;
  readonly config: string;
  readonly allocation?: string;
  readonly opencost?: string;
  readonly example?: boolean;
  readonly out: string;
}

/** sysexits.h: wrong use, wrong data, wrong configuration. */
const EXIT_USAGE = 64;
const EXIT_DATA = 65;
const EXIT_CONFIG = 78;

const EXAMPLE_MONTH = '2026-10';
const examplePath = (name: string): string => fileURLToPath(new URL(`../../../examples/fintech/cost/${name}`, import.meta.url));

const month = (text: string): Month => {
  const parsed = parseMonth(text);
  if (parsed === undefined) throw new InvalidArgumentError('a month like 2026-10');
  return parsed;
};

const sourceOf = async (options: CostOptions, config: Config, asked: Month, now: number): Promise<Outcome<UsageSource>> => {
  const currency = config.cost?.currency ?? '';
  if (options.example) return readAllocationFile(examplePath('allocation.json.gz'), currency);
  if (options.allocation !== undefined) return readAllocationFile(options.allocation, currency);
  if (options.opencost !== undefined) return readOpenCost(options.opencost, asked, now, currency);
  return readCostJournal(config.dataDirectory, asked, currency);
};

const build = async (options: CostOptions, clock: Clock): Promise<Outcome<CostReport, Failure> & { readonly exit?: number }> => {
  const asked = options.example ? parseMonth(EXAMPLE_MONTH) : options.month;
  if (asked === undefined) return { ...fail('NO_MONTH', 'say which month: --month 2026-10, or --example'), exit: EXIT_USAGE };
  const path = options.example ? examplePath('cost.yaml') : options.config;
  const loaded = await loadConfig(path);
  if (!loaded.ok) return { ...loaded, exit: EXIT_CONFIG };
  const { cost, scaling } = loaded.value;
  if (cost === undefined)
    return { ...fail('CONFIG_INVALID', `${path}: there is no \`cost\` section; it holds prices, budgets and requests`), exit: EXIT_CONFIG };
  // The example is about its own month, whatever day it is read on.
  const now = options.example ? asked.until : clock.now();
  if (asked.from > now) return fail('MONTH_IN_FUTURE', `${asked.name} has not begun`);
  const source = await sourceOf(options, loaded.value, asked, now);
  if (!source.ok) return source;
  const policies = new Map(scaling.map((entry) => [entry.target, scalingPolicyOf(entry)]));
  return assembleCostReport({ month: asked, now, cost, source: source.value, policies, version: VERSION });
};

/** `foreshock report cost`: one page and one export of a month. */
export const addCostReport = (program: Command, clock: Clock, leave: (message: string, code: number) => never): void => {
  program
    .command('report')
    .description('reports about a span of time')
    .command('cost')
    .description('what a month costs, will cost and why it moved: one HTML page and one CSV in the shape of FOCUS')
    .option('-m, --month <month>', 'month in UTC, for example 2026-10', month)
    .option('-c, --config <file>', 'configuration with a `cost` section', 'foreshock.yaml')
    .option('--allocation <file>', 'usage from a file instead of the hours that the agent kept: .json or .csv, also with .gz')
    .option('--opencost <url>', 'usage and cost from the allocation API of OpenCost')
    .option('--example', 'a month of the recorded example; needs nothing else')
    .option('-o, --out <folder>', 'where to write', '.')
    .action(async (options: CostOptions) => {
      const built = await build(options, clock);
      if (!built.ok) return leave(printableLines(built.error.message), built.exit ?? EXIT_DATA);
      const name = `foreshock-cost-${built.value.month.name}`;
      const written = await writeReport(options.out, [
        { name: `${name}.html`, content: renderCostReport(built.value) },
        { name: `${name}.csv`, content: focusCsv(built.value) },
      ]);
      if (!written.ok) return leave(written.error.message, 1);
      process.stdout.write(`${summarizeCostReport(built.value)}\n${written.value.join('\n')}\n`);
    });
};
