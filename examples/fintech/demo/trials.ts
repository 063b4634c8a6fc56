import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { max, median, sum } from 'simple-statistics';
import type { DemoReport } from '../../../agent/report/demo-report-model.ts';
import { sha256Hex } from '../../../core/hash.ts';
import { lackedCpu } from './cpu-wait.ts';

/**
 * The demo with ten seeds that nobody chose: they are derived from the hash of the committed tree, so that a change
 * of the code draws new ones. Prints everything, failures first.
 *   npm run demo:trials -- [--runs 10] [--duration 300] [--json FILE]
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10' },
    duration: { type: 'string', default: '300' },
    json: { type: 'string', default: 'demo-trials.json' },
    seeds: { type: 'string' },
  },
});
const runs = Number(values.runs);

const treeHash = (): string => {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD^{tree}'], { encoding: 'utf8' }).trim();
  } catch {
    return 'no commit';
  }
};

const tree = treeHash();
const seeds =
  values.seeds === undefined
    ? Array.from({ length: runs }, (_, run) => Number.parseInt(sha256Hex(`${tree}|${run}`).slice(0, 7), 16))
    : values.seeds.split(',').map(Number);
const script = fileURLToPath(new URL('main.js', import.meta.url));
const folder = resolve('demo-data');
mkdirSync(folder, { recursive: true });

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());

interface Trial {
  readonly seed: number;
  readonly exit: number;
  readonly report: DemoReport | undefined;
}

const runOne = (seed: number, run: number): Promise<Trial> =>
  new Promise((done) => {
    const json = join(folder, `trial-${run}.json`);
    writeFileSync(json, '');
    const child = spawn(
      process.execPath,
      [script, '--seed', String(seed), '--duration', values.duration, '--json', json, '--directory', join(folder, 'run')],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    stop.signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
    child.on('exit', (code) => {
      const text = existsSync(json) ? readFileSync(json, 'utf8') : '';
      done({ seed, exit: code ?? 1, report: text === '' ? undefined : (JSON.parse(text) as DemoReport) });
    });
  });

const trials: Trial[] = [];
for (const [run, seed] of seeds.entries()) {
  if (stop.signal.aborted) break;
  process.stderr.write(`\n--- run ${run + 1} of ${seeds.length}, seed ${seed}\n`);
  trials.push(await runOne(seed, run));
}

/** Left out for the machine's sake alone, whether the run went well or not. */
const judged = trials.filter(({ report }) => report !== undefined && report.verdict !== 'inconclusive' && !lackedCpu(report.machine));
const faults = judged.flatMap((trial) => trial.report?.faults ?? []);
const found = faults.filter((fault) => fault.detectedAt !== undefined);
const blamed = faults.filter((fault) => fault.blamedRight);
const falsePages = judged.flatMap((trial) => trial.report?.falsePages ?? []);
const right = judged.filter((trial) => trial.report?.verdict === 'pass');
const ours = sum(judged.map((trial) => trial.report?.scaling.ours.violationSeconds ?? 0));
const rival = sum(judged.map((trial) => trial.report?.scaling.hpaFrontierAtOurCost.violationSeconds ?? 0));
const orNothing = (figure: (numbers: number[]) => number, numbers: readonly number[]): number =>
  numbers.length === 0 ? Number.NaN : figure([...numbers]);

const line = (trial: Trial): string => {
  const { report, seed, exit } = trial;
  if (report === undefined) return `  seed ${seed}: no report, exit ${exit}`;
  const rows = report.faults.map((fault) => {
    const when = fault.delaySeconds === undefined ? 'NOT FOUND' : `${fault.delaySeconds.toFixed(1)} s`;
    const lead =
      fault.leadSeconds === undefined
        ? fault.sloBreachedAt === undefined
          ? 'objective never breached'
          : '-'
        : `${fault.leadSeconds.toFixed(1)} s before breach`;
    return `      ${fault.title.padEnd(44)} ${when.padEnd(10)} ${lead.padEnd(26)} ${fault.blamedRight ? 'right' : 'WRONG'} ${fault.blamedFirst ?? ''}`;
  });
  const scaling = `violation-seconds ${report.scaling.ours.violationSeconds} against ${report.scaling.hpaFrontierAtOurCost.violationSeconds.toFixed(1)} (${report.scaling.ratio.toFixed(2)}x)`;
  return [
    `  seed ${seed}: ${report.verdict.toUpperCase()}  ${scaling}`,
    ...rows,
    ...report.verdictBecause.map((because) => `      ! ${because}`),
  ].join('\n');
};

const failuresFirst = [...trials].sort((a, b) => Number(a.report?.verdict === 'pass') - Number(b.report?.verdict === 'pass'));
const share = (part: number, whole: number): string => `${part} of ${whole} (${whole === 0 ? '-' : Math.round((100 * part) / whole)} %)`;
const table = [
  `Trials of tree ${tree}`,
  ...failuresFirst.map(line),
  '',
  `faults found            ${share(found.length, faults.length)}   [>= 85 %]`,
  `blamed right first      ${share(blamed.length, faults.length)}   [>= 80 %]`,
  `false pages             ${falsePages.length}   [<= 1]`,
  `runs right alone        ${share(right.length, judged.length)}   [>= 8 of 10]`,
  `not judged              ${trials.length - judged.length}   (no report, or a machine too busy)`,
  `delay, median           ${orNothing(
    median,
    found.map((fault) => fault.delaySeconds ?? Number.NaN),
  ).toFixed(1)} s`,
  `violation-seconds       ${ours} against ${rival.toFixed(1)} of the HPA frontier at equal replica-seconds: ${(ours / rival).toFixed(2)}x   [<= 0.8x]`,
  `agent                   ${orNothing(
    max,
    judged.map((trial) => (trial.report?.agent.rssAnonMaxBytes ?? 0) / 1_048_576),
  ).toFixed(0)} MiB RssAnon at most, ${(
    100 *
      orNothing(
        max,
        judged.map((trial) => trial.report?.agent.cpuShareMean ?? 0),
      )
  ).toFixed(0)} % of a core at most`,
].join('\n');
process.stdout.write(`${table}\n`);
writeFileSync(values.json, `${JSON.stringify({ tree, trials }, null, 2)}\n`);
process.exit(judged.length === trials.length ? 0 : 1);
