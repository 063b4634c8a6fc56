import type { ClosedStep, ModelKey, Signal, SignalTable } from '../../core/signal.ts';
import type { TimeScale } from '../../core/time.ts';
import type { Finding } from '../../detectors/finding.ts';
import {
  createModelHealthBank,
  healthOf,
  isTrusted,
  type ModelHealthBank,
  observeModel,
  restoreModelHealth,
  rowOf,
  snapshotModelHealth,
  verdictsOf,
} from '../../detectors/model-health/index.ts';
import { EFFECT_FLOORS, modelStateAt, type SeasonalBank } from '../../detectors/seasonal/index.ts';

/** The health of every model that can wake somebody, and what follows from it for its findings. */
export interface ModelWatch {
  /** A step that the bank has scored. */
  observe(step: ClosedStep, bank: SeasonalBank): void;
  /** The finding, with why it may wake nobody where its model is out of calibration. */
  judged(finding: Finding): Finding;
  tally(): ModelTally;
  snapshot(): Uint8Array;
  /** Bytes that cannot be read are no state: health is learned anew. */
  restore(bytes: Uint8Array | undefined): void;
}

export interface NamedModel {
  readonly signal: Signal;
  readonly since: number;
  readonly because: string;
}

export interface ModelTally {
  readonly warmingUp: number;
  readonly calibrated: number;
  readonly outOfCalibration: readonly NamedModel[];
  /** Calibrated ones that are fed something else than a week before. */
  readonly otherInputs: readonly NamedModel[];
}

const UNSEEN = -1;
const UNWATCHED = -2;

const sinceText = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

export const createModelWatch = (options: { readonly scale: TimeScale; readonly signals: SignalTable }): ModelWatch => {
  const { scale, signals } = options;
  let bank: ModelHealthBank = createModelHealthBank(scale);
  /** Row of a signal id, so that no name is looked up in a step. */
  let rows: number[] = [];

  const rowOfSignal = (id: number): number => {
    while (rows.length <= id) rows.push(UNSEEN);
    let row = rows[id] as number;
    if (row === UNSEEN) {
      const { harm, key } = signals.describe(id);
      row = harm === 'none' ? UNWATCHED : rowOf(bank, key);
      rows[id] = row;
    }
    return row;
  };

  /** The model with what is to be said of it; nothing where there is nothing. */
  const named = (key: ModelKey): readonly NamedModel[] => {
    const signal = signals.find(key);
    const health = healthOf(bank, key);
    const told = health.kind === 'calibrated' ? health.inputs : health.kind === 'out-of-calibration' ? health : undefined;
    return signal === undefined || told === undefined ? [] : [{ signal, since: told.since, because: told.because }];
  };

  return {
    observe(step, seasonal) {
      for (let at = 0; at < step.length; at += 1) {
        const id = step.signal[at] as number;
        const row = rowOfSignal(id);
        if (row === UNWATCHED) continue;
        const state = modelStateAt(seasonal, id, step.index);
        if (state === undefined || !state.settled || !state.knowsDay) continue;
        const { evidence, gathered, open, residual, value } = state;
        const input = value + EFFECT_FLOORS[signals.describe(id).kind].absolute;
        observeModel(bank, row, { startsAt: step.startsAt, evidence, gathered, open, residual, input });
      }
    },
    judged(finding) {
      if (finding.detector !== 'seasonal' || isTrusted(bank, finding.signal)) return finding;
      const health = healthOf(bank, finding.signal);
      if (health.kind !== 'out-of-calibration') return finding;
      return { ...finding, distrust: `out of calibration since ${sinceText(health.since)}: ${health.because}` };
    },
    tally() {
      const { warmingUp, calibrated, distrusted, otherInputs } = verdictsOf(bank);
      return { warmingUp, calibrated, outOfCalibration: distrusted.flatMap(named), otherInputs: otherInputs.flatMap(named) };
    },
    snapshot: () => snapshotModelHealth(bank),
    restore(bytes) {
      const restored = bytes === undefined ? undefined : restoreModelHealth(bytes, scale);
      bank = restored?.ok === true ? restored.value : createModelHealthBank(scale);
      rows = [];
    },
  };
};
