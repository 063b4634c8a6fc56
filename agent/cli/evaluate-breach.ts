import { writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { type BreachEvaluation, evaluateBreach, type RampSummary, summarizeRamps } from '../../detectors/time-to-breach/evaluation.ts';
import { RAMP_KINDS } from '../../detectors/time-to-breach/ramps.ts';

const whole = (text: string): number => {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 10_000) throw new InvalidArgumentError('a whole number from 1 to 10000');
  return count;
};

const percent = (share: number): string => (Number.isNaN(share) ? '   -' : `${(100 * share).toFixed(0).padStart(3)}%`);

const row = (name: string, { ramps, told, tenMinutes, lead, coverage, early, late, coverageAll }: RampSummary): string =>
  [
    name.padEnd(13),
    String(ramps).padStart(5),
    percent(told).padStart(6),
    percent(tenMinutes).padStart(9),
    `${lead.toFixed(0)} min`.padStart(9),
    percent(coverage).padStart(9),
    percent(early).padStart(7),
    percent(late).padStart(7),
    percent(coverageAll).padStart(11),
  ].join('');

const tables = ({ ramps, calm }: BreachEvaluation): string => {
  const weeks = calm.reduce((sum, entry) => sum + entry.weeks, 0);
  const warnings = calm.reduce((sum, entry) => sum + entry.warnings, 0);
  const weeksBefore = ramps.reduce((sum, ramp) => sum + ramp.quietWeeks, 0);
  const warningsBefore = ramps.reduce((sum, ramp) => sum + ramp.falseBefore, 0);
  return [
    'Ramps into a bound: told before the breach, 10 minutes before it, lead; truth within q10-q90 when first told, before, after; while told',
    'kind          ramps   told  >=10 min     lead  covered  early   late  while told',
    row('all', summarizeRamps(ramps)),
    ...RAMP_KINDS.map((kind) => row(kind, summarizeRamps(ramps.filter((ramp) => ramp.kind === kind)))),
    '',
    `Early warnings for nothing: ${warnings} in ${weeks.toFixed(0)} weeks of gauges without a ramp (${(warnings / weeks).toFixed(3)} a gauge and week)`,
    ...calm.map((entry) => `  ${entry.kind.padEnd(13)} ${String(entry.warnings).padStart(3)} in ${entry.weeks.toFixed(0)} weeks`),
    `and ${warningsBefore} in the ${weeksBefore.toFixed(0)} weeks before the ramps (${(warningsBefore / weeksBefore).toFixed(3)})`,
    '',
  ].join('\n');
};

/** `foreshock evaluate breach`: times to a bound on seeded gauges; needs no data. */
export const addEvaluateBreach = (evaluate: Command): void => {
  evaluate
    .command('breach')
    .description('times to saturation on seeded ramps, and early warnings without one')
    .option('--ramps <count>', 'ramps of each of the five kinds', whole, 80)
    .option('--calm <count>', 'gauges of each of the eight kinds without a ramp', whole, 4)
    .option('--days <count>', 'days of each of those', whole, 14)
    .option('--seed <number>', 'other series', whole, 1)
    .option('--json <file>', 'every ramp, and the counts')
    .action(async (options: { ramps: number; calm: number; days: number; seed: number; json?: string }) => {
      const { ramps, calm, days, seed } = options;
      const evaluation = evaluateBreach({ seed, rampsPerKind: ramps, calmPerKind: calm, calmDays: days });
      if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(evaluation, undefined, 2)}\n`);
      process.stdout.write(tables(evaluation));
    });
};
