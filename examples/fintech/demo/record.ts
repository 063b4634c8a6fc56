import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { encodeRecording, type RecordedSignal } from '../../../agent/models/recording.ts';
import { signalsOf } from '../../../agent/shard-snapshot.ts';
import { openStore } from '../../../agent/store/lmdb/lmdb-store.ts';
import { sha256Hex } from '../../../core/hash.ts';
import { systemClock } from '../../../core/system-clock.ts';
import { stepIndexAt } from '../../../core/time.ts';
import { DAY_LENGTH_MS } from './fleet.ts';
import { runDemo } from './run.ts';
import { STEP_MS } from './services.ts';
import { createTerminal } from './terminal.ts';

/**
 * Makes the recording that the demo starts from: the same services, the same load, no faults, for some days. The
 * first day is thrown away: there the agent itself starts cold.
 *   npm run demo:record -- [--days 6] [--seed N]
 */
const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '6' },
    seed: { type: 'string', default: '20' },
    directory: { type: 'string', default: 'demo-data' },
  },
});
const days = Number(values.days);
const seed = Number(values.seed);
const directory = resolve(values.directory);
const output = fileURLToPath(new URL('../../../../examples/fintech/recording/days.json.gz', import.meta.url));

const terminal = createTerminal(process.stderr);
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());

const run = await runDemo(
  {
    directory,
    durationMs: (days + 1) * DAY_LENGTH_MS,
    seed,
    keep: false,
    schedule: { faults: [], surge: undefined, harmlessChanges: [] },
    recordingPath: undefined,
    scales: true,
  },
  systemClock,
  terminal,
  stop,
);
terminal.close();

const opened = await openStore(join(directory, 'data', 'store'), { stepMs: STEP_MS, clock: systemClock });
if (!opened.ok) throw new Error(opened.error.message);
const store = opened.value;
const snapshot = store.latestSnapshot();
if (snapshot === undefined) throw new Error('the run left no snapshot');

const from = stepIndexAt(Math.round(run.loadStartedAt / STEP_MS) * STEP_MS + DAY_LENGTH_MS, STEP_MS);
const steps = (days * DAY_LENGTH_MS) / STEP_MS;
const signals = signalsOf(snapshot).flatMap((signal): RecordedSignal[] => {
  const { value, weight } = store.readSignal(signal.key, from, from + steps);
  if (value.every(Number.isNaN)) return [];
  const { tenant, service, name, scope, kind, unit, harm } = signal;
  return [{ tenant, service, name, scope, kind, unit, harm, value: Float32Array.from(value), weight: Float32Array.from(weight) }];
});
await store.close();

const bytes = encodeRecording({
  label: `a recording of these same services (${days} days of ${DAY_LENGTH_MS / 1000} s, seed ${seed}, no faults, made by npm run demo:record)`,
  stepMs: STEP_MS,
  dayLengthMs: DAY_LENGTH_MS,
  steps,
  signals,
});
mkdirSync(dirname(output), { recursive: true });
writeFileSync(output, bytes);
process.stdout.write(
  `${output}: ${signals.length} signals, ${steps} steps, ${bytes.length} bytes, sha256 ${sha256Hex(bytes)}\npages sent while recording: ${run.pages.length}\n`,
);
process.exit(0);
