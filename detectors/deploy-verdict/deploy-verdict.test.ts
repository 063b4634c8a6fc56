import { describe, expect, it } from 'vitest';
import { gaussian, type Random, seededRandom } from '../../core/random.ts';
import { DAY_MS, MINUTE_MS } from '../../core/time.ts';
import {
  createDeployWatch,
  type DeployVerdict,
  type DeployWatch,
  type ModelReading,
  observeDeploys,
  restoreDeployWatch,
  snapshotDeployWatch,
  watchDeploy,
} from './index.ts';

const SCALE = { stepMs: MINUTE_MS, dayLengthMs: DAY_MS };
const HOURS = 60;

interface Service {
  readonly name: string;
  /** Requests a second, seconds and share of errors at a step, without noise. */
  readonly load: number;
  latency(step: number): number;
  errors(step: number): number;
}

/** A service that a simple model watches: its level follows, an hour at a time, whatever comes. */
const watched = (service: Service, random: Random) => {
  const levels = new Map<string, number>();
  const read = (name: string, seen: number, weight: number): ModelReading => {
    const level = levels.get(name) ?? seen;
    const next = level + (seen - level) / 60;
    levels.set(name, next);
    return {
      key: `${service.name}|${name}`,
      service: service.name,
      name,
      seen,
      expected: level,
      offset: 0,
      level: next,
      seasonShare: 0,
      weight,
      open: false,
    };
  };
  return (step: number): readonly ModelReading[] => {
    const events = service.load * 60;
    const share = service.errors(step);
    return [
      read('requests', Math.sqrt(service.load) + gaussian(random) * Math.sqrt(0.25 / 60 + 0.0004), 60),
      read('duration', Math.log(service.latency(step)) + 0.05 * gaussian(random) + gaussian(random) / Math.sqrt(events), events),
      read('errors', Math.max(0, share + gaussian(random) * Math.sqrt((share * (1 - share)) / events)), events),
    ];
  };
};

const live = (
  watch: DeployWatch,
  from: number,
  to: number,
  readings: (step: number) => readonly ModelReading[],
): readonly DeployVerdict[] =>
  Array.from({ length: to - from }, (_, place) => from + place).flatMap((index) =>
    observeDeploys(watch, { index, endsAt: (index + 1) * MINUTE_MS }, readings(index)),
  );

const deployAt = (step: number, id = 'deploy-1') => ({ id, service: 'ledger', at: step * MINUTE_MS });

const judged = (after: Partial<Service>, seed = 1): DeployVerdict => {
  const at = 20 * HOURS;
  const ledger = {
    name: 'ledger',
    load: after.load ?? 30,
    latency: (step: number) => (step < at ? 0.2 : (after.latency?.(step) ?? 0.2)),
    errors: (step: number) => (step < at ? 0.004 : (after.errors?.(step) ?? 0.004)),
  };
  const readings = watched(ledger, seededRandom(seed));
  const watch = createDeployWatch(SCALE);
  live(watch, 0, at, readings);
  watchDeploy(watch, deployAt(at));
  const [verdict, ...more] = live(watch, at, at + 2 * HOURS, readings);
  expect(more).toEqual([]);
  return verdict as DeployVerdict;
};

describe('half an hour after a rollout', () => {
  it('that makes requests a quarter slower it is worse, with the size of it', () => {
    const verdict = judged({ latency: () => 0.25 });
    expect(verdict).toMatchObject({ kind: 'worse', at: (20 * HOURS + 30) * MINUTE_MS });
    const latency = verdict.effects.find(({ name }) => name === 'duration');
    expect(latency?.effect).toBeCloseTo(0.25, 1);
    expect(latency?.interval?.lower).toBeLessThan(0.25);
    expect(latency?.interval?.upper).toBeGreaterThan(0.25);
    expect(verdict.because).toMatch(/^worse than expected without it after 30 min: latency \+2\d % \(\+\d+ % to \+\d+ %\), errors/);
  });

  it('that fails one request in fifty more it is worse', () => {
    expect(judged({ errors: () => 0.024 }).kind).toBe('worse');
  });

  it('that makes requests a fifth quicker it is better', () => {
    expect(judged({ latency: () => 0.16 }).kind).toBe('better');
  });

  it('that changes nothing it is no worse', () => {
    expect(judged({}).kind).toBe('no-worse');
  });

  it('of a service nobody calls there is not enough traffic to tell', () => {
    expect(judged({ load: 0.02 })).toMatchObject({
      kind: 'not-enough-traffic',
      because: expect.stringContaining('not enough traffic to tell'),
    });
  });

  it('of a service of which nothing is known but a few hours, nothing is claimed', () => {
    const watch = createDeployWatch(SCALE);
    const readings = watched({ name: 'ledger', load: 30, latency: (step) => (step < 60 ? 0.2 : 0.4), errors: () => 0 }, seededRandom(2));
    live(watch, 0, HOURS, readings);
    watchDeploy(watch, deployAt(HOURS));
    const [verdict] = live(watch, HOURS, 2 * HOURS, readings);
    expect(verdict).toMatchObject({
      kind: 'not-enough-traffic',
      because: expect.stringContaining('too little is known of what chance does'),
    });
  });

  it('that never shows any telemetry again nothing of it was observed', () => {
    const watch = createDeployWatch(SCALE);
    const readings = watched({ name: 'ledger', load: 30, latency: () => 0.2, errors: () => 0 }, seededRandom(3));
    live(watch, 0, 20 * HOURS, readings);
    watchDeploy(watch, deployAt(20 * HOURS));
    const [verdict] = live(watch, 20 * HOURS, 21 * HOURS, () => []);
    expect(verdict).toMatchObject({ kind: 'not-enough-traffic', effects: [] });
    expect(verdict?.because).toContain('nothing of it was observed');
  });

  it('is told of the rollout before a fault, and not of one whose service was odd already', () => {
    const watch = createDeployWatch(SCALE);
    const readings = watched({ name: 'ledger', load: 30, latency: (step) => (step < 1_190 ? 0.2 : 0.5), errors: () => 0 }, seededRandom(4));
    live(watch, 0, 1_200, (step) => readings(step).map((reading) => ({ ...reading, open: step >= 1_193 && reading.name === 'duration' })));
    watchDeploy(watch, deployAt(1_200));
    const [verdict] = live(watch, 1_200, 1_260, readings);
    expect(verdict).toMatchObject({ kind: 'not-enough-traffic', because: expect.stringContaining('an alert was open when it began') });
  });

  it('that was reported ten minutes late it is judged by what had been expected before it', () => {
    const watch = createDeployWatch(SCALE);
    const readings = watched(
      { name: 'ledger', load: 30, latency: (step) => (step < 1_200 ? 0.2 : 0.26), errors: () => 0 },
      seededRandom(5),
    );
    live(watch, 0, 1_210, readings);
    watchDeploy(watch, deployAt(1_200));
    const [verdict] = live(watch, 1_210, 1_260, readings);
    expect(verdict?.kind).toBe('worse');
    expect(verdict?.effects.find(({ name }) => name === 'duration')?.effect).toBeGreaterThan(0.24);
  });

  it('that is over for long, or known, is not watched', () => {
    const watch = createDeployWatch(SCALE);
    const readings = watched({ name: 'ledger', load: 30, latency: () => 0.2, errors: () => 0 }, seededRandom(6));
    live(watch, 0, 1_200, readings);
    watchDeploy(watch, deployAt(1_000));
    watchDeploy(watch, deployAt(1_199, 'deploy-2'));
    watchDeploy(watch, deployAt(1_199, 'deploy-2'));
    expect(live(watch, 1_200, 1_300, readings).map(({ changeId }) => changeId)).toEqual(['deploy-2']);
  });
});

describe('a hundred and twenty rollouts that change nothing', () => {
  it('are called worse in at most three', () => {
    const kinds: string[] = [];
    for (let fleet = 0; fleet < 6; fleet += 1) {
      const random = seededRandom(100 + fleet);
      let wander = 0;
      const wandering = (): number => {
        wander = 0.98 * wander + 0.01 * gaussian(random);
        return 0.2 * Math.exp(wander);
      };
      const readings = watched({ name: 'ledger', load: 20, latency: wandering, errors: () => 0.01 }, random);
      const watch = createDeployWatch(SCALE);
      live(watch, 0, 24 * HOURS, readings);
      for (let rollout = 0; rollout < 20; rollout += 1) {
        const at = (24 + 3 * rollout) * HOURS + 7 * rollout;
        watchDeploy(watch, deployAt(at, `deploy-${rollout}`));
        kinds.push(...live(watch, watch.state.newestStep + 1, (24 + 3 * (rollout + 1)) * HOURS, readings).map(({ kind }) => kind));
      }
    }
    expect(kinds).toHaveLength(120);
    expect(kinds.filter((kind) => kind === 'worse').length).toBeLessThanOrEqual(3);
  });
});

describe('a restart in the midst of a rollout', () => {
  it('continues bit for bit and gives the same verdict', () => {
    const at = 20 * HOURS;
    const run = (restartsAt: number | undefined) => {
      const readings = watched(
        { name: 'ledger', load: 30, latency: (step) => (step < at ? 0.2 : 0.24), errors: () => 0.002 },
        seededRandom(7),
      );
      let watch = createDeployWatch(SCALE);
      live(watch, 0, at, readings);
      watchDeploy(watch, deployAt(at));
      if (restartsAt === undefined) return { verdicts: live(watch, at, at + 60, readings), state: snapshotDeployWatch(watch) };
      live(watch, at, restartsAt, readings);
      watch = restoreDeployWatch(snapshotDeployWatch(watch), SCALE) as DeployWatch;
      return { verdicts: live(watch, restartsAt, at + 60, readings), state: snapshotDeployWatch(watch) };
    };
    expect(run(at + 12)).toEqual(run(undefined));
  });

  it.each<[string, Uint8Array]>([
    ['no JSON', new TextEncoder().encode('{')],
    ['another format', new TextEncoder().encode('{"format":9,"windowSteps":30,"state":{}}')],
    ['windows of another length', snapshotDeployWatch(createDeployWatch({ stepMs: 5_000, dayLengthMs: DAY_MS }))],
  ])('on %s begins anew', (_, bytes) => {
    expect(restoreDeployWatch(bytes, SCALE)).toBeUndefined();
  });
});
