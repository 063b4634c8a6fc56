import { calendarSteps, type Instant, stepIndexAt, type TimeScale } from '../../core/time.ts';
import { DEPLOY_CONSTANTS as C } from './constants.ts';
import { describeVerdict } from './describe.ts';
import { type DeployEffect, type DeployVerdictKind, JUDGED_SIGNALS, judgeSignal, verdictOf } from './judge.ts';
import { addStep, type DeployState, type ModelReading, type Trial, type WatchedSignal, type Window, windowFrom } from './state.ts';

/** What a rollout did to its service, some time after it. */
export interface DeployVerdict {
  readonly changeId: string;
  readonly kind: DeployVerdictKind;
  /** When it was given. */
  readonly at: Instant;
  readonly effects: readonly DeployEffect[];
  readonly because: string;
}

/** Rollouts that are being watched, and what windows without one look like. Opaque; a function of steps and changes, in order. */
export interface DeployWatch {
  readonly scale: TimeScale;
  readonly windowSteps: number;
  readonly settleSteps: number;
  readonly markSteps: number;
  readonly state: DeployState;
}

const emptyState = (): DeployState => ({ newestStep: -1, quietFrom: -1, disturbed: {}, signals: {}, trials: [] });

export const createDeployWatch = (scale: TimeScale, state: DeployState = emptyState()): DeployWatch => {
  const windowSteps = Math.max(C.leastSteps, calendarSteps(C.windowMs, scale));
  return {
    scale,
    windowSteps,
    settleSteps: Math.max(1, Math.round(C.settlePart * windowSteps)),
    markSteps: Math.max(1, Math.round(windowSteps / C.marks)),
    state,
  };
};

/** The newest mark that was made before the step; the oldest when all are younger. */
const markBefore = ({ marks }: WatchedSignal, index: number) => marks.filter((mark) => mark.index < index).at(-1) ?? marks[0];

/** Watches what a change does to its service; a change that is long over, or known, is not watched. */
export const watchDeploy = (watch: DeployWatch, change: { readonly id: string; readonly service: string; readonly at: Instant }): void => {
  const { state, scale, windowSteps, settleSteps } = watch;
  const began = stepIndexAt(change.at, scale.stepMs);
  const to = began + windowSteps;
  if (to <= state.newestStep || state.trials.some(({ changeId }) => changeId === change.id)) return;
  state.disturbed[change.service] = Math.max(began, state.disturbed[change.service] ?? began);
  state.trials.push({ changeId: change.id, service: change.service, at: change.at, began, from: began + settleSteps, to });
};

/** What had been expected as of the beginning of a change: by the newest marks before it, also where it is told late. */
const beginWindows = ({ state }: DeployWatch, trial: Trial, index: number): void => {
  const windows: Record<string, Window> = {};
  for (const [key, signal] of Object.entries(state.signals)) {
    const mark = signal.service === trial.service ? markBefore(signal, trial.began) : undefined;
    if (mark !== undefined) windows[key] = windowFrom(mark.offset, mark.level, mark.open);
  }
  trial.windows = windows;
  trial.from = Math.max(trial.from, index);
};

const conclude = (watch: DeployWatch, trial: Trial, at: Instant): DeployVerdict => {
  const least = C.leastFilled * (watch.windowSteps - watch.settleSteps);
  const effects = Object.entries(trial.windows ?? {}).flatMap(([key, window]) => {
    const signal = watch.state.signals[key];
    if (signal === undefined || window.steps < least) return [];
    return judgeSignal(signal.name, window, signal.quiet, window.blind) ?? [];
  });
  const ordered = [...effects].sort((a, b) => JUDGED_SIGNALS.indexOf(a.name) - JUDGED_SIGNALS.indexOf(b.name));
  const kind = verdictOf(ordered);
  const blind = Object.values(trial.windows ?? {}).some((window) => window.blind);
  return { changeId: trial.changeId, kind, at, effects: ordered, because: describeVerdict(kind, ordered, at - trial.at, blind) };
};

/** Ends the running quiet windows and begins the next. A window in which something was done, or odd, is not a quiet one. */
const turnQuiet = (watch: DeployWatch, index: number): void => {
  const { state, windowSteps } = watch;
  for (const signal of Object.values(state.signals)) {
    const { running } = signal;
    const changedAt = state.disturbed[signal.service] ?? Number.NEGATIVE_INFINITY;
    const full = running.steps >= C.leastFilled * (windowSteps - watch.settleSteps);
    if (full && !running.odd && !running.blind && changedAt < state.quietFrom - windowSteps)
      signal.quiet = [...signal.quiet, { departure: running.departures / running.weight, weight: running.weight }].slice(-C.quietWindows);
    const mark = signal.marks.at(-1);
    if (mark !== undefined) signal.running = windowFrom(mark.offset, mark.level, mark.open);
  }
  for (const [service, at] of Object.entries(state.disturbed)) if (at < index - 2 * windowSteps) delete state.disturbed[service];
  state.quietFrom = index;
};

const takeReading = (watch: DeployWatch, index: number, reading: ModelReading): void => {
  const { state, settleSteps, markSteps } = watch;
  const signal = state.signals[reading.key];
  const now = { index, offset: reading.offset, level: reading.level, open: reading.open };
  if (signal === undefined) {
    state.signals[reading.key] = {
      service: reading.service,
      name: reading.name,
      marks: [now],
      running: windowFrom(reading.offset, reading.level, reading.open),
      quiet: [],
    };
    return;
  }
  const learned = signal.marks.at(-1) as (typeof signal.marks)[number];
  if (index >= state.quietFrom + settleSteps) addStep(signal.running, reading, learned);
  for (const trial of state.trials) {
    const window = trial.windows?.[reading.key];
    if (window !== undefined && index >= trial.from && index < trial.to) addStep(window, reading, learned);
  }
  // The last mark always is of the newest step; before it one every so often is kept.
  const older = signal.marks.slice(0, -1);
  const kept = learned.index - (older.at(-1)?.index ?? Number.NEGATIVE_INFINITY) >= markSteps ? [...older, learned] : older;
  signal.marks = [...kept.slice(-2 * C.marks), now];
};

/** Takes one closed step; verdicts on changes whose time has come. A step seen before changes nothing. */
export const observeDeploys = (
  watch: DeployWatch,
  step: { readonly index: number; readonly endsAt: Instant },
  readings: readonly ModelReading[],
): readonly DeployVerdict[] => {
  const { state } = watch;
  if (step.index <= state.newestStep) return [];
  if (state.quietFrom < 0 || step.index >= state.quietFrom + watch.windowSteps) turnQuiet(watch, step.index);
  for (const trial of state.trials) if (trial.windows === undefined && step.index >= trial.began) beginWindows(watch, trial, step.index);
  for (const reading of readings) if (JUDGED_SIGNALS.includes(reading.name)) takeReading(watch, step.index, reading);
  state.newestStep = step.index;
  const due = state.trials.filter(({ to }) => step.index >= to - 1);
  if (due.length === 0) return [];
  state.trials = state.trials.filter(({ to }) => step.index < to - 1);
  return due.map((trial) => conclude(watch, trial, step.endsAt));
};
