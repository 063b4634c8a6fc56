import { mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/random.ts';
import { createSimulatedClock } from '../../core/simulated-clock.ts';
import { openDecisionLog } from './decision-log.ts';
import type { DecisionRecord } from './decision-record.ts';
import { hashOf, lineOf, sealRecord } from './hash-chain.ts';
import { verify } from './verify.ts';

let folder = '';
let path = '';
let whole = Buffer.alloc(0);
let lines: readonly string[] = [];

const versions = { foreshock: '0.1.0', node: 'v20.20.0', config: 'c'.repeat(64) };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verify-'));
  path = join(folder, 'decisions.ndjson');
  const log = await openDecisionLog(path, { clock: createSimulatedClock(Date.UTC(2026, 2, 1)), versions });
  if (!log.ok) throw new Error(log.error.message);
  for (let index = 0; index < 12; index += 1) {
    await log.value.append({
      kind: index % 3 === 0 ? 'scale' : 'suppressed',
      tenant: 'default',
      subject: `process/gateway-é-\ufffd-${index}`,
      inputs: { load: [index, 0.1 * index, -1e-7], state: Buffer.alloc(90, index).toString('base64') },
      output: { desired: index, limitedBy: [], because: 'quote " backslash \\ line\nfeed \ud800' },
    });
  }
  await log.value.close();
  whole = await readFile(path);
  lines = whole.toString().trimEnd().split('\n');
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const verifyLines = async (changed: readonly string[]): Promise<Awaited<ReturnType<typeof verify>>> => {
  await writeFile(path, `${changed.join('\n')}\n`);
  return verify(path);
};

/** Hashes a changed record anew, as somebody would who knows how the chain is made. */
const forged = (line: string, change: Partial<DecisionRecord>): string => {
  const record = { ...(JSON.parse(line) as DecisionRecord), ...change };
  return lineOf({ ...record, hash: hashOf(record) });
};

describe('verification', () => {
  it('accepts the log as written and says how far it reached', async () => {
    await writeFile(path, whole);
    const result = await verify(path);
    expect(result).toMatchObject({ ok: true, good: 12, bad: undefined, goodBytes: whole.length });
    expect(result.summary).toBe('12 records good; the chain is whole up to the checkpoint at 12');
  });

  it('detects the change of any single byte and names the record that holds it', async () => {
    const random = seededRandom(20_260_301);
    const starts = [0];
    for (const line of lines) starts.push((starts.at(-1) as number) + Buffer.byteLength(line) + 1);
    for (let trial = 0; trial < 300; trial += 1) {
      const position = Math.floor(random() * whole.length);
      const changed = Buffer.from(whole);
      changed[position] = ((changed[position] as number) + 1 + Math.floor(random() * 255)) % 256;
      await writeFile(path, changed);
      const result = await verify(path);
      const line = starts.findIndex((start, index) => position >= start && position < (starts[index + 1] as number)) + 1;
      expect({ position, ok: result.ok, line: result.bad?.line, good: result.good }).toEqual({ position, ok: false, line, good: line - 1 });
    }
  });

  it('detects a cut at any length', async () => {
    for (let length = 0; length < whole.length; length += 97) {
      await writeFile(path, whole.subarray(0, length));
      const result = await verify(path);
      expect(result.ok, `cut at ${length}`).toBe(false);
      expect(['truncated', 'unterminated']).toContain(result.bad?.what);
    }
  });

  const at = (index: number): string => lines[index] as string;
  const resealed = (from: number, change: Partial<DecisionRecord>): readonly string[] => {
    let tip = { sequence: from, hash: (JSON.parse(at(from)) as DecisionRecord).previousHash };
    return lines.slice(from).map((line, index) => {
      const record = sealRecord({ ...(JSON.parse(line) as DecisionRecord), ...(index === 0 ? change : {}) }, versions, tip);
      tip = { sequence: record.sequence, hash: record.hash };
      return lineOf(record);
    });
  };
  const attacks: readonly (readonly [string, () => readonly string[], string, number])[] = [
    ['an edited record', () => lines.map((line, i) => (i === 4 ? line.replace('"desired":4', '"desired":5') : line)), 'hash-mismatch', 5],
    [
      'an edited record with its hash made anew',
      () => lines.map((line, i) => (i === 4 ? forged(line, { subject: 'x' }) : line)),
      'previous-hash-mismatch',
      6,
    ],
    ['a record taken out', () => lines.filter((_, i) => i !== 6), 'gap', 7],
    ['the first record taken out', () => lines.slice(1), 'gap', 1],
    ['two records swapped', () => [...lines.slice(0, 2), at(3), at(2), ...lines.slice(4)], 'gap', 3],
    ['a record twice', () => [...lines.slice(0, 3), at(2), ...lines.slice(3)], 'gap', 4],
    ['a record put in front with a number of its own', () => [forged(at(0), { sequence: 2 }), ...lines], 'gap', 1],
    ['white space inside a line', () => lines.map((line, i) => (i === 1 ? line.replace('{', '{ ') : line)), 'not-canonical', 2],
    [
      'another id, hashed anew',
      () => lines.map((line, i) => (i === 11 ? forged(line, { id: '0000000000000000' }) : line)),
      'not-canonical',
      12,
    ],
    ['an empty line', () => [...lines.slice(0, 5), '', ...lines.slice(5)], 'not-json', 6],
    ['a line that is JSON and no record', () => [...lines.slice(0, 5), '[]', ...lines.slice(5)], 'not-a-record', 6],
    [
      'the whole rest of the chain made anew',
      () => [...lines.slice(0, 3), ...resealed(3, { subject: 'nothing to see' })],
      'checkpoint-mismatch',
      13,
    ],
    ['the newest two gone', () => lines.slice(0, 10), 'truncated', 11],
  ];
  it.each(attacks)('finds %s', async (_name, attack, what, line) => {
    const result = await verifyLines(attack());
    expect(result).toMatchObject({ ok: false, bad: { what, line } });
    expect(result.summary).toContain(what);
  });

  it('does not call a log whole when its checkpoint is gone or unreadable, unless only the chain is asked for', async () => {
    await writeFile(path, whole);
    const checkpoint = join(folder, 'checkpoint.json');
    const good = await readFile(checkpoint);
    for (const text of ['', '{}', '{"sequence":12}', 'null', '{"sequence":-1,"hash":"x"}']) {
      await writeFile(checkpoint, text);
      expect(await verify(path)).toMatchObject({ ok: false, good: 12, bad: { what: 'checkpoint-unreadable' } });
    }
    await unlink(checkpoint);
    expect(await verify(path)).toMatchObject({ ok: false, good: 12, bad: { what: 'checkpoint-missing' } });
    const copy = await verify(path, { requireCheckpoint: false });
    expect(copy.ok).toBe(true);
    expect(copy.summary).toContain('cannot be excluded');
    await writeFile(checkpoint, good);
    expect((await verify(path)).ok).toBe(true);
  });
});
