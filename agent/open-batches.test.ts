import { describe, expect, it } from 'vitest';
import { succeed } from '../core/outcome.ts';
import { trackOpenBatches } from './open-batches.ts';

describe('batches that are on their way to the disk', () => {
  it('hold back the steps that were still open when they came, until they are handed on', async () => {
    const waiting: (() => void)[] = [];
    const open = trackOpenBatches({
      accept: () =>
        new Promise((resolve) => {
          waiting.push(() => resolve(succeed(1)));
        }),
    });
    expect(open.closableAt(1_000)).toBe(1_000);
    const first = open.intake.accept({ tenant: 'default', receivedAt: 1_100 });
    const second = open.intake.accept({ tenant: 'default', receivedAt: 1_200 });
    expect(open.closableAt(1_500)).toBe(1_100);
    waiting[0]?.();
    await first;
    expect(open.closableAt(1_500)).toBe(1_200);
    waiting[1]?.();
    await second;
    expect(open.closableAt(1_500)).toBe(1_500);
  });

  it('hold nothing back once they failed, nor for ever on a disk that hangs', async () => {
    const failing = trackOpenBatches({ accept: () => Promise.reject(new Error('no disk')) });
    await failing.intake.accept({ tenant: 'default', receivedAt: 0 }).catch(() => undefined);
    expect(failing.closableAt(90_000)).toBe(90_000);
    const hanging = trackOpenBatches({ accept: () => new Promise(() => undefined) });
    void hanging.intake.accept({ tenant: 'default', receivedAt: 0 });
    expect(hanging.closableAt(20_000)).toBe(0);
    expect(hanging.closableAt(90_000)).toBe(60_000);
  });
});
