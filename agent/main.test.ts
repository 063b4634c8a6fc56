import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../core/system-clock.ts';
import { configSchema } from './config/schema.ts';
import { startAgent } from './main.ts';
import { encodeRecording } from './models/recording.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'foreshock-main-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('starting an agent', () => {
  it('refuses a recording of other steps or days than its own, and says which', async () => {
    const recording = join(folder, 'days.gz');
    writeFileSync(recording, encodeRecording({ label: 'days', stepMs: 1_000, dayLengthMs: 120_000, steps: 1, signals: [] }));
    const config = configSchema.parse({
      dataDirectory: join(folder, 'data'),
      otlp: { port: 0, grpc: { port: 0 } },
      api: { port: 0 },
      history: { recording },
      logLevel: 'silent',
    });
    const started = await startAgent(config, systemClock);
    expect(started).toMatchObject({
      ok: false,
      error: {
        code: 'RECORDING_INVALID',
        message: expect.stringMatching(/steps of 1000 ms in days of 120000 ms.*10000 ms and 86400000 ms/),
      },
    });
  });
});
