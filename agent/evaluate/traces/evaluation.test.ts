import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateTraces, type TraceEvaluation } from './evaluation.ts';
import { traceTable } from './table.ts';
import { parseTraceMinute } from './trace-minutes.ts';

const HEADER = 'trace_id,span_id,parent,service,operation,start_us,duration_us,status';

/** Requests through gateway and ledger, of which the ledger takes `ledgerMs`. */
const minute = (ledgerMs: number, status = 'unset'): string => {
  const rows = Array.from({ length: 40 }, (_, at) => {
    const [start, ledger] = [1_000_000 * at, 1_000 * (ledgerMs + (at % 5))];
    return [
      `${at},1,,gateway,pay,${start},${ledger + 30_000},${status}`,
      `${at},2,1,gateway,call,${start + 10_000},${ledger + 10_000},unset`,
      `${at},3,2,ledger,post,${start + 15_000},${ledger},unset`,
    ].join('\n');
  });
  return `${HEADER}\n${rows.join('\n')}\n`;
};

describe('faults recorded with their traces', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'traces-'));
    await mkdir(join(folder, 'traces'));
    await writeFile(join(folder, 'traces', 'calm.csv.gz'), gzipSync(minute(50)));
    await writeFile(join(folder, 'traces', '12_00.csv.gz'), gzipSync(minute(300, 'error')));
    const fault = (id: string, minutes: readonly string[]): object => ({
      id,
      inject_time: 1,
      root_cause_service: 'ledger',
      fault_type: 'cpu',
      trace_minutes: minutes,
    });
    await writeFile(
      join(folder, 'faults.json'),
      JSON.stringify({ normal_trace_minutes: ['calm'], faults: [fault('slow', ['12_00']), fault('unseen', [])] }),
    );
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are judged by the place of the right service, and one without traces is named and not counted', async () => {
    const evaluated = await evaluateTraces(folder, () => {});
    expect(evaluated.ok).toBe(true);
    const { faults, withoutTraces } = (evaluated as { value: TraceEvaluation }).value;
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({ id: 'slow', requests: 40, place: { attribution: 1, share: 1 }, guess: { top1: 0.5, top3: 1 } });
    expect(faults[0]?.total).toBeCloseTo(1, 9);
    expect(withoutTraces).toEqual([{ id: 'unseen', type: 'cpu', service: 'ledger' }]);
    const table = traceTable({ faults, withoutTraces });
    expect(table).toMatch(/^all +1 +1\.00 \/ 1\.00/m);
    expect(table).toContain(
      'of +250 ms at the entry: 100 % ledger own time; of +100.0 % failed requests at the entry: 100 % failures of gateway',
    );
    expect(table).toContain('not counted: unseen (cpu at ledger)');
  });

  it('that are not there, or are something else, are said with their place', async () => {
    expect(await evaluateTraces(join(folder, 'nowhere'), () => {})).toMatchObject({ ok: false, error: { code: 'TRACE_DATA_UNREADABLE' } });
    expect(parseTraceMinute('a,b\n1,2\n', 'x.csv')).toMatchObject({ error: { message: `x.csv: the first line is not ${HEADER}` } });
    for (const line of ['1,2,3', '1,1,,gateway,pay,soon,5,unset', '1,1,,gateway,pay,5,-1,unset'])
      expect(parseTraceMinute(`${HEADER}\n${line}\n`, 'x.csv')).toMatchObject({ error: { message: `x.csv line 2: ${line}` } });
  });
});
