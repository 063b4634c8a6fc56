import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { z } from 'zod';
import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';
import type { TracedSpan } from '../../../detectors/trace-attribution/index.ts';

const FAULTS = z.object({
  normal_trace_minutes: z.array(z.string()).min(1),
  faults: z.array(
    z.object({
      id: z.string(),
      inject_time: z.number(),
      root_cause_service: z.string(),
      fault_type: z.string(),
      trace_minutes: z.array(z.string()),
    }),
  ),
});

export interface TraceFault {
  readonly id: string;
  readonly service: string;
  readonly type: string;
  /** Names of the minutes whose traces are there; none for some faults. */
  readonly minutes: readonly string[];
}

export interface TraceCases {
  readonly normalMinutes: readonly string[];
  readonly faults: readonly TraceFault[];
}

export type TraceDataFailure = Failure<'TRACE_DATA_UNREADABLE'>;

const unreadable = (message: string, cause?: unknown): Outcome<never, TraceDataFailure> =>
  fail('TRACE_DATA_UNREADABLE', message, cause === undefined ? {} : { cause });

/** The faults of a day and the minutes of traces that belong to them. */
export const readTraceCases = async (folder: string): Promise<Outcome<TraceCases, TraceDataFailure>> => {
  const path = join(folder, 'faults.json');
  try {
    const parsed = FAULTS.safeParse(JSON.parse(await readFile(path, 'utf8')));
    if (!parsed.success) return unreadable(`${path}: ${parsed.error.issues[0]?.path.join('.')}: ${parsed.error.issues[0]?.message}`);
    const faults = parsed.data.faults.map(({ id, root_cause_service: service, fault_type: type, trace_minutes: minutes }) => ({
      id,
      service,
      type,
      minutes,
    }));
    return succeed({ normalMinutes: parsed.data.normal_trace_minutes, faults });
  } catch (cause) {
    return unreadable(`${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
};

const HEADER = 'trace_id,span_id,parent,service,operation,start_us,duration_us,status';
const inflate = promisify(gunzip);

/** Spans of one minute as exported: `trace_id,span_id,parent,service,operation,start_us,duration_us,status`. */
export const parseTraceMinute = (text: string, name: string): Outcome<readonly TracedSpan[], TraceDataFailure> => {
  const lines = text.split('\n');
  if (lines[0]?.trim() !== HEADER) return unreadable(`${name}: the first line is not ${HEADER}`);
  const spans: TracedSpan[] = [];
  for (let at = 1; at < lines.length; at += 1) {
    const line = (lines[at] as string).trim();
    if (line === '') continue;
    const cells = line.split(',');
    const [trace, span, parent, service, operation, start, duration, status] = cells as [string, ...string[]];
    const startMs = Number(start) / 1_000;
    const durationMs = Number(duration) / 1_000;
    if (cells.length !== 8 || !Number.isFinite(startMs) || !(durationMs >= 0))
      return unreadable(`${name} line ${at + 1}: ${line.slice(0, 80)}`);
    spans.push({
      trace: trace as string,
      span: span as string,
      parent: parent as string,
      service: service as string,
      operation: operation as string,
      kind: 'unset',
      startMs,
      durationMs,
      failed: status === 'error',
    });
  }
  return succeed(spans);
};

export const readTraceMinute = async (folder: string, minute: string): Promise<Outcome<readonly TracedSpan[], TraceDataFailure>> => {
  const path = join(folder, 'traces', `${minute}.csv.gz`);
  try {
    return parseTraceMinute((await inflate(await readFile(path))).toString('utf8'), path);
  } catch (cause) {
    return unreadable(`${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
};
