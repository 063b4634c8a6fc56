import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { evaluateTraces } from '../evaluate/traces/evaluation.ts';
import { traceTable } from '../evaluate/traces/table.ts';
import { printable, printableLines } from '../report/report-text.ts';

/** sysexits.h: the data are not what they should be. */
const EXIT_DATA = 65;

/** DIR itself, or the days below `rca/nezha-ob` in it. */
const daysIn = async (folder: string): Promise<readonly string[]> => {
  const holdsFaults = async (path: string): Promise<boolean> =>
    (await stat(join(path, 'faults.json')).catch(() => undefined))?.isFile() ?? false;
  if (await holdsFaults(folder)) return [folder];
  const system = join(folder, 'rca', 'nezha-ob');
  const names = await readdir(system).catch(() => []);
  const days: string[] = [];
  for (const name of names.sort()) if (await holdsFaults(join(system, name))) days.push(join(system, name));
  return days;
};

/** `foreshock evaluate traces`. */
export const addEvaluateTraces = (evaluate: Command): void => {
  evaluate
    .command('traces')
    .description('attribute recorded faults over traces: the right service first, beside trivial baselines')
    .requiredOption('--data <dir>', 'folder of benchmark data with rca/nezha-ob, or one of its days')
    .option('--json <file>', 'write the figures of every fault as JSON')
    .action(async ({ data, json }: { readonly data: string; readonly json?: string }) => {
      const stop = (message: string): void => {
        process.stderr.write(`${printable(message)}\n`);
        process.exitCode = EXIT_DATA;
      };
      const days = await daysIn(data);
      if (days.length === 0) return stop(`${data}: no faults.json in it nor in its rca/nezha-ob/*`);
      const evaluations = [];
      for (const day of days) {
        const evaluated = await evaluateTraces(
          day,
          (done, of) => process.stderr.isTTY && process.stderr.write(`\r${done} of ${of} faults`),
        );
        if (!evaluated.ok) return stop(evaluated.error.message);
        evaluations.push({ day, ...evaluated.value });
        process.stdout.write(`${days.length > 1 ? `${day}\n` : ''}${printableLines(traceTable(evaluated.value))}\n`);
      }
      if (json !== undefined) await writeFile(json, `${JSON.stringify(evaluations, null, 2)}\n`);
    });
};
