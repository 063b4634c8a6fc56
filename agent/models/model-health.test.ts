import { describe, expect, it } from 'vitest';
import { gaussian, type Random, seededRandom } from '../../core/random.ts';
import { type ClosedStep, createSignalTable } from '../../core/signal.ts';
import { createModelHealthBank, observeModel, rowOf, snapshotModelHealth } from '../../detectors/model-health/index.ts';
import { createDetection, type Detection, recomputeFinding } from './detection.ts';

const SCALE = { stepMs: 1_000, dayLengthMs: 120_000 };
const DAY = 120;
const NO_STORE = {
  readSignal: (_key: string, from: number, to: number) => ({
    value: new Float64Array(to - from).fill(Number.NaN),
    weight: new Float64Array(to - from).fill(Number.NaN),
  }),
};

const world = () => {
  const signals = createSignalTable();
  const duration = signals.register(
    { tenant: 'default', service: 'ledger', name: 'duration', scope: { kind: 'service' } },
    'duration',
    's',
    'rise',
  );
  const harmless = signals.register(
    { tenant: 'default', service: 'ledger', name: 'heap', scope: { kind: 'service' } },
    'gauge',
    'By',
    'none',
  );
  const detection = createDetection({
    tenant: 'default',
    scale: SCALE,
    seasonal: { scale: SCALE },
    signals,
    objectives: [],
    forests: 'left-out',
  });
  const stepOf = (index: number, seconds: number): ClosedStep => ({
    index,
    startsAt: index * 1_000,
    endsAt: (index + 1) * 1_000,
    length: 2,
    signal: Uint32Array.of(duration.id, harmless.id),
    value: Float64Array.of(Math.log(seconds), 5e7),
    weight: Float64Array.of(40, 1),
  });
  const live = (random: Random, from: number, to: number, factor = 1, into: Detection = detection) => {
    let findings: ReturnType<Detection['detect']> = [];
    for (let index = from; index < to; index += 1) findings = into.detect(stepOf(index, 0.05 * factor * Math.exp(0.05 * gaussian(random))));
    return findings;
  };
  return { signals, duration, detection, live };
};

/** What the health of a model would be had its limits been passed every third step for days. */
const distrusted = (key: string, until: number): Uint8Array => {
  const bank = createModelHealthBank(SCALE);
  const row = rowOf(bank, key);
  for (let index = until - 4 * DAY; index < until; index += 1)
    observeModel(bank, row, {
      startsAt: index * 1_000,
      evidence: index % 3 === 0 ? 3.5 : 0.3,
      gathered: 0,
      open: false,
      residual: 0,
      input: 1,
    });
  return snapshotModelHealth(bank);
};

describe('models that can wake somebody', () => {
  it('warm up, and are calibrated on the third day; those that cannot are not counted', () => {
    const { detection, live } = world();
    live(seededRandom(1), 0, 20);
    expect(detection.models()).toMatchObject({ warmingUp: 1, calibrated: 0 });
    live(seededRandom(2), 20, DAY + 60);
    expect(detection.models()).toMatchObject({ warmingUp: 1, calibrated: 0 });
    live(seededRandom(3), DAY + 60, 4 * DAY);
    expect(detection.models()).toEqual({ warmingUp: 0, calibrated: 1, outOfCalibration: [], otherInputs: [] });
  });

  it('that are out of calibration say so in their findings, which replay as they were', () => {
    const { detection, duration, live } = world();
    live(seededRandom(4), 0, 6 * DAY);
    expect(detection.restore({ ...detection.snapshot(), models: distrusted(duration.key, 6 * DAY) }, 6 * DAY - 1, NO_STORE)).toBe(true);
    expect(detection.models().outOfCalibration).toMatchObject([{ signal: { key: duration.key } }]);
    const [finding] = live(seededRandom(5), 6 * DAY, 6 * DAY + 12, 3);
    expect(finding).toMatchObject({
      name: 'duration',
      harmful: true,
      distrust: expect.stringMatching(
        /^out of calibration since 1970-01-01 00:\d\d UTC: of \d+ steps outside alerts \d+ runs were beyond its limit/,
      ),
    });
    if (finding === undefined) return;
    expect(recomputeFinding(JSON.parse(JSON.stringify(detection.capture(finding))))).toEqual(finding);
  });

  it('that are believed say nothing of it', () => {
    const { live } = world();
    live(seededRandom(6), 0, 6 * DAY);
    const [finding] = live(seededRandom(7), 6 * DAY, 6 * DAY + 12, 3);
    expect(finding).toMatchObject({ name: 'duration' });
    expect(finding).not.toHaveProperty('distrust');
  });

  it('begin anew from a snapshot of before they were judged', () => {
    const { detection, live } = world();
    live(seededRandom(8), 0, 4 * DAY);
    const { models: _models, deploys: _deploys, ...before } = detection.snapshot();
    expect(detection.restore(before, 4 * DAY - 1, NO_STORE)).toBe(true);
    expect(detection.models()).toEqual({ warmingUp: 0, calibrated: 0, outOfCalibration: [], otherInputs: [] });
  });
});

describe('a rollout', () => {
  const rollout = (second: number) => ({
    id: 'deploy-1',
    at: second * 1_000,
    tenant: 'default',
    kind: 'deploy' as const,
    service: 'ledger',
    summary: 'ledger 2.0',
    attributes: {},
    source: 'api',
  });

  it('that slows its service by a third is worse, and by as much; the verdict is there after a restart', () => {
    const { detection, live } = world();
    live(seededRandom(9), 0, 6 * DAY);
    detection.watchChange(rollout(6 * DAY));
    live(seededRandom(10), 6 * DAY, 6 * DAY + 10, 1.33);
    expect(detection.restore(detection.snapshot(), 6 * DAY + 9, NO_STORE)).toBe(true);
    live(seededRandom(11), 6 * DAY + 10, 6 * DAY + 24, 1.33);
    const [verdict] = detection.newVerdicts();
    expect(verdict).toMatchObject({ changeId: 'deploy-1', effects: [{ name: 'duration', verdict: 'worse' }] });
    expect(verdict?.effects[0]?.effect).toBeCloseTo(0.33, 1);
    expect(detection.verdictOn('deploy-1')).toEqual(verdict);
    expect(detection.restore(detection.snapshot(), 6 * DAY + 23, NO_STORE)).toBe(true);
    expect(detection.verdictOn('deploy-1')).toEqual(verdict);
  });

  it('of which no service is known, and routes and replicas, have no verdict', () => {
    const { detection, live } = world();
    live(seededRandom(12), 0, 6 * DAY);
    const { service: _service, ...unnamed } = rollout(6 * DAY);
    detection.watchChange({ ...unnamed, id: 'a' });
    detection.watchChange({ ...rollout(6 * DAY), id: 'b', kind: 'scale' });
    live(seededRandom(13), 6 * DAY, 7 * DAY);
    expect(detection.verdictOn('a')).toBeUndefined();
    expect(detection.verdictOn('b')).toBeUndefined();
  });
});
