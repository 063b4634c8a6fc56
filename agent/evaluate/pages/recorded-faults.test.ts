import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeRecording } from '../../models/recording.ts';
import { breakRecording } from './recorded-faults.ts';

describe('the recorded days of the example', () => {
  const decoded = decodeRecording(readFileSync(new URL('../../../examples/fintech/recording/days.json.gz', import.meta.url)));
  if (!decoded.ok) throw new Error(decoded.error.message);
  const broken = breakRecording(decoded.value, { seed: 1, rampsOfEach: 1, suddenOfEach: 1, falsePagesPerServiceWeek: 0.05 });

  it('wake nobody as they are, and somebody within five steps when everything fails', () => {
    expect(broken?.pages).toBe(0);
    expect(broken?.trials).toHaveLength(8);
    const failure = broken?.trials.find(({ kind }) => kind === 'total-failure');
    expect((failure?.delayMs ?? Number.NaN) / decoded.value.stepMs).toBeLessThanOrEqual(5);
  });
});
