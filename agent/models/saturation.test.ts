import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/random.ts';
import { createSignalTable, type Signal } from '../../core/signal.ts';
import { DAY_MS, MINUTE_MS } from '../../core/time.ts';
import { createSaturation, type Saturation } from './saturation.ts';

const SCALE = { stepMs: MINUTE_MS, dayLengthMs: DAY_MS };

const world = (scale = SCALE) => {
  const signals = createSignalTable();
  const gauge = (name: string, attributes: Readonly<Record<string, string>> = {}): Signal =>
    signals.register({ tenant: 'default', service: 'risk', name, scope: { kind: 'resource', attributes } }, 'gauge', '1', 'none');
  const live = (saturation: Saturation, from: number, to: number, valuesAt: (step: number) => readonly (readonly [Signal, number])[]) => {
    let findings: ReturnType<Saturation['observe']> = [];
    for (let index = from; index < to; index += 1) {
      const values = valuesAt(index);
      findings = saturation.observe({
        index,
        startsAt: index * scale.stepMs,
        endsAt: (index + 1) * scale.stepMs,
        length: values.length,
        signal: Uint32Array.from(values, ([signal]) => signal.id),
        value: Float64Array.from(values, ([, value]) => value),
        weight: Float64Array.from(values, () => 1),
      });
    }
    return findings;
  };
  return { signals, gauge, live, saturation: createSaturation({ scale, signals }) };
};

/** Used connections: level for a day, then 40 more within two hours. */
const leak = (random: () => number) => (step: number) => 15 + random() + Math.max(0, (step - 1_440) / 3);

describe('a pool with a bound', () => {
  it('is told of before it is full, by the connections in use alone, and goes on being told while its bound is not reported', () => {
    const { gauge, live, saturation } = world();
    const leaking = leak(seededRandom(1));
    const pool = { 'db.client.connection.pool.name': 'features' };
    const used = gauge('db.client.connection.count', { ...pool, state: 'used' });
    const idle = gauge('db.client.connection.count', { ...pool, state: 'idle' });
    const most = gauge('db.client.connection.max', pool);
    const at = (step: number) =>
      [
        [used, leaking(step)],
        [idle, 45],
        [most, 50],
      ] as const;
    expect(live(saturation, 0, 1_440, at)).toEqual([]);
    const [finding, ...more] = live(saturation, 1_440, 1_515, at);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ detector: 'time-to-breach', service: 'risk', signal: used.key, upper: 50, harmful: false });
    expect(live(saturation, 1_515, 1_516, (step) => [[used, leaking(step)]])[0]?.upper).toBe(50);
  });

  it('is not taken for that of another pool, nor watched without one', () => {
    const { gauge, live, saturation } = world();
    const leaking = leak(seededRandom(2));
    const used = gauge('db.client.connection.count', { 'db.client.connection.pool.name': 'features', state: 'used' });
    const most = gauge('db.client.connection.max', { 'db.client.connection.pool.name': 'orders' });
    expect(
      live(saturation, 0, 1_530, (step) => [
        [used, leaking(step)],
        [most, 50],
      ]),
    ).toEqual([]);
  });
});

describe('a share of a whole', () => {
  it('has 1 for its bound, unless it is that of processors', () => {
    const { gauge, live, saturation } = world();
    const leaking = leak(seededRandom(3));
    const disk = gauge('system.filesystem.utilization');
    const cpu = gauge('process.cpu.utilization');
    const findings = live(saturation, 0, 1_515, (step) => [
      [disk, leaking(step) / 50],
      [cpu, leaking(step) / 50],
    ]);
    expect(findings.map(({ name }) => name)).toEqual(['system.filesystem.utilization']);
  });

  it('is not looked at where an hour of the calendar is a few steps', () => {
    const { gauge, live, saturation } = world({ stepMs: 1_000, dayLengthMs: 120_000 });
    const disk = gauge('system.filesystem.utilization');
    expect(live(saturation, 0, 600, (step) => [[disk, step / 600]])).toEqual([]);
  });
});

describe('a restart', () => {
  it('goes on as if it had never stopped', () => {
    const { signals, gauge, live, saturation } = world();
    const leaking = leak(seededRandom(4));
    const values = Array.from({ length: 1_520 }, (_, step) => leaking(step) / 50);
    const disk = gauge('system.filesystem.utilization');
    const at = (step: number) => [[disk, values[step] as number]] as const;
    live(saturation, 0, 1_490, at);
    const restored = createSaturation({ scale: SCALE, signals });
    restored.restore(saturation.snapshot());
    const [went, came] = [saturation, restored].map((each) => live(each, 1_490, 1_515, at));
    expect(came).toEqual(went);
    expect(came).toHaveLength(1);
    restored.restore(new TextEncoder().encode('[{'));
    expect(live(restored, 1_515, 1_520, at)).toEqual([]);
  });
});
