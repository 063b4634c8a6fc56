import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createSimulatedClock } from '../../core/simulated-clock.ts';
import { createFaultBoard } from './faults.ts';

const slow = z.strictObject({ kind: z.literal('slow'), byMs: z.number().default(10), durationMs: z.number().optional() });
const broken = z.strictObject({ kind: z.literal('broken'), durationMs: z.number().optional() });
const schema = z.discriminatedUnion('kind', [slow, broken]);

describe('fault board', () => {
  it('tells what is active and since when, and ends it by kind', () => {
    const clock = createSimulatedClock(0);
    const ended: string[] = [];
    const faults = createFaultBoard<z.infer<typeof schema>>(schema, clock, (fault) => ended.push(fault.kind));
    faults.start({ kind: 'slow' });
    faults.start({ kind: 'broken' });
    clock.advance(500);
    expect(faults.find('slow')).toEqual({ fault: { kind: 'slow', byMs: 10 }, elapsedMs: 500 });
    expect(faults.end('slow')).toBe(1);
    expect(faults.end('slow')).toBe(0);
    expect(faults.find('slow')).toBeUndefined();
    expect(faults.end()).toBe(1);
    expect(ended).toEqual(['slow', 'broken']);
  });

  it('ends by itself after its duration, and a replaced fault does not end its successor', () => {
    const clock = createSimulatedClock(0);
    const faults = createFaultBoard<z.infer<typeof schema>>(schema, clock);
    faults.start({ kind: 'slow', durationMs: 100 });
    clock.advance(60);
    faults.start({ kind: 'slow', durationMs: 100 });
    clock.advance(60);
    expect(faults.find('slow')?.elapsedMs).toBe(60);
    clock.advance(60);
    expect(faults.list()).toEqual([]);
  });

  it.each([undefined, null, 7, {}, { kind: 'other' }, { kind: 'slow', byMs: 'much' }, { kind: 'slow', extra: 1 }])(
    'refuses %j with a reason',
    (body) => {
      const faults = createFaultBoard<z.infer<typeof schema>>(schema, createSimulatedClock(0));
      expect(faults.start(body)).toMatchObject({ ok: false, error: { code: 'INVALID_FAULT' } });
      expect(faults.list()).toEqual([]);
    },
  );
});
