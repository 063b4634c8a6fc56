import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/random.ts';
import type { SignalKind } from '../../core/signal.ts';
import type { Finding } from '../finding.ts';
import { bandOf, createSeasonalBank, ensureSignal, type SeasonalBank, scoreStep, settle } from './index.ts';
import { DEMO_DAY, DEMO_SCALE, drawPoint, type Point, shopLoad, stepOf, syntheticSignals, type Weather } from './synthetic.ts';

const weatherAt = (step: number): Weather => ({
  load: shopLoad(step),
  latencySeconds: 0.04 * (1 + shopLoad(step) / 100),
  errorRatio: 0.003,
});

/** One signal lived through `steps` steps; what was open at each of them. */
const live = (
  kind: SignalKind,
  steps: number,
  pointAt: (step: number, weather: Weather, draw: (weather: Weather) => Point | undefined) => Point | undefined,
  seed = 3,
): { readonly bank: SeasonalBank; readonly findings: readonly (Finding | undefined)[] } => {
  const signals = syntheticSignals([kind]);
  const bank = createSeasonalBank({ scale: DEMO_SCALE });
  for (const signal of signals) ensureSignal(bank, signal);
  const random = seededRandom(seed);
  const findings = Array.from({ length: steps }, (_, step) => {
    const point = pointAt(step, weatherAt(step), (weather) => drawPoint(kind, random, weather));
    return scoreStep(bank, stepOf(step, [point], signals))[0];
  });
  return { bank, findings };
};

const SIX_DAYS = 6 * DEMO_DAY;
const openedIn = (findings: readonly (Finding | undefined)[], from: number, to = findings.length): number =>
  findings.findIndex((finding, step) => step >= from && step < to && finding !== undefined);

describe('a ledger', () => {
  it('whose latency creeps up 3 % a step is found before it doubled', () => {
    const start = SIX_DAYS + 50;
    const { findings } = live('duration', start + 40, (step, weather, draw) =>
      draw({ ...weather, latencySeconds: weather.latencySeconds * Math.exp(Math.max(0, step - start) * Math.log(1.03)) }),
    );
    const opened = openedIn(findings, start);
    expect(opened).toBeGreaterThan(start);
    expect((opened - start) * Math.log(1.03)).toBeLessThan(Math.LN2);
    expect(findings[opened]).toMatchObject({ detector: 'seasonal', direction: 'rise', harmful: true });
  });

  it('twice as slow is found within 5 steps, with onset, numbers and a sentence people can read', () => {
    const start = SIX_DAYS + 60;
    const { findings } = live('duration', start + 30, (step, weather, draw) =>
      draw({ ...weather, latencySeconds: weather.latencySeconds * (step >= start ? 2 : 1) }),
    );
    const opened = openedIn(findings, start);
    expect(opened).toBeLessThanOrEqual(start + 4);
    const finding = findings[opened] as Finding;
    expect(finding.since).toBe((start + 1) * 1_000);
    expect(finding.observed).toBeGreaterThan(finding.upper);
    expect(finding.because).toMatch(/^typical latency of service-0 is \d+ ms, expected [\d.]+ to \d+ ms at this time of day, for \d s$/);
  });

  it('is well again soon after the fault ends, and its baseline has not learned the fault', () => {
    const start = SIX_DAYS + 60;
    const { findings, bank } = live('duration', start + 70, (step, weather, draw) =>
      draw({ ...weather, latencySeconds: weather.latencySeconds * (step >= start && step < start + 30 ? 3 : 1) }),
    );
    expect(findings[start + 29]).toBeDefined();
    expect(openedIn(findings, start + 55)).toBe(-1);
    expect(bandOf(bank, 0)?.expected).toBeLessThan(0.09);
  });

  it('found on a machine a fifth slower pages nobody and is expected so after a while', () => {
    const end = SIX_DAYS + 100;
    const { findings, bank } = live('duration', end, (step, weather, draw) =>
      draw({ ...weather, latencySeconds: weather.latencySeconds * (step >= SIX_DAYS + 60 ? 1.2 : 1) }),
    );
    expect(openedIn(findings, SIX_DAYS)).toBe(-1);
    const expected = bandOf(bank, 0)?.expected as number;
    expect(expected / weatherAt(end - 1).latencySeconds).toBeGreaterThan(1.12);
  });

  it('moved to a machine half as fast opens nothing when the bank was told to settle', () => {
    const signals = syntheticSignals(['duration']);
    const bank = createSeasonalBank({ scale: DEMO_SCALE });
    for (const signal of signals) ensureSignal(bank, signal);
    const random = seededRandom(9);
    let opened = 0;
    for (let step = 0; step < SIX_DAYS + 90; step += 1) {
      if (step === SIX_DAYS) settle(bank, 20);
      const weather = weatherAt(step);
      const point = drawPoint('duration', random, { ...weather, latencySeconds: weather.latencySeconds * (step >= SIX_DAYS ? 2 : 1) });
      if (scoreStep(bank, stepOf(step, [point], signals)).length > 0 && step >= SIX_DAYS) opened += 1;
    }
    expect(opened).toBe(0);
  });
});

describe('traffic', () => {
  it('with a busy lunch hour every day opens nothing', () => {
    const { findings } = live('rate', SIX_DAYS + 4 * DEMO_DAY, (_, weather, draw) => draw(weather));
    expect(openedIn(findings, 2 * DEMO_DAY)).toBe(-1);
  });

  it('that goes quiet opens a fall that hurts', () => {
    const start = SIX_DAYS + 60;
    const { findings } = live('rate', start + 20, (step, weather, draw) => draw({ ...weather, load: step >= start ? 0 : weather.load }));
    const opened = openedIn(findings, start);
    expect(opened).toBeLessThan(start + 5);
    expect(findings[opened]).toMatchObject({ direction: 'fall', harmful: true, observed: 0, unit: '1/s' });
  });

  it('that doubles opens a rise that hurts nobody', () => {
    const start = SIX_DAYS + 60;
    const { findings } = live('rate', start + 20, (step, weather, draw) =>
      draw({ ...weather, load: weather.load * (step >= start ? 2 : 1) }),
    );
    expect(findings[openedIn(findings, start)]).toMatchObject({ direction: 'rise', harmful: false, harm: 'fall' });
  });

  it('that was zero for a week and then comes alive leaves no alert open for more than a day', () => {
    const start = 7 * DEMO_DAY;
    const { findings } = live('rate', start + 3 * DEMO_DAY, (step, _, draw) =>
      step < start ? { value: 0, weight: 1 } : draw({ ...weatherAt(step), load: 40 }),
    );
    expect(openedIn(findings, start)).toBeGreaterThan(0);
    let run = 0;
    let longest = 0;
    for (const finding of findings) {
      run = finding === undefined ? 0 : run + 1;
      longest = Math.max(longest, run);
    }
    expect(longest).toBeLessThan(DEMO_DAY);
    expect(openedIn(findings, start + 2 * DEMO_DAY)).toBe(-1);
  });
});

describe('errors', () => {
  it('of one payment in five are found within 5 steps', () => {
    const start = SIX_DAYS + 60;
    const { findings } = live('ratio', start + 20, (step, weather, draw) => draw({ ...weather, errorRatio: step >= start ? 0.2 : 0.003 }));
    const opened = openedIn(findings, start);
    expect(opened).toBeLessThan(start + 5);
    expect((findings[opened] as Finding).because).toContain('error ratio of service-0 is');
  });

  it('that fail a single request of ten open nothing', () => {
    const { findings } = live('ratio', SIX_DAYS, (step) => ({ value: step % 15 === 0 ? 0.1 : 0, weight: 10 }));
    expect(openedIn(findings, 0)).toBe(-1);
  });
});

describe('payments of which one or two come in a step', () => {
  const start = SIX_DAYS + 40;
  const declinedBy = (share: (step: number) => number, seed: number) => {
    const random = seededRandom(seed);
    return live('ratio', start + 60, (step) => {
      const events = Math.floor(3 * random());
      let declined = 0;
      for (let event = 0; event < events; event += 1) declined += random() < share(step) ? 1 : 0;
      return events === 0 ? undefined : { value: declined / events, weight: events };
    }).findings;
  };

  it('and nine of ten are declined, where one in twenty was, are found within a dozen steps', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((seed) => {
      const findings = declinedBy((step) => (step < start ? 0.06 : 0.9), seed);
      expect(openedIn(findings, 0, start)).toBe(-1);
      return openedIn(findings, start) - start;
    });
    expect(Math.min(...delays)).toBeGreaterThan(0);
    expect(Math.max(...delays)).toBeLessThanOrEqual(20);
    expect(delays.toSorted((a, b) => a - b)[4]).toBeLessThanOrEqual(12);
  });

  it('and twice as many as usual are declined for a minute are no finding yet', () => {
    for (const seed of [1, 2, 3, 4, 5])
      expect(
        openedIn(
          declinedBy((step) => (step < start ? 0.06 : 0.12), seed),
          0,
        ),
      ).toBe(-1);
  });
});

describe('a young signal', () => {
  it('opens nothing in its first twenty observations, whatever it does', () => {
    const { findings } = live('gauge', 20, (step) => ({ value: step < 10 ? 1 : 1_000 * step, weight: 1 }));
    expect(findings.every((finding) => finding === undefined)).toBe(true);
  });
});

describe('contributions', () => {
  it('sum to the evidence within 1e-9 for as long as a finding is open', () => {
    const start = SIX_DAYS + 60;
    const { findings } = live('duration', start + 40, (step, weather, draw) =>
      draw({ ...weather, latencySeconds: weather.latencySeconds * (step >= start ? 2 : 1) }),
    );
    const open = findings.filter((finding) => finding !== undefined);
    expect(open.length).toBeGreaterThan(30);
    for (const { contributions, evidence } of open)
      expect(Math.abs(contributions.reduce((sum, { value }) => sum + value, 0) - evidence)).toBeLessThan(1e-9);
  });
});
