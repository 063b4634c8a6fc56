import { DECLINED_SHARE, FAILED_SHARE, PAYMENTS } from '../../core/business.ts';
import { isCallTime } from '../../core/call-times.ts';
import type { ChangeEvent } from '../../core/change.ts';
import type { Store } from '../../core/ports.ts';
import type { ClosedStep, Signal, SignalTable } from '../../core/signal.ts';
import { type Instant, stepIndexAt, stepsPerDay, type TimeScale } from '../../core/time.ts';
import type { DeployVerdict } from '../../detectors/deploy-verdict/index.ts';
import type { Finding } from '../../detectors/finding.ts';
import {
  bandOf,
  capsuleOf,
  createSeasonalBank,
  ensureSignal,
  replaySignal,
  restoreSeasonalBank,
  type SeasonalBand,
  type SeasonalBank,
  type SeasonalOptions,
  scoreStep,
  settle,
  snapshot,
  standardizedResidual,
} from '../../detectors/seasonal/index.ts';
import type { SloBudget } from '../api/contract.ts';
import type { SignalEvidence } from '../rootcause/evidence.ts';
import { type BurnTracker, createBurnTracker, type TrackedObjective } from './burn-tracker.ts';
import { type CallTimes, callTimesAround } from './call-times.ts';
import { createDeploys } from './deploys.ts';
import { createForests, type Forests } from './forests.ts';
import { createModelWatch, type ModelTally } from './model-health.ts';
import { createSaturation } from './saturation.ts';
import { createSignalWindow, observationsAfter, pushStep, refillWindow, type SignalWindow, summarize } from './signal-window.ts';

/** A finding together with what it was computed from, so that its record replays after the raw data is gone. */
export type CapturedFinding =
  | {
      readonly kind: 'seasonal';
      readonly signal: Signal;
      /** Base64: the state of this one signal before the observations. */
      readonly capsule: string;
      readonly observations: readonly {
        readonly index: number;
        readonly startsAt: number;
        readonly endsAt: number;
        readonly value: number;
        readonly weight: number;
      }[];
      readonly options: SeasonalOptions;
      /** As the finding says it: that its model was out of calibration rests on days before the observations. */
      readonly distrust?: string;
    }
  | { readonly kind: 'given'; readonly finding: Finding };

interface Checkpoint {
  readonly index: number;
  readonly bank: Uint8Array;
}

export interface Detection {
  readonly window: SignalWindow;
  /** History: learns and tells nothing. */
  learn(step: ClosedStep): void;
  detect(step: ClosedStep): readonly Finding[];
  /** The data comes from another machine from now on: levels are learned anew, seasons and spreads stay. */
  settle(observations: number): void;
  bandOf(signalId: number): SeasonalBand | undefined;
  /** What every signal says about the time since an onset, for ranking causes. */
  evidenceSince(onset: Instant): readonly SignalEvidence[];
  /** What services and calls took before an onset and since. */
  callTimes(onset: Instant): CallTimes | undefined;
  budgets(): readonly SloBudget[];
  /** Of the models that can wake somebody: which are believed. */
  models(): ModelTally;
  /** Judges a rollout some time after it. */
  watchChange(change: ChangeEvent): void;
  /** Verdicts that were due with the newest step. */
  newVerdicts(): readonly DeployVerdict[];
  verdictOn(changeId: string): DeployVerdict | undefined;
  capture(finding: Finding): CapturedFinding;
  /** Named parts of the snapshot. */
  snapshot(): Readonly<Record<string, Uint8Array>>;
  /** State after step `index`; the steps before it, which evidence since an onset looks back on, come from the store. */
  restore(parts: Readonly<Record<string, Uint8Array>>, index: number, store: Pick<Store, 'readSignal'>): boolean;
}

/** Recomputes a captured finding. A seasonal one comes out bit for bit as it was. */
export const recomputeFinding = (captured: CapturedFinding): Finding => {
  if (captured.kind === 'given') return captured.finding;
  const capsule = new Uint8Array(Buffer.from(captured.capsule, 'base64'));
  const finding = replaySignal(capsule, captured.signal, captured.observations, captured.options);
  if (finding === undefined) throw new Error(`replaying ${captured.signal.key} opens no finding`);
  return captured.distrust === undefined ? finding : { ...finding, distrust: captured.distrust };
};

/** Steps kept for evidence since an onset; and twice the distance of checkpoints must fit. */
const WINDOW_STEPS = 180;
/** A capsule holds the state this many steps back or up to twice as many. */
const CHECKPOINT_STEPS = 40;
/** Evidence below this neither ranks nor explains. Slices and counted payments are kept all the same: shares need the whole. */
const LEAST_EVIDENCE = 0.5;

const isPartOfWhole = ({ name, kind, scope, harm }: Signal): boolean =>
  (scope.kind === 'slice' && kind === 'ratio') ||
  name === DECLINED_SHARE ||
  name === FAILED_SHARE ||
  (name === PAYMENTS && harm === 'fall');

const natural = (signal: Signal, value: number): number => (signal.kind === 'duration' ? Math.exp(value) : value);

export interface DetectionOptions {
  readonly tenant: string;
  readonly scale: TimeScale;
  readonly seasonal: SeasonalOptions;
  readonly signals: SignalTable;
  readonly objectives: readonly TrackedObjective[];
  /** 'left-out' where only pages count: forests are evidence for causes, page nobody, and take most of the time. */
  readonly forests?: 'left-out';
}

const NO_FORESTS: Forests = { observe: () => [], snapshot: () => new Uint8Array(0), restore: () => true };

export const createDetection = (options: DetectionOptions): Detection => {
  const { scale, signals, tenant } = options;
  const burns: BurnTracker = createBurnTracker({ tenant, scale, objectives: options.objectives, signals });
  const forests =
    options.forests === 'left-out'
      ? NO_FORESTS
      : createForests({
          tenant,
          scale,
          signals,
          falseFindingsPerServiceWeek: options.seasonal.falseFindingsPerServiceWeek,
          residual: (id, index) => standardizedResidual(bank, id, index),
        });
  const models = createModelWatch({ scale, signals });
  const deploys = createDeploys({ scale, signals });
  const saturation = createSaturation({ scale, signals });
  let newVerdicts: readonly DeployVerdict[] = [];
  let bank: SeasonalBank = createSeasonalBank(options.seasonal);
  const window = createSignalWindow(Math.max(WINDOW_STEPS, Math.min(stepsPerDay(scale), 2 * WINDOW_STEPS)));
  let older: Checkpoint | undefined;
  let newer: Checkpoint | undefined;
  /** The checkpoint that findings were last captured from, unpacked: a page captures a dozen. */
  let unpacked: { readonly checkpoint: Checkpoint; readonly bank: SeasonalBank | undefined } | undefined;
  let known = 0;

  const unpack = (checkpoint: Checkpoint): SeasonalBank | undefined => {
    if (unpacked?.checkpoint !== checkpoint) {
      const restored = restoreSeasonalBank(checkpoint.bank, options.seasonal);
      unpacked = { checkpoint, bank: restored.ok ? restored.value : undefined };
    }
    return unpacked.bank;
  };

  const watchNewSignals = (): void => {
    const all = signals.all();
    for (; known < all.length; known += 1) if (!isCallTime(all[known] as Signal)) ensureSignal(bank, all[known] as Signal);
  };

  const checkpoint = (index: number): void => {
    if (newer !== undefined && index - newer.index < CHECKPOINT_STEPS) return;
    older = newer;
    newer = { index, bank: snapshot(bank) };
    unpacked = undefined;
  };

  const score = (step: ClosedStep): readonly Finding[] => {
    watchNewSignals();
    const findings = scoreStep(bank, step);
    models.observe(step, bank);
    newVerdicts = deploys.observe(step, bank);
    pushStep(window, step, signals.size);
    return findings.map(models.judged);
  };

  const evidenceOf = (signal: Signal, fromIndex: number): SignalEvidence | undefined => {
    const band = bandOf(bank, signal.id);
    if (band === undefined || !Number.isFinite(band.expected)) return undefined;
    if (!isPartOfWhole(signal) && band.evidence < LEAST_EVIDENCE && signal.name !== 'self_duration') return undefined;
    const seen = summarize(window, signal.id, fromIndex);
    if (seen.steps === 0) return undefined;
    const observed = natural(signal, seen.value);
    return {
      key: signal.key,
      service: signal.service,
      name: signal.name,
      kind: signal.kind,
      scope: signal.scope,
      unit: signal.unit,
      observed,
      expected: band.expected,
      events: signal.kind === 'ratio' || signal.kind === 'duration' ? seen.weight : 0,
      ...(signal.name === PAYMENTS ? { seconds: seen.weight } : {}),
      evidence: band.evidence,
      direction: observed >= band.expected ? 'rise' : 'fall',
      since: (fromIndex + 1) * scale.stepMs,
    };
  };

  return {
    window,
    learn(step) {
      score(step);
      saturation.observe(step);
      forests.observe(step);
    },
    detect(step) {
      const findings = [...score(step), ...burns.observe(step), ...saturation.observe(step), ...forests.observe(step)];
      checkpoint(step.index);
      return findings;
    },
    budgets: () => burns.budgets(),
    models: models.tally,
    watchChange: deploys.watch,
    newVerdicts: () => newVerdicts,
    verdictOn: deploys.verdictOn,
    settle: (observations) => settle(bank, observations),
    bandOf: (signalId) => bandOf(bank, signalId),
    evidenceSince(onset) {
      // `onset` is the end of the first odd step.
      const fromIndex = stepIndexAt(onset, scale.stepMs) - 1;
      return signals.all().flatMap((signal) => evidenceOf(signal, fromIndex) ?? []);
    },
    callTimes: (onset) => callTimesAround(window, signals.all(), stepIndexAt(onset, scale.stepMs) - 1),
    capture(finding) {
      const signal = signals.find(finding.signal);
      const start = older ?? newer;
      if (finding.detector !== 'seasonal' || signal === undefined || start === undefined) return { kind: 'given', finding };
      const before = unpack(start);
      if (before === undefined || !before.rows.has(signal.id)) return { kind: 'given', finding };
      const observations = observationsAfter(window, signal.id, start.index).map((seen) => ({
        ...seen,
        startsAt: seen.index * scale.stepMs,
        endsAt: (seen.index + 1) * scale.stepMs,
      }));
      return {
        kind: 'seasonal',
        signal,
        capsule: Buffer.from(capsuleOf(before, signal.id)).toString('base64'),
        observations,
        options: options.seasonal,
        ...(finding.distrust === undefined ? {} : { distrust: finding.distrust }),
      };
    },
    snapshot: () => ({
      seasonal: snapshot(bank),
      burn: burns.snapshot(),
      forests: forests.snapshot(),
      models: models.snapshot(),
      deploys: deploys.snapshot(),
      saturation: saturation.snapshot(),
    }),
    restore({ seasonal, burn, forests: forestRows, models: health, deploys: rollouts, saturation: gauges }, index, store) {
      if (seasonal === undefined || burn === undefined || forestRows === undefined) return false;
      const restored = restoreSeasonalBank(seasonal, options.seasonal);
      if (!restored.ok || !burns.restore(burn) || !forests.restore(forestRows)) return false;
      // Snapshots of earlier versions have none of these parts.
      models.restore(health);
      deploys.restore(rollouts);
      saturation.restore(gauges);
      bank = restored.value;
      known = 0;
      older = undefined;
      newer = { index, bank: seasonal };
      watchNewSignals();
      refillWindow(window, index, signals.all(), (key, from, to) => store.readSignal(key, from, to));
      return true;
    },
  };
};
