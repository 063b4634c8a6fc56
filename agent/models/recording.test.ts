import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createSignalTable } from '../../core/signal.ts';
import { decodeRecording, encodeRecording, type RecordedSignal, recordedSteps } from './recording.ts';

const signal = (service: string, values: readonly number[]): RecordedSignal => ({
  tenant: 'default',
  service,
  name: 'requests',
  scope: { kind: 'service' },
  kind: 'rate',
  unit: 'requests/s',
  harm: 'fall',
  value: Float32Array.from(values),
  weight: Float32Array.from(values, (value) => (Number.isNaN(value) ? Number.NaN : 1)),
});
const recording = {
  label: 'two services',
  stepMs: 1000,
  dayLengthMs: 120_000,
  steps: 3,
  signals: [signal('gateway', [1, Number.NaN, 3]), signal('ledger', [4, 5, 6])],
};

const decoded = () => {
  const outcome = decodeRecording(encodeRecording(recording));
  if (!outcome.ok) throw new Error(outcome.error.message);
  return outcome.value;
};

describe('a recording of earlier days', () => {
  it('comes back as it was written, with the hash of its bytes', () => {
    const { sha256, ...rest } = decoded();
    expect(rest).toEqual(recording);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('ends where it is told to, and what was absent stays absent', () => {
    const steps = [...recordedSteps(decoded(), 1_700_000_000_000, createSignalTable())];
    expect(steps.map((step) => step.endsAt)).toEqual([1_699_999_998_000, 1_699_999_999_000, 1_700_000_000_000]);
    expect(steps.map((step) => Array.from(step.value))).toEqual([[1, 4], [5], [3, 6]]);
  });

  it.each([
    ['random bytes', Buffer.from('not a recording')],
    ['JSON of another shape', gzipSync(JSON.stringify({ format: 1, label: 'x' }))],
    ['a later format', gzipSync(JSON.stringify({ format: 2 }))],
  ])('refuses %s with a reason', (_what, bytes) => {
    const outcome = decodeRecording(bytes);
    expect(outcome.ok).toBe(false);
    if (!outcome.ok) expect(outcome.error).toMatchObject({ code: 'RECORDING_INVALID', retryable: false });
  });

  it('names the signal whose values are too few', () => {
    const short = encodeRecording({ ...recording, signals: [signal('gateway', [1])] });
    const outcome = decodeRecording(short);
    expect(outcome.ok ? '' : outcome.error.message).toContain('gateway requests has 1 values for 3 steps');
  });
});
