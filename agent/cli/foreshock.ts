#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { createKubernetesClient } from '../../collectors/kubernetes/client.ts';
import { VERSION } from '../../core/names.ts';
import { systemClock } from '../../core/system-clock.ts';
import { findDecision, readDecisions } from '../audit/decision-reader.ts';
import { decisionLine, explain } from '../audit/explain.ts';
import { replayLog, replayRecord } from '../audit/replay-log.ts';

import { verify } from '../audit/verify.ts';
import { describeConfig } from '../config/describe.ts';
import { calendarLines } from '../config/describe-calendar.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { startAgent } from '../main.ts';
import { releaseEverything } from '../release.ts';
import { printable } from '../report/report-text.ts';
import { addBacktestCommand } from './backtest.ts';
import { addCostReport } from './cost/command.ts';
import { addEvaluateBreach } from './evaluate-breach.ts';
import { addEvaluateDetection } from './evaluate-detection.ts';
import { addEvaluateForecast } from './evaluate-forecast.ts';
import { addEvaluatePages } from './evaluate-pages.ts';
import { addEvaluateTraces } from './evaluate-traces.ts';
import { addSloPropose } from './slo-propose.ts';
import { addTrialCommand } from './trial.ts';

/** sysexits.h: the command was used wrongly, or its configuration is wrong. */
const EXIT_CONFIG = 78;
const EXIT_DATA = 65;
const EXIT_UNAVAILABLE = 69;

const fail = (message: string, code: number): never => {
  process.stderr.write(`${message}\n`);
  process.exit(code);
};

const configFrom = async (path: string): Promise<Config> => {
  const loaded = await loadConfig(path);
  return loaded.ok ? loaded.value : fail(loaded.error.message, EXIT_CONFIG);
};

/** The log named, or the one below the data directory of the configuration. */
const logPath = async (options: { readonly log?: string; readonly config: string }): Promise<string> => {
  if (options.log !== undefined) return options.log;
  const config = await configFrom(options.config);
  return join(config.dataDirectory, 'decisions', 'decisions.ndjson');
};

const program = new Command('foreshock')
  .description('Sees degradation and traffic coming, says why, and scales ahead of it.')
  .version(VERSION)
  .showHelpAfterError();

program
  .command('run')
  .description('run the agent')
  .option('-c, --config <file>', 'configuration', 'foreshock.yaml')
  .action(async ({ config: path }: { config: string }) => {
    const started = await startAgent(await configFrom(path), systemClock);
    if (!started.ok) return fail(`cannot start: ${started.error.message}`, 1);
    const agent = started.value;
    const { url, apiPort: api, otlpPort: otlp, otlpGrpcPort: otlpGrpc } = agent;
    process.stdout.write(`${JSON.stringify({ event: 'listening', url, api, otlp, otlpGrpc })}\n`);
    let stopping = false;
    const stop = (): void => {
      if (stopping) return;
      stopping = true;
      agent.stop().then(
        () => process.exit(0),
        (error: unknown) => fail(`stopping failed: ${String(error)}`, 1),
      );
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  });

program
  .command('demo')
  .description('see it work: real services, real faults, about five minutes')
  .allowUnknownOption()
  .helpOption(false)
  .argument('[options...]')
  .action((_words: readonly string[], _options: unknown, command: Command) => {
    const script = fileURLToPath(new URL('../../examples/fintech/demo/main.js', import.meta.url));
    const child = spawn(process.execPath, [script, ...command.args], { stdio: 'inherit' });
    // The terminal sends Ctrl-C to both; the demo ends its children and then us.
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
    child.on('exit', (code) => process.exit(code ?? 1));
  });

program
  .command('check')
  .description('check a configuration and say what it will watch and do')
  .argument('[file]', 'configuration', 'foreshock.yaml')
  .action(async (path: string) => {
    const config = await configFrom(path);
    const calendar = config.calendar === undefined ? [] : [...calendarLines(config.calendar, systemClock.now()), ''];
    process.stdout.write(`${[describeConfig(config), ...calendar].join('\n')}\n`);
  });

program
  .command('release')
  .description('restore what was scaled in the cluster to what stood before, and let go of it')
  .option('-c, --config <file>', 'configuration that names the cluster and its namespaces', 'foreshock.yaml')
  .option('--force', 'also while an agent holds the lease: it orders again unless it is stopped', false)
  .action(async ({ config: path, force }: { config: string; force: boolean }) => {
    const config = await configFrom(path);
    const { kubeconfig } = config.kubernetes;
    const api = createKubernetesClient(kubeconfig === undefined ? {} : { kubeconfig });
    const tell = (what: string): void => void process.stderr.write(`${printable(what)}\n`);
    const { lines, complete } = await releaseEverything(config, { api, clock: systemClock, tell }, force);
    process.stdout.write(`${lines.map(printable).join('\n')}\n`);
    if (!complete) process.exit(EXIT_UNAVAILABLE);
  });

const logOptions = (command: Command): Command =>
  command
    .option('-c, --config <file>', 'configuration that names the data directory', 'foreshock.yaml')
    .option('-l, --log <file>', 'decision log');

interface LogOptions {
  readonly log?: string;
  readonly config: string;
}

logOptions(program.command('explain'))
  .description('show a decision: what was decided, from what, and why')
  .argument('<id>', 'decision id, the beginning of one, or #sequence')
  .action(async (id: string, options: LogOptions) => {
    const found = await findDecision(await logPath(options), id);
    if (!found.ok) return fail(found.error.message, EXIT_DATA);
    process.stdout.write(`${explain(found.value)}\n`);
  });

logOptions(program.command('replay'))
  .description('compute a decision again from its record and compare byte for byte')
  .argument('<id>', "decision id, the beginning of one, #sequence, or 'all'")
  .action(async (id: string, options: LogOptions) => {
    const path = await logPath(options);
    if (id === 'all') {
      const replayed = await replayLog(path);
      for (const record of replayed.different) process.stdout.write(`${record.id} ${record.kind}: ${printable(record.firstDifference)}\n`);
      process.stdout.write(
        `${replayed.same} of ${replayed.records} decisions recompute byte for byte on Node ${process.versions.node}; ${replayed.summary}\n`,
      );
      if (replayed.same !== replayed.records || !replayed.intact) process.exit(EXIT_DATA);
      return;
    }
    const found = await findDecision(path, id);
    if (!found.ok) return fail(found.error.message, EXIT_DATA);
    const replay = replayRecord(found.value);
    if (!replay.same) return fail(`${found.value.id} recomputes differently: ${printable(replay.firstDifference ?? '')}`, EXIT_DATA);
    process.stdout.write(
      `${found.value.id} ${found.value.kind}: recomputed byte for byte (${replay.recomputed.length} bytes) on Node ${process.versions.node}\n`,
    );
  });

const audit = program.command('audit').description('the decision log');

logOptions(audit.command('verify'))
  .description('check the hash chain from its first byte')
  .argument('[file]', 'decision log')
  .action(async (file: string | undefined, options: LogOptions) => {
    const result = await verify(file ?? (await logPath(options)));
    process.stdout.write(`${result.summary}\n`);
    if (!result.ok) process.exit(EXIT_DATA);
  });

logOptions(audit.command('list'))
  .description('list decisions, newest last')
  .option(
    '-n, --number <count>',
    'at most this many',
    (text) => {
      const count = Number(text);
      if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('a whole number from 1');
      return count;
    },
    20,
  )
  .action(async (options: LogOptions & { readonly number: number }) => {
    const lines: string[] = [];
    for await (const record of readDecisions(await logPath(options))) {
      lines.push(decisionLine(record));
      if (lines.length > options.number) lines.shift();
    }
    process.stdout.write(`${lines.join('\n')}\n`);
  });

addCostReport(program, systemClock, fail);
addTrialCommand(program);
addBacktestCommand(program, systemClock);
addSloPropose(program, () => systemClock.now());

const evaluate = program.command('evaluate').description('measure the detectors on recorded data');
addEvaluateDetection(evaluate, systemClock);
addEvaluatePages(evaluate, systemClock);
addEvaluateTraces(evaluate);
addEvaluateForecast(evaluate, systemClock);
addEvaluateBreach(evaluate);

await program.parseAsync();
