import { DAY_MS } from '../../core/time.ts';
import type { ScalingPolicy } from '../recommendation.ts';
import { type CostPoint, dominates, frontierOf, violationAtCost } from './frontier.ts';
import { HPA_DEFAULT_BEHAVIOR, type HpaBehavior } from './hpa.ts';
import { createLoadForecaster, type LoadForecaster } from './load-forecaster.ts';
import { type HpaSettings, hpaPolicy, planPolicy } from './policies.ts';
import { type SimulatedWorld, type SimulationResult, simulate } from './simulate.ts';

export interface CompareOptions {
  /** Recorded load of the judged time, requests per second, one value a step; NaN where absent. */
  readonly arrivals: ArrayLike<number>;
  /** Load of the days before it, with which our forecaster is warm. Its last step is the one before arrivals[0]. */
  readonly history: ArrayLike<number>;
  /** A forecaster that has seen nothing; the product's own by default. Steps of the history are negative, arrivals begin at step 0. */
  readonly createForecaster?: () => LoadForecaster;
  readonly stepMs: number;
  /** Length of a simulated day over that of a real one, for example 1/720: what the rival's time constants are scaled by. */
  readonly timeFactor: number;
  readonly leadMs: number;
  readonly loadPerReplica: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Our dial. */
  readonly risk: number;
  readonly stabilizationMs: number;
  readonly utilizationLimit?: number;
  readonly scrapeLagSteps?: number;
  readonly grid?: Partial<HpaGrid>;
  /** Further settings of our dial, for the picture. */
  readonly risks?: readonly number[];
}

/** What is swept of the rival; every combination is one row. */
export interface HpaGrid {
  readonly targetPercents: readonly number[];
  readonly tolerances: readonly number[];
  /** Scale-down stabilization, milliseconds of the simulation; the literal scaling of 300 s and 300 s itself are added. */
  readonly stabilizationsMs: readonly number[];
  readonly windowsSteps: readonly number[];
}

export interface HpaRow extends CostPoint {
  readonly targetPercent: number;
  readonly tolerance: number;
  readonly stabilizationMs: number;
  readonly windowSteps: number;
  /** Sync period and rate limits: scaled with the day, or 15 s as in a real cluster. */
  readonly constants: 'scaled' | 'unscaled';
  readonly flips: number;
}

export interface OurRow extends CostPoint {
  readonly risk: number;
  readonly flips: number;
}

export interface Comparison {
  readonly ours: OurRow & Pick<SimulationResult, 'timeline' | 'violatedRequestShare' | 'clairvoyantReplicaSeconds'>;
  /** Every setting of the sweep. */
  readonly hpa: readonly HpaRow[];
  readonly frontier: readonly HpaRow[];
  /** How it is run most: 70 %, the largest tolerance of the grid (10 % by default), its constants scaled literally. */
  readonly typical: HpaRow;
  /** Our dial at other risks. */
  readonly dial: readonly OurRow[];
  /** Violation-seconds of the best mix of the rival's settings, chosen in hindsight, at our replica-seconds. */
  readonly frontierAtOurCost: number;
  /** Ours over that; 1 when both are 0, Infinity when only the rival's is. */
  readonly ratio: number;
  /** Settings that are at least as good as ours in both respects. */
  readonly dominatedBy: readonly HpaRow[];
  /** Settings that ours is at least as good as in both respects. */
  readonly dominates: number;
  readonly assumptions: readonly string[];
}

const SYNC_MS = 15_000;
const STABILIZATION_MS = 300_000;

const defaultGrid = ({ leadMs, stepMs }: CompareOptions): HpaGrid => ({
  targetPercents: Array.from({ length: 15 }, (_, index) => 30 + 5 * index),
  tolerances: [0, 0.05, 0.1],
  stabilizationsMs: [0, stepMs, leadMs, 2 * leadMs, 3 * leadMs, 6 * leadMs, 12 * leadMs],
  windowsSteps: [1, 3, 6],
});

const distinct = (values: readonly number[]): readonly number[] => [...new Set(values)].toSorted((a, b) => a - b);

const behaviorOf = (factor: number, stabilizationMs: number): HpaBehavior => {
  const scaled = (rules: HpaBehavior['scaleUp']): HpaBehavior['scaleUp'] => ({
    ...rules,
    policies: rules.policies.map((policy) => ({ ...policy, periodMs: policy.periodMs * factor })),
  });
  return {
    scaleUp: scaled(HPA_DEFAULT_BEHAVIOR.scaleUp),
    scaleDown: { ...scaled(HPA_DEFAULT_BEHAVIOR.scaleDown), stabilizationWindowMs: stabilizationMs },
  };
};

const settingsOf = (row: Omit<HpaRow, keyof CostPoint | 'flips'>, timeFactor: number): HpaSettings => {
  const factor = row.constants === 'scaled' ? timeFactor : 1;
  return {
    targetPercent: row.targetPercent,
    tolerance: { up: row.tolerance, down: row.tolerance },
    behavior: behaviorOf(factor, row.stabilizationMs),
    syncMs: SYNC_MS * factor,
    windowSteps: row.windowSteps,
  };
};

/** Runs every setting of the rival over one load. */
export const sweepHpa = (options: CompareOptions, world: SimulatedWorld): readonly HpaRow[] => {
  const grid = { ...defaultGrid(options), ...options.grid };
  const scaledStabilizations = distinct([...grid.stabilizationsMs, STABILIZATION_MS * options.timeFactor, STABILIZATION_MS]);
  const rows: HpaRow[] = [];
  for (const targetPercent of grid.targetPercents) {
    for (const tolerance of grid.tolerances) {
      for (const windowSteps of grid.windowsSteps) {
        for (const constants of ['scaled', 'unscaled'] as const) {
          if (constants === 'unscaled' && options.timeFactor === 1) continue;
          for (const stabilizationMs of constants === 'scaled' ? scaledStabilizations : [STABILIZATION_MS]) {
            const setting = { targetPercent, tolerance, windowSteps, stabilizationMs, constants };
            const result = simulate(world, options.arrivals, hpaPolicy(world, settingsOf(setting, options.timeFactor)));
            const { replicaSeconds, violationSeconds, flips } = result;
            rows.push({ ...setting, replicaSeconds, violationSeconds, flips });
          }
        }
      }
    }
  }
  return rows;
};

const ourPolicy = (options: CompareOptions, risk: number): ScalingPolicy => {
  // No rate limit but the rival's own, scaled as its own.
  const windowMs = Math.max(options.stepMs, SYNC_MS * options.timeFactor);
  return {
    target: 'simulation',
    minReplicas: options.minReplicas,
    maxReplicas: options.maxReplicas,
    loadPerReplica: options.loadPerReplica * (options.utilizationLimit ?? 1),
    risk,
    leadMs: options.leadMs,
    stabilizationMs: options.stabilizationMs,
    up: { replicas: 4, percent: 100, windowMs },
    down: { replicas: 0, percent: 100, windowMs },
    mode: 'act',
  };
};

const runOurs = (options: CompareOptions, world: SimulatedWorld, risk: number): SimulationResult => {
  const { history } = options;
  const scale = { stepMs: options.stepMs, dayLengthMs: DAY_MS * options.timeFactor };
  const forecaster = options.createForecaster?.() ?? createLoadForecaster(scale, history.length);
  for (let index = 0; index < history.length; index += 1) {
    const load = history[index] as number;
    if (!Number.isNaN(load)) forecaster.observe(index - history.length, load);
  }
  return simulate(world, options.arrivals, planPolicy(world, ourPolicy(options, risk), forecaster));
};

const typicalOf = (rows: readonly HpaRow[], timeFactor: number): HpaRow => {
  const distance = (row: HpaRow): number =>
    Math.abs(row.targetPercent - 70) +
    (0.1 - row.tolerance) +
    Math.abs(row.stabilizationMs - STABILIZATION_MS * timeFactor) +
    Number(row.constants === 'unscaled') +
    row.windowSteps / 1_000;
  return rows.reduce((best, row) => (distance(row) < distance(best) ? row : best));
};

const ratioOf = (ours: number, rival: number): number => {
  if (rival > 0) return ours / rival;
  return ours === 0 ? 1 : Number.POSITIVE_INFINITY;
};

const assumptionsOf = (options: CompareOptions, rows: number): readonly string[] => [
  `favors HPA: the best of ${rows} settings (and every mix of two of them) is chosen in hindsight on the judged load; ours runs once, with its dial set beforehand`,
  'favors HPA: its metric is the true total load, never capped by saturated replicas, never missing, and as fresh as ours',
  'favors HPA: tolerances of 0 and 5 % and targets up to 100 % are among its settings; clusters run 10 % and 50 to 80 %',
  `favors HPA: with constants scaled by ${options.timeFactor.toPrecision(3)} it decides every step and its rate limits hardly bind; literal scaling of its 300 s of stabilization is ${((STABILIZATION_MS * options.timeFactor) / 1_000).toPrecision(2)} s, so gentler windows are swept as well, and the unscaled constants too`,
  'favors HPA: both know exactly what one replica carries',
  'favors ours: the lead is constant and ours is told it; HPA has no setting for it',
  `favors ours: the forecaster has seen ${options.history.length} earlier steps of the same service, from which HPA cannot learn`,
  `the same for both: load is seen ${options.scrapeLagSteps ?? 1} steps late, a removed replica is gone at once, a starting one is paid for, and a step counts as violated when load exceeds ${options.utilizationLimit ?? 1} of what the ready replicas carry, however little`,
];

/**
 * Ours against the whole sweep of the HorizontalPodAutoscaler on the same recorded load, at equal replica-seconds.
 * Deterministic: the same options give the same result.
 */
export const compareWithHpa = (options: CompareOptions): Comparison => {
  const first = Array.from(options.arrivals).find((load) => !Number.isNaN(load)) ?? 0;
  const needed = Math.ceil(first / options.loadPerReplica / (options.utilizationLimit ?? 1));
  const world: SimulatedWorld = {
    stepMs: options.stepMs,
    leadMs: options.leadMs,
    loadPerReplica: options.loadPerReplica,
    utilizationLimit: options.utilizationLimit ?? 1,
    scrapeLagSteps: options.scrapeLagSteps ?? 1,
    minReplicas: options.minReplicas,
    maxReplicas: options.maxReplicas,
    initialReplicas: Math.min(options.maxReplicas, Math.max(options.minReplicas, needed)),
  };
  const hpa = sweepHpa(options, world);
  const frontier = frontierOf(hpa);
  const result = runOurs(options, world, options.risk);
  const { replicaSeconds, violationSeconds, flips, timeline, violatedRequestShare, clairvoyantReplicaSeconds } = result;
  const ours = { risk: options.risk, replicaSeconds, violationSeconds, flips, timeline, violatedRequestShare, clairvoyantReplicaSeconds };
  const dial = (options.risks ?? []).map((risk): OurRow => {
    const row = runOurs(options, world, risk);
    return { risk, replicaSeconds: row.replicaSeconds, violationSeconds: row.violationSeconds, flips: row.flips };
  });
  const frontierAtOurCost = violationAtCost(frontier, replicaSeconds);
  return {
    ours,
    hpa,
    frontier,
    typical: typicalOf(hpa, options.timeFactor),
    dial,
    frontierAtOurCost,
    ratio: ratioOf(violationSeconds, frontierAtOurCost),
    dominatedBy: hpa.filter((row) => dominates(row, ours)),
    dominates: hpa.filter((row) => dominates(ours, row)).length,
    assumptions: assumptionsOf(options, hpa.length),
  };
};
