import type { AllocationRow } from '../../../agent/cost/sources/allocation-rows.ts';
import type { Recording } from '../../../agent/models/recording.ts';
import { seededRandom } from '../../../core/random.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../core/time.ts';
import type { ScalingPolicy } from '../../../scaler/recommendation.ts';
import { HPA_DEFAULT_BEHAVIOR } from '../../../scaler/simulation/hpa.ts';
import { createLoadForecaster } from '../../../scaler/simulation/load-forecaster.ts';
import { hpaPolicy, planPolicy } from '../../../scaler/simulation/policies.ts';
import { type SimulatedWorld, simulate } from '../../../scaler/simulation/simulate.ts';

/**
 * The month of hours that the example report is made from: the load of the recorded services, drawn day by day and
 * stretched to days of 24 hours, with replicas of the simulator. What is not recorded stands here as constants, and the
 * label of the file says so.
 */
const FROM = Date.UTC(2026, 8, 1);
const UNTIL = Date.UTC(2026, 9, 21);
const SEED = 2026;
/** The recording has the same day six times; a month has weekends, a trend and paydays. */
const WEEKEND: Readonly<Record<number, number>> = { 6: 0.72, 0: 0.6 };
const GROWTH_A_DAY = 0.0022;
const PAYDAYS: ReadonlySet<number> = new Set([1, 15]);
const PAYDAY_FACTOR = 1.15;

const NAMESPACE = 'payments-demo';
const WRITTEN_AFTER_MS = 5 * MINUTE_MS;

/** As in `scaling` of cost.yaml beside this file. */
const GATEWAY: ScalingPolicy = {
  target: 'process/gateway',
  minReplicas: 2,
  maxReplicas: 12,
  loadPerReplica: 10.3,
  risk: 0.005,
  leadMs: 90_000,
  stabilizationMs: 300_000,
  up: { replicas: 4, percent: 100, windowMs: 15_000 },
  down: { replicas: 1, percent: 10, windowMs: 60_000 },
  mode: 'act',
};
/** Replicas of the services that an autoscaler follows, and of those that nobody scales. */
const HPA_SCALED: Readonly<Record<string, number>> = { risk: 18, router: 24 };
const FIXED: Readonly<Record<string, number>> = { ledger: 3, 'psp-north': 2, 'psp-south': 2 };
const HPA_TARGET_PERCENT = 70;

/** What did not go right, so that the section on data quality has something to say. */
const LOST = { service: `${NAMESPACE}/risk`, from: Date.UTC(2026, 9, 7, 2), until: Date.UTC(2026, 9, 7, 6) };
const LATE = { service: `${NAMESPACE}/ledger`, from: Date.UTC(2026, 9, 12, 8), until: Date.UTC(2026, 9, 12, 11), byMs: 30 * HOUR_MS };
const RESTATED = { service: `${NAMESPACE}/router`, at: Date.UTC(2026, 9, 15, 13) };

const loadOf = (recording: Recording, stepsADay: number): Float64Array => {
  const recorded = recording.signals.find(({ service, name }) => service === `${NAMESPACE}/ingress` && name === 'ingress.requests');
  if (recorded === undefined) throw new Error('the recording has no ingress.requests');
  const random = seededRandom(SEED);
  const days = Math.round((UNTIL - FROM) / DAY_MS);
  const recordedDays = recording.steps / stepsADay;
  const load = new Float64Array(days * stepsADay);
  for (let day = 0; day < days; day += 1) {
    const date = new Date(FROM + day * DAY_MS);
    const factor = (WEEKEND[date.getUTCDay()] ?? 1) * (1 + GROWTH_A_DAY * day) * (PAYDAYS.has(date.getUTCDate()) ? PAYDAY_FACTOR : 1);
    const drawn = Math.floor(random() * recordedDays) * stepsADay;
    for (let step = 0; step < stepsADay; step += 1) {
      const value = recorded.value[drawn + step] as number;
      load[day * stepsADay + step] = Number.isNaN(value) ? Number.NaN : value * factor;
    }
  }
  return load;
};

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

const known = (values: ArrayLike<number>, from: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => values[from + index] as number).filter((value) => !Number.isNaN(value));

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

interface Lane {
  readonly service: string;
  readonly replicas: ArrayLike<number>;
  readonly load?: Float64Array;
  readonly baseline?: ArrayLike<number>;
}

export interface ExampleMonth {
  readonly label: string;
  readonly currency: string;
  readonly rows: readonly AllocationRow[];
}

export const exampleMonth = (recording: Recording): ExampleMonth => {
  const stepsADay = Math.round(recording.dayLengthMs / recording.stepMs);
  const stepMs = DAY_MS / stepsADay;
  const stepsAnHour = Math.round(HOUR_MS / stepMs);
  const load = loadOf(recording, stepsADay);
  const world: SimulatedWorld = {
    stepMs,
    leadMs: GATEWAY.leadMs,
    loadPerReplica: GATEWAY.loadPerReplica,
    utilizationLimit: 1,
    scrapeLagSteps: 0,
    minReplicas: GATEWAY.minReplicas,
    maxReplicas: GATEWAY.maxReplicas,
    initialReplicas: GATEWAY.minReplicas,
  };
  const settings = {
    targetPercent: HPA_TARGET_PERCENT,
    tolerance: { up: 0.1, down: 0.1 },
    behavior: HPA_DEFAULT_BEHAVIOR,
    syncMs: 15_000,
    windowSteps: 1,
  };
  const hpaReplicas = (of: SimulatedWorld): ArrayLike<number> => simulate(of, load, hpaPolicy(of, settings)).timeline.replicas;
  const planned = simulate(world, load, planPolicy(world, GATEWAY, createLoadForecaster({ stepMs, dayLengthMs: DAY_MS }, 0))).timeline
    .replicas;
  const fixed = (replicas: number): ArrayLike<number> => new Float64Array(load.length).fill(replicas);

  const lanes: readonly Lane[] = [
    { service: `${NAMESPACE}/gateway`, replicas: planned, load, baseline: hpaReplicas(world) },
    ...Object.entries(HPA_SCALED).map(([service, loadPerReplica]) => ({
      service: `${NAMESPACE}/${service}`,
      replicas: hpaReplicas({ ...world, loadPerReplica }),
      load,
    })),
    ...Object.entries(FIXED).map(([service, replicas]) => ({ service: `${NAMESPACE}/${service}`, replicas: fixed(replicas) })),
    { service: 'foreshock', replicas: fixed(1) },
  ];
  const rows: AllocationRow[] = [];
  for (let hour = 0; hour < load.length / stepsAnHour; hour += 1) {
    for (const lane of lanes) rows.push(...hourOf(lane, hour, stepsAnHour));
  }
  return {
    currency: 'EUR',
    label: `example: ${recording.label}; each day drawn from it with seed ${SEED} and stretched to 24 hours; weekends, growth and paydays are made up; gateway replicas by Foreshock's planner, risk and router by a simulated HorizontalPodAutoscaler at ${HPA_TARGET_PERCENT} %, the others fixed; recording sha256 ${recording.sha256}`,
    rows,
  };
};

const hourOf = (lane: Lane, hour: number, stepsAnHour: number): readonly AllocationRow[] => {
  const { service } = lane;
  const start = FROM + hour * HOUR_MS;
  if (service === LOST.service && start >= LOST.from && start < LOST.until) return [];
  const first = hour * stepsAnHour;
  const replicas = rounded(mean(known(lane.replicas, first, stepsAnHour)), 4);
  const loads = lane.load === undefined ? [] : known(lane.load, first, stepsAnHour);
  const isPlanned = lane.baseline !== undefined;
  const isLate = service === LATE.service && start >= LATE.from && start < LATE.until;
  const row: AllocationRow = {
    service,
    start: new Date(start).toISOString(),
    end: new Date(start + HOUR_MS).toISOString(),
    replicas,
    ...(loads.length === 0 ? {} : { load: rounded(mean(loads), 3), peakLoad: rounded(Math.max(...loads), 3) }),
    ...(isPlanned && loads.length > 0
      ? {
          payments: Math.round((mean(loads) * HOUR_MS) / 1_000),
          desiredReplicas: replicas,
          baselineReplicas: rounded(mean(known(lane.baseline ?? [], first, stepsAnHour)), 4),
          acted: true,
        }
      : {}),
    recordedAt: new Date(start + HOUR_MS + (isLate ? LATE.byMs : WRITTEN_AFTER_MS)).toISOString(),
  };
  if (service !== RESTATED.service || start !== RESTATED.at) return [row];
  return [row, { ...row, replicas: replicas + 1, recordedAt: new Date(start + 2 * HOUR_MS).toISOString() }];
};
