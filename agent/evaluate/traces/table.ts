import type { JudgedFault, TraceEvaluation } from './evaluation.ts';
import { METHODS, type Method } from './rankings.ts';

/** "0.83 / 0.90": share of faults with the right service first, and among the first three. */
const accuracy = (places: readonly number[]): string => {
  const within = (most: number): string => (places.filter((place) => place >= 1 && place <= most).length / places.length).toFixed(2);
  return `${within(1)} / ${within(3)}`;
};

const mean = (values: readonly number[]): string => (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(2);

const guessed = (faults: readonly JudgedFault[]): string =>
  `${mean(faults.map(({ guess }) => guess.top1))} / ${mean(faults.map(({ guess }) => guess.top3))}`;

const rowsOf = (faults: readonly JudgedFault[]): readonly (readonly string[])[] => {
  const types = [...new Set(faults.map(({ type }) => type))].sort();
  const groups = [...types.map((type) => [type, faults.filter((fault) => fault.type === type)] as const), ['all', faults] as const];
  const methods = Object.keys(METHODS) as Method[];
  return groups.map(([name, group]) => [
    name,
    `${group.length}`,
    ...methods.map((method) => accuracy(group.map(({ place }) => place[method]))),
    guessed(group),
  ]);
};

/** The evaluation as a table of text; what has no traces is named and not counted. */
export const traceTable = ({ faults, withoutTraces }: TraceEvaluation): string => {
  const lines = ['Right service first / among the first three, by type of fault', ''];
  if (faults.length > 0) {
    const rows = [['fault', 'cases', ...Object.keys(METHODS), 'guess'], ...rowsOf(faults)];
    const widths = (rows[0] as readonly string[]).map((_, column) => Math.max(...rows.map((row) => (row[column] as string).length)));
    lines.push(...rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] as number)).join('  ')), '');
    lines.push(...Object.entries(METHODS).map(([name, meaning]) => `${name} = ${meaning}`), 'guess = a service drawn at random');
    const worst = Math.max(...faults.map(({ total }) => Math.abs(total - 1)));
    lines.push(`The terms of every change add up to 100 % (largest deviation ${(100 * worst).toExponential(1)} %).`);
    lines.push(
      '',
      ...faults.map((fault) => `${fault.id} ${fault.type} at ${fault.service}: place ${fault.place.attribution}; ${fault.because}`),
    );
  }
  lines.push(
    '',
    `Without any whole request, not counted: ${withoutTraces.length === 0 ? 'none' : withoutTraces.map(({ id, type, service }) => `${id} (${type} at ${service})`).join(', ')}`,
  );
  return lines.join('\n');
};
