import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../../core/random.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/time.ts';
import {
  createModelHealthBank,
  healthOf,
  isTrusted,
  type ModelHealthBank,
  observeModel,
  restoreModelHealth,
  rowOf,
  snapshotModelHealth,
} from './index.ts';
import { binomialTail } from './judge.ts';

const SCALE = { stepMs: MINUTE_MS, dayLengthMs: DAY_MS };
const STEPS_A_DAY = DAY_MS / MINUTE_MS;

interface Said {
  readonly evidence: number;
  readonly gathered?: number;
  readonly open?: boolean;
  readonly residual?: number;
  readonly input?: number;
}

const live = (bank: ModelHealthBank, from: number, to: number, say: (step: number) => Said | undefined, key = 'model'): void => {
  const row = rowOf(bank, key);
  for (let step = from; step < to; step += 1) {
    const said = say(step);
    if (said === undefined) continue;
    observeModel(bank, row, { startsAt: step * MINUTE_MS, gathered: 0, open: false, residual: 0, input: 1, ...said });
  }
};

/** -log10 of a p-value that is `factor` times too small, each of two directions as likely. */
const noise =
  (random: Random, factor = 1) =>
  (): Said => ({ evidence: Math.min(12, -Math.log10((random() + 1e-12) / (2 * factor))), residual: 2 * random() - 1 });

const days = (count: number): number => Math.round(count * STEPS_A_DAY);

describe('a model whose rare steps are as rare as it says', () => {
  it('warms up for a day and is calibrated for a fortnight, twenty of them', () => {
    const bank = createModelHealthBank(SCALE);
    const random = seededRandom(1);
    const lost = new Set<string>();
    for (let model = 0; model < 20; model += 1) {
      const key = `model-${model}`;
      live(bank, 0, days(0.5), noise(random), key);
      expect(healthOf(bank, key).kind).toBe('warming-up');
      for (let day = 0; day < 14; day += 1) {
        live(bank, days(day + 0.5), days(day + 1.5), noise(random), key);
        if (!isTrusted(bank, key)) lost.add(key);
      }
      expect(healthOf(bank, key)).toMatchObject({ kind: 'calibrated' });
    }
    expect([...lost]).toEqual([]);
  });

  it('is still believed when p-values are twice as frequent as they say, which they may be', () => {
    const bank = createModelHealthBank(SCALE);
    live(bank, 0, days(20), noise(seededRandom(2), 2));
    expect(isTrusted(bank, 'model')).toBe(true);
  });
});

describe('a model whose limits are too narrow', () => {
  it('loses its right to page within two days, says since when and why, and regains it when it is right again', () => {
    const bank = createModelHealthBank(SCALE);
    const random = seededRandom(3);
    live(bank, 0, days(10), noise(random));
    live(bank, days(10), days(11.9), noise(random, 10));
    const health = healthOf(bank, 'model');
    expect(health).toMatchObject({ kind: 'out-of-calibration', reason: 'too-often-beyond-limits' });
    if (health.kind !== 'out-of-calibration') return;
    expect(health.since).toBeGreaterThan(10.4 * DAY_MS);
    expect(health.because).toMatch(
      /^of \d+ steps outside alerts \d+ runs were beyond its limit of 1 in 100, [\d.]+ times as often as it says/,
    );
    live(bank, days(11.9), days(14), noise(random));
    expect(isTrusted(bank, 'model')).toBe(true);
  });

  it('of few steps needs more of them before anything is said: what is plain on 2,000 steps is chance on 60', () => {
    const bank = createModelHealthBank(SCALE);
    const say = noise(seededRandom(4), 8);
    live(bank, 0, days(2), say, 'many');
    live(bank, 0, days(2), (step) => (step % 35 === 0 ? say() : undefined), 'few');
    expect(isTrusted(bank, 'many')).toBe(false);
    expect(isTrusted(bank, 'few')).toBe(true);
  });
});

describe('a fault is no fault of the model', () => {
  const broken = (random: Random, begins: number, lasts: number) => (step: number) => {
    const into = step - begins;
    if (into < 0 || into >= lasts) return noise(random)();
    // Four steps until the alert opens.
    return { evidence: 8, gathered: 7 * Math.min(4, into + 1), open: into >= 3, residual: 12 };
  };

  it.each([1, 6, 12, 30])('of %d hours: the model is believed from its first step to two days after', (hours) => {
    const bank = createModelHealthBank(SCALE);
    const random = seededRandom(5);
    const say = broken(random, days(10), (hours * HOUR_MS) / MINUTE_MS);
    live(bank, 0, days(10), say);
    for (let step = days(10); step < days(13); step += 1) {
      live(bank, step, step + 1, say);
      expect(isTrusted(bank, 'model')).toBe(true);
    }
  });

  it('that never opens an alert counts as what it is after a day and a half, and not in its first twelve hours', () => {
    const bank = createModelHealthBank(SCALE);
    const random = seededRandom(6);
    live(bank, 0, days(10), noise(random));
    const odd = (step: number): Said => ({ evidence: step % 5 === 0 ? 3.5 : 0.3, residual: 0 });
    live(bank, days(10), days(10.5), odd);
    expect(isTrusted(bank, 'model')).toBe(true);
    live(bank, days(10.5), days(11.5), odd);
    expect(isTrusted(bank, 'model')).toBe(false);
  });
});

describe('a series', () => {
  it('that alerts in every eighth of a day is odd by habit after a day and a half', () => {
    const bank = createModelHealthBank(SCALE);
    live(bank, 0, days(5), noise(seededRandom(7)));
    const hourly = (step: number): Said => ({ evidence: step % 60 < 5 ? 6 : 0.3, gathered: step % 60 < 5 ? 9 : 0, open: step % 60 < 5 });
    live(bank, days(5), days(6), hourly);
    expect(isTrusted(bank, 'model')).toBe(true);
    live(bank, days(6), days(6.75), hourly);
    expect(healthOf(bank, 'model')).toMatchObject({ kind: 'out-of-calibration', reason: 'odd-by-habit' });
  });

  it('that lies above its expectation for two days, whatever the hour, has a model beside it', () => {
    const bank = createModelHealthBank(SCALE);
    const random = seededRandom(8);
    live(bank, 0, days(5), noise(random));
    live(bank, days(5), days(7.1), () => ({ evidence: 0.3, residual: 0.9 + random() }));
    expect(healthOf(bank, 'model')).toMatchObject({ kind: 'out-of-calibration', reason: 'beside-its-expectation' });
  });

  it('whose unit changes is told to have other inputs after two days, and is believed all the same', () => {
    const bank = createModelHealthBank(SCALE);
    const say = noise(seededRandom(9));
    live(bank, 0, days(12), (step) => ({ ...say(), input: 5 + Math.sin((2 * Math.PI * step) / STEPS_A_DAY) }));
    expect(healthOf(bank, 'model')).not.toHaveProperty('inputs');
    live(bank, days(12), days(14.2), () => ({ ...say(), input: 5_000 }));
    expect(healthOf(bank, 'model')).toMatchObject({
      kind: 'calibrated',
      inputs: { because: expect.stringContaining('more than 1.5 times') },
    });
  });

  it('that grows by a third from one week to the next has the inputs it had', () => {
    const bank = createModelHealthBank(SCALE);
    const say = noise(seededRandom(10));
    live(bank, 0, days(16), (step) => ({ ...say(), input: 1 + step / days(24) }));
    expect(healthOf(bank, 'model')).not.toHaveProperty('inputs');
  });

  it('that is away for a month begins anew', () => {
    const bank = createModelHealthBank(SCALE);
    const random = seededRandom(11);
    live(bank, 0, days(3), noise(random, 20));
    expect(isTrusted(bank, 'model')).toBe(false);
    live(bank, days(40), days(43), noise(random));
    expect(healthOf(bank, 'model')).toMatchObject({ kind: 'calibrated' });
  });
});

describe('a restart', () => {
  it('continues bit for bit, in the midst of a period and of an excursion', () => {
    const whole = createModelHealthBank(SCALE);
    const say = (random: Random) => {
      const draw = noise(random, 3);
      return (step: number): Said => ({ ...draw(), gathered: step % 7 === 0 ? 0 : 2, input: 1 + random() });
    };
    const random = seededRandom(12);
    const saying = say(random);
    live(whole, 0, days(3) + 77, saying, 'a');
    live(whole, 0, days(3) + 77, saying, 'b');
    const restored = restoreModelHealth(snapshotModelHealth(whole), SCALE);
    if (!restored.ok) throw new Error(restored.error.message);
    for (const bank of [whole, restored.value]) live(bank, days(3) + 77, days(6), say(seededRandom(13)), 'b');
    expect(snapshotModelHealth(restored.value)).toEqual(snapshotModelHealth(whole));
    expect(healthOf(restored.value, 'b')).toEqual(healthOf(whole, 'b'));
  });

  it.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['nothing', () => new Uint8Array(0)],
    ['a header alone', (bytes) => bytes.slice(0, 32)],
    ['a cut', (bytes) => bytes.slice(0, -1)],
    ['another format', (bytes) => new Uint8Array(new Float64Array([9, ...new Float64Array(bytes.buffer.slice(0, 32)).slice(1)]).buffer)],
    ['names that are no JSON', (bytes) => bytes.map((byte, at) => (at === 32 ? 0x21 : byte))],
  ])('from %s is refused with a reason', (_, damage) => {
    const bank = createModelHealthBank(SCALE);
    live(bank, 0, 10, noise(seededRandom(14)));
    const restored = restoreModelHealth(damage(snapshotModelHealth(bank)), SCALE);
    expect(restored).toMatchObject({ ok: false, error: { code: 'SNAPSHOT_UNREADABLE' } });
  });

  it('with days of another length is refused', () => {
    const bytes = snapshotModelHealth(createModelHealthBank(SCALE));
    expect(restoreModelHealth(bytes, { ...SCALE, dayLengthMs: HOUR_MS }).ok).toBe(false);
  });
});

describe('the exact limit', () => {
  it('is the sum of the terms of the binomial', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 0.001, max: 0.6, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, p, place) => {
          const k = Math.round(place * n);
          let term = Math.exp(n * Math.log1p(-p));
          let tail = 0;
          for (let j = 0; j <= n; j += 1) {
            if (j >= k) tail += term;
            term *= ((n - j) / (j + 1)) * (p / (1 - p));
          }
          expect(binomialTail(k, n, p)).toBeCloseTo(tail, 9);
        },
      ),
    );
  });

  it('steps seen before change nothing', () => {
    const bank = createModelHealthBank(SCALE);
    live(bank, 0, days(2), noise(seededRandom(15)));
    const before = snapshotModelHealth(bank);
    live(bank, 0, days(1), noise(seededRandom(16), 30));
    expect(snapshotModelHealth(bank)).toEqual(before);
  });
});
