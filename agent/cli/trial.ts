import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { createPrometheusClient, PROMETHEUS_DEFAULTS } from '../../collectors/prometheus/index.ts';
import { parseDuration } from '../../core/duration.ts';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import { systemClock } from '../../core/system-clock.ts';
import { DAY_MS, type DurationMs, type Instant, MINUTE_MS } from '../../core/time.ts';
import { readSecretFile } from '../config/secret.ts';
import { readHeadersFile } from '../notify/stages/http/headers-file.ts';
import { printableLines } from '../report/report-text.ts';
import { renderTrialReport } from '../trial/report/page.ts';
import { verdictOf } from '../trial/report/verdict.ts';
import { reportAsJson } from '../trial/report-model.ts';
import { runTrial } from '../trial/trial.ts';
import { createProgress } from './progress.ts';
import { whole } from './whole-number.ts';

interface Options {
  readonly prometheus: URL;
  readonly from: DurationMs | { readonly at: Instant };
  readonly to?: Instant;
  readonly out: string;
  readonly json?: string;
  readonly maxSeries: number;
  readonly step: DurationMs;
  readonly learn?: DurationMs;
  readonly budget: number;
  readonly risk: number;
  readonly lead: DurationMs;
  readonly timeZone: string;
  readonly bearerTokenFile?: string;
  readonly basicAuthFile?: string;
  readonly headersFile?: string;
  readonly timeout: DurationMs;
  readonly concurrency: number;
}

/** sysexits.h, and what a shell says of a process that Ctrl-C ended. */
const EXIT_USAGE = 64;
const EXIT_UNAVAILABLE = 69;
const EXIT_CANNOT_CREATE = 73;
const EXIT_INTERRUPTED = 130;

const HISTORY_MAX_MS = 92 * DAY_MS;

const address = (text: string): URL => {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new InvalidArgumentError('an address such as http://prometheus.monitoring:9090');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new InvalidArgumentError('http:// or https://');
  if (url.username !== '' || url.password !== '')
    throw new InvalidArgumentError('an address without a password in it: put `user:password` into a file and give --basic-auth-file');
  return url;
};

const duration = (text: string): DurationMs => {
  const parsed = parseDuration(text);
  if (parsed === undefined || parsed <= 0) throw new InvalidArgumentError('a duration such as 14d, 36h or 90m');
  return parsed;
};

const instant = (text: string): Instant => {
  // Without a zone Date.parse takes the machine's; a report that is passed on must not depend on it.
  const parsed = /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:?\d\d))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(parsed))
    throw new InvalidArgumentError('a date such as 2026-03-14, or a time with its zone such as 2026-03-14T09:00:00Z');
  return parsed;
};

const beginning = (text: string): Options['from'] => (/^\d{4}-/.test(text) ? { at: instant(text) } : duration(text));

const between =
  (low: number, high: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!(value > low && value < high)) throw new InvalidArgumentError(`a number between ${low} and ${high}`);
    return value;
  };

const zone = (text: string): string => {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: text });
    return text;
  } catch {
    throw new InvalidArgumentError('a time zone such as UTC or Europe/Berlin');
  }
};

/** Authorization and whatever else the server wants, from files. */
const headersOf = async (options: Options): Promise<Outcome<Readonly<Record<string, string>>, Failure>> => {
  const given = await readHeadersFile(options.headersFile);
  if (!given.ok) return given;
  if (options.bearerTokenFile !== undefined) {
    const token = await readSecretFile(options.bearerTokenFile);
    // A line break in it would be refused by fetch in a message that quotes the token.
    if (token.ok && !/^[\x21-\x7e]+$/.test(token.value.reveal()))
      return fail(
        'SECRET_UNREADABLE',
        `the file ${options.bearerTokenFile} holds more than one word, or characters that no header carries`,
      );
    return token.ok ? succeed({ ...given.value, authorization: `Bearer ${token.value.reveal()}` }) : token;
  }
  if (options.basicAuthFile === undefined) return given;
  const pair = await readSecretFile(options.basicAuthFile);
  if (!pair.ok) return pair;
  if (!pair.value.reveal().includes(':')) return fail('SECRET_UNREADABLE', `the file ${options.basicAuthFile} is no \`user:password\``);
  return succeed({ ...given.value, authorization: `Basic ${Buffer.from(pair.value.reveal()).toString('base64')}` });
};

/** Whole or not at all: a reader never meets half a report. */
const writeWhole = async (path: string, text: string): Promise<Outcome<undefined, Failure<'REPORT_UNWRITABLE'>>> => {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(draft, text, { mode: 0o644 });
    await rename(draft, path);
    return succeed(undefined);
  } catch (error) {
    await rm(draft, { force: true });
    return fail('REPORT_UNWRITABLE', `${path} cannot be written: ${(error as Error).message}`, { cause: error });
  }
};

/** Found out before ten minutes of work, not after. */
const isWritable = async (path: string): Promise<boolean> => {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) return false;
  const probe = `${path}.${process.pid}.tmp`;
  const written = await writeFile(probe, '').then(
    () => true,
    () => false,
  );
  await rm(probe, { force: true });
  return written;
};

const say = (text: string): void => {
  process.stderr.write(`${printableLines(text)}\n`);
};

const end = (message: string, code: number): void => {
  say(message);
  process.exitCode = code;
};

const runCommand = async (options: Options): Promise<void> => {
  const to = options.to ?? Math.floor(systemClock.now() / MINUTE_MS) * MINUTE_MS;
  const from = typeof options.from === 'number' ? to - options.from : options.from.at;
  if (!(from < to)) return end('cannot start: --from must lie before --to', EXIT_USAGE);
  if (to - from > HISTORY_MAX_MS) return end('cannot start: more than 92 days are asked for; give a later --from', EXIT_USAGE);
  for (const path of [options.out, options.json]) {
    if (path !== undefined && !(await isWritable(path)))
      return end(`cannot start: ${path} cannot be written; it must be a file, and ${dirname(path)} exist`, EXIT_CANNOT_CREATE);
  }
  const headers = await headersOf(options);
  if (!headers.ok) return end(`cannot start: ${headers.error.message}`, EXIT_USAGE);
  const server = `${options.prometheus.origin}${options.prometheus.pathname.replace(/\/$/, '')}`;
  const client = createPrometheusClient(
    { ...PROMETHEUS_DEFAULTS, url: server, headers: headers.value, timeoutMs: options.timeout, concurrency: options.concurrency },
    { fetch: globalThis.fetch, clock: systemClock },
  );
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const progress = createProgress(process.stderr, systemClock);
  const ran = await runTrial(
    {
      server,
      from,
      to,
      seriesMax: options.maxSeries,
      leastStepMs: options.step,
      learnMs: options.learn,
      falsePagesPerServiceWeek: options.budget,
      risk: options.risk,
      stabilizationMs: 5 * MINUTE_MS,
      assumedLeadMs: options.lead,
      timeZone: options.timeZone,
    },
    { client, clock: systemClock, progress: progress.show, signal: stopping.signal },
  );
  progress.end();
  process.off('SIGINT', stop);
  process.off('SIGTERM', stop);
  if (!ran.ok)
    return end(
      ran.error.code === 'TRIAL_STOPPED' ? ran.error.message : `no report: ${ran.error.message}`,
      ran.error.code === 'TRIAL_STOPPED' ? EXIT_INTERRUPTED : EXIT_UNAVAILABLE,
    );
  const report = ran.value;
  const outputs = [
    { path: options.out, text: renderTrialReport(report) },
    ...(options.json === undefined ? [] : [{ path: options.json, text: reportAsJson(report) }]),
  ];
  for (const { path, text } of outputs) {
    const written = await writeWhole(path, text);
    if (!written.ok) return end(`no report: ${written.error.message}`, EXIT_CANNOT_CREATE);
  }
  for (const sentence of verdictOf(report)) say(sentence);
  say(
    `${options.out}: ${(report.cost.samples / 1e6).toFixed(1)} million values of ${report.cost.signals} signals, ${report.cost.requests} requests, ${report.cost.seconds.toFixed(1)} s`,
  );
};

export const addTrialCommand = (program: Command): void => {
  program
    .command('trial')
    .description('read the history of a Prometheus and say what we would have told and ordered; changes nothing')
    .requiredOption('--prometheus <url>', 'base address of Prometheus, VictoriaMetrics, Thanos or Mimir', address)
    .option('--from <time>', 'how far back, or a date', beginning, 14 * DAY_MS)
    .option('--to <time>', 'end of the history (default: now)', instant)
    .option('--out <file>', 'the report', 'foreshock-trial.html')
    .option('--json <file>', 'the same figures for machines')
    .option('--max-series <count>', 'signals to watch, the busiest services first', whole(1, 5_000), 200)
    .option('--step <duration>', 'finest step', duration, MINUTE_MS)
    .option('--learn <duration>', 'first part, from which is only learned (default: half, a week at most)', duration)
    .option('--budget <pages>', 'false pages you accept, per service and week', between(0, 100), 0.05)
    .option('--risk <share>', 'share of time in which load may exceed capacity', between(0, 1), 0.005)
    .option('--lead <duration>', 'from ordering a replica to its first answer, where the history does not show it', duration, MINUTE_MS)
    .option('--time-zone <zone>', 'zone of the times in the report', zone, 'UTC')
    .addOption(new Option('--bearer-token-file <file>', 'file with the token').conflicts('basicAuthFile'))
    .option('--basic-auth-file <file>', 'file with `user:password`')
    .option('--headers-file <file>', 'further headers, one `Name: value` a line (X-Scope-OrgID for Mimir)')
    .option('--timeout <duration>', 'longest wait for one answer', duration, 2 * MINUTE_MS)
    .option('--concurrency <count>', 'requests at once', whole(1, 32), 4)
    .action(runCommand);
};
