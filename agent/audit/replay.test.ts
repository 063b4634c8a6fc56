import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, type Json } from '../../core/hash.ts';
import type { DecisionRecord } from './decision-record.ts';
import { decisionLine, explain } from './explain.ts';
import { GENESIS, sealRecord } from './hash-chain.ts';
import { createReplayer, firstDifference } from './replay.ts';

const double = (inputs: Json): Json => ({ desired: (inputs as { load: number }).load * 2, because: 'twice the load' });
const replay = createReplayer({
  scale: double,
  page: () => {
    throw new Error('no such state format');
  },
});

const record = (change: Partial<DecisionRecord> = {}): DecisionRecord =>
  sealRecord(
    {
      kind: 'scale',
      at: Date.UTC(2026, 2, 1, 3),
      tenant: 'default',
      subject: 'process/gateway',
      inputs: { load: 4 },
      output: { because: 'twice the load', desired: 8 },
      ...change,
    },
    { foreshock: '0.1.0', node: 'v20.20.0', config: 'c'.repeat(64), code: 'd'.repeat(64) },
    GENESIS,
  );

describe('a list of decisions', () => {
  it('moves no cursor and turns no text round, whatever the subject is called', () => {
    const line = decisionLine(record({ subject: 'pay\u001b[2J\n\u202egateway' }));
    expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(line).toContain('pay\\u001b[2J');
  });
});

describe('replay', () => {
  it('gives the same bytes from the recorded inputs, whatever the order of keys', () => {
    expect(replay(record())).toEqual({
      same: true,
      recomputed: '{"because":"twice the load","desired":8}',
      recorded: '{"because":"twice the load","desired":8}',
    });
  });

  it.each([
    [{ because: 'twice the load', desired: 9 }, 'output.desired: recorded 9, recomputed 8'],
    [{ because: 'twice the load', desired: 8, extra: [1] }, 'output.extra: recorded [1], recomputed nothing'],
    [{ desired: 8 }, 'output.because: recorded nothing, recomputed "twice the load"'],
    [[8], 'output: recorded [8], recomputed {"because":"twice the load","desired":8}'],
  ] as const)('names the first difference to %j', (output, difference) => {
    expect(replay(record({ output }))).toMatchObject({ same: false, firstDifference: difference });
  });

  it('says what it cannot recompute instead of throwing', () => {
    expect(replay(record({ kind: 'page' })).firstDifference).toBe('recomputing failed: no such state format');
    expect(replay(record({ kind: 'approval' })).firstDifference).toContain("kind 'approval' cannot be recomputed");
  });

  it('finds a difference exactly when the canonical bytes differ', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(firstDifference(a as Json, b as Json) === undefined).toBe(canonicalJson(a as Json) === canonicalJson(b as Json));
        expect(firstDifference(a as Json, a as Json)).toBeUndefined();
      }),
    );
  });
});

describe('explain', () => {
  it('is a page with the reasons first, and capsules by size and hash', () => {
    const capsule = Buffer.alloc(4_096, 7).toString('base64');
    const page = explain(
      record({
        inputs: { load: Array.from({ length: 360 }, (_, index) => index), prior: { capsule }, policy: { maxReplicas: 12 } },
        output: { kind: 'scale', desired: 8, limitedBy: ['max'], plan: { because: ['load 800/s in 60 s', 'one replica carries 100/s'] } },
      }),
    );
    expect(page).toContain('scale  process/gateway');
    expect(page).toContain('changed the number of replicas at 2026-03-01T03:00:00.000Z (tenant default)');
    expect(page).toContain('  - max\n  - load 800/s in 60 s\n  - one replica carries 100/s');
    expect(page).toContain('load: 360 numbers from 0 to 359, the last 359');
    expect(page).toMatch(/Prior state\n {2}prior:\n {4}capsule: <4\.0 KiB, sha256 [0-9a-f]{16}>/);
    expect(page).toContain('maxReplicas: 12');
    expect(page).toContain('previous: the beginning of the chain');
    expect(page).not.toContain(capsule.slice(0, 40));
  });

  it('lets no control character of the telemetry reach the terminal', () => {
    const page = explain(
      record({ subject: '\u001b[2Jgone', output: { because: 'line\nfeed \u009b31m' }, inputs: { '\u001b]0;title\u0007': 1 } }),
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(page.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    expect(page).toContain('\\u001b[2Jgone');
  });

  it('explains any record there can be', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (inputs, output) => {
        expect(explain(record({ inputs: inputs as Json, output: output as Json }))).toContain('Versions');
      }),
    );
  });
});
