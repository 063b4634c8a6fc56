import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { replayLog } from '../../../agent/audit/replay-log.ts';
import { decodeRecording, type Recording } from '../../../agent/models/recording.ts';
import { renderDemoReport, summarizeDemoReport } from '../../../agent/report/demo-report.ts';
import { systemClock } from '../../../core/system-clock.ts';
import { assembleReport } from './report.ts';
import { runDemo } from './run.ts';
import { demoSchedule } from './schedule.ts';
import { createTerminal } from './terminal.ts';

const EXIT_INCONCLUSIVE = 2;
const RECORDING = fileURLToPath(new URL('../recording/days.json.gz', import.meta.url));

const usage = `npm run demo -- [--duration SECONDS] [--seed N] [--json FILE] [--keep] [--directory DIR]

  --duration   length of the run; 300 has room for four faults and a surge, shorter ones for fewer (least 75)
  --seed       draws faults, times and payments; a new one each run unless given
  --json       also writes the report as JSON
  --keep       stays up after the run, with buttons on the page that break things
  --kill-agent-at SECONDS  kills the agent (SIGKILL) and starts it again: nothing it acknowledged is lost
  --directory  where the run keeps its data (default demo-data); emptied at the start`;

interface Flags {
  readonly durationMs: number;
  readonly seed: number;
  readonly json: string | undefined;
  readonly keep: boolean;
  readonly directory: string;
  readonly killAgentAtMs: number | undefined;
}

const readFlags = (args: readonly string[]): Flags | string => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        duration: { type: 'string', default: '300' },
        seed: { type: 'string' },
        json: { type: 'string' },
        keep: { type: 'boolean', default: false },
        directory: { type: 'string', default: 'demo-data' },
        'kill-agent-at': { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return usage;
    const seconds = Number(values.duration);
    const seed = values.seed === undefined ? Math.floor(systemClock.now() / 1000) % 1_000_000 : Number(values.seed);
    if (!Number.isInteger(seconds) || seconds < 75 || seconds > 3_600)
      return `--duration ${values.duration}: a whole number of seconds from 75 to 3600\n\n${usage}`;
    if (!Number.isInteger(seed) || seed < 0) return `--seed ${values.seed}: a whole number from 0\n\n${usage}`;
    const kill = values['kill-agent-at'];
    return {
      durationMs: seconds * 1000,
      seed,
      json: values.json,
      keep: values.keep,
      directory: resolve(values.directory),
      killAgentAtMs: kill === undefined ? undefined : Number(kill) * 1000,
    };
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n\n${usage}`;
  }
};

const readRecording = (): Recording | undefined => {
  if (!existsSync(RECORDING)) return undefined;
  const decoded = decodeRecording(readFileSync(RECORDING));
  if (!decoded.ok) throw new Error(decoded.error.message);
  return decoded.value;
};

const main = async (flags: Flags): Promise<number> => {
  const terminal = createTerminal(process.stderr);
  const stop = new AbortController();
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      interrupted = true;
      stop.abort();
    });
  }
  const schedule = demoSchedule(flags.seed, flags.durationMs);
  const recording = readRecording();
  terminal.print(
    `Foreshock demo, seed ${flags.seed}: ${schedule.faults.length} faults at times the agent is not told, ${flags.durationMs / 1000} s.`,
  );
  if (recording !== undefined) terminal.print(`The days before are ${recording.label} (sha256 ${recording.sha256}).`);
  try {
    const run = await runDemo(
      {
        directory: flags.directory,
        durationMs: flags.durationMs,
        seed: flags.seed,
        keep: flags.keep,
        schedule,
        recordingPath: recording === undefined ? undefined : RECORDING,
        scales: true,
        ...(flags.killAgentAtMs === undefined ? {} : { killAgentAtMs: flags.killAgentAtMs }),
      },
      systemClock,
      terminal,
      stop,
    );
    terminal.close();
    terminal.print('Judging: replaying every decision, and the whole HPA sweep on the recorded arrivals ...');
    const audit = await replayLog(`${run.dataDirectory}/decisions/decisions.ndjson`);
    const report = assembleReport({ run, schedule, seed: flags.seed, recording, replayed: audit, auditIntact: audit.intact });
    writeFileSync('demo-report.html', renderDemoReport(report));
    if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(report, null, 2)}\n`);
    process.stdout.write(`${summarizeDemoReport(report)}\nreport: demo-report.html${flags.json === undefined ? '' : `, ${flags.json}`}\n`);
    if (report.verdict === 'inconclusive') return EXIT_INCONCLUSIVE;
    return report.ingest.conserved && audit.intact && audit.same === audit.records ? 0 : 1;
  } catch (error) {
    terminal.close();
    if (interrupted) {
      terminal.print('stopped; every process of the demo has ended');
      return 130;
    }
    terminal.print(`the demo failed: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
};

const flags = readFlags(process.argv.slice(2));
if (typeof flags === 'string') {
  process.stderr.write(`${flags}\n`);
  process.exitCode = flags === usage ? 0 : 64;
} else {
  process.exit(await main(flags));
}
