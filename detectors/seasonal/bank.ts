import type { ClosedStep, Signal, SignalKind } from '../../core/signal.ts';
import type { Instant } from '../../core/time.ts';
import type { Finding } from '../finding.ts';
import { describeDeviation } from './describe.ts';
import { observe } from './kernel.ts';
import {
  clearSignal,
  F,
  type KernelState,
  KIND_DURATION,
  KIND_GAUGE,
  KIND_RATE,
  KIND_RATIO,
  type Layout32,
  layout32,
  RING,
  STRIDE_64,
} from './layout.ts';
import { type SeasonalCalendar, type SeasonalConstants, type SeasonalOptions, seasonalConstants } from './options.ts';

/** Seasonal models of many signals in a few typed arrays. Opaque to users; state is a function of closed steps. */
export interface SeasonalBank {
  readonly constants: SeasonalConstants;
  readonly layout: Layout32;
  readonly state: KernelState;
  /** Signals in row order. */
  readonly signals: Signal[];
  readonly kinds: number[];
  /** Row of a signal id. */
  readonly rows: Map<number, number>;
  /** Rows whose evidence is open. */
  readonly open: Set<number>;
}

/** What a person sees drawn: durations in seconds. All NaN before the first observation. */
export interface SeasonalBand {
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  readonly observed: number;
  /** Of the latest step alone; 0.5 when the deviation is too small to matter. */
  readonly pValue: number;
  readonly evidence: number;
  readonly open: boolean;
}

const KINDS: Readonly<Record<SignalKind, number>> = {
  gauge: KIND_GAUGE,
  rate: KIND_RATE,
  ratio: KIND_RATIO,
  duration: KIND_DURATION,
};

const FIRST_CAPACITY = 64;

export const createSeasonalBank = (options: SeasonalOptions): SeasonalBank => {
  const constants = seasonalConstants(options);
  const layout = layout32(constants);
  return {
    constants,
    layout,
    state: { f64: new Float64Array(FIRST_CAPACITY * STRIDE_64), f32: new Float32Array(FIRST_CAPACITY * layout.stride) },
    signals: [],
    kinds: [],
    rows: new Map(),
    open: new Set(),
  };
};

/** Watches a signal from now on; asking twice changes nothing. */
export const ensureSignal = (bank: SeasonalBank, signal: Signal): void => {
  if (bank.rows.has(signal.id)) return;
  const row = bank.signals.length;
  const { state, layout } = bank;
  if ((row + 1) * STRIDE_64 > state.f64.length) {
    const capacity = row * 2;
    const f64 = new Float64Array(capacity * STRIDE_64);
    const f32 = new Float32Array(capacity * layout.stride);
    f64.set(state.f64);
    f32.set(state.f32);
    state.f64 = f64;
    state.f32 = f32;
  }
  clearSignal(state, row, layout);
  bank.signals.push(signal);
  bank.kinds.push(KINDS[signal.kind]);
  bank.rows.set(signal.id, row);
};

/** A value that can be learned from; anything else is absent and changes nothing. */
export const isObserved = (kind: SignalKind, value: number, weight: number): boolean =>
  Number.isFinite(value) &&
  Number.isFinite(weight) &&
  weight > 0 &&
  (kind !== 'rate' || value >= 0) &&
  (kind !== 'ratio' || (value >= 0 && value <= 1));

const field = (bank: SeasonalBank, row: number, offset: number): number => bank.state.f64[row * STRIDE_64 + offset] as number;

/** What local clocks are ahead of UTC at an instant: the morning comes by them, before and after they change. */
const aheadAt = (clocks: SeasonalCalendar['clocks'], at: Instant): number => {
  let ahead = clocks.length > 0 ? (clocks[0] as SeasonalCalendar['clocks'][number]).aheadMs : 0;
  for (let place = 1; place < clocks.length; place += 1) {
    const next = clocks[place] as SeasonalCalendar['clocks'][number];
    if (at < next.from) break;
    ahead = next.aheadMs;
  }
  return ahead;
};

export const observeRow = (
  bank: SeasonalBank,
  row: number,
  index: number,
  startsAt: Instant,
  endsAt: Instant,
  value: number,
  weight: number,
): void => {
  if (index <= field(bank, row, F.lastIndex)) return; // A step that was already learned; steps come in order.
  const local = startsAt + aheadAt(bank.constants.clocks, startsAt);
  observe(bank.state, bank.layout, bank.constants, row, bank.kinds[row] as number, index, local, endsAt, value, weight);
  if (field(bank, row, F.open) !== 0) bank.open.add(row);
  else if (bank.open.size > 0) bank.open.delete(row);
};

/**
 * Scores and learns one closed step. Returns the findings whose evidence is open, one a signal, refreshed by this
 * step; a signal that is absent keeps its finding as it was (absent data never resolves anything), for most of a day at most.
 */
export const scoreStep = (bank: SeasonalBank, step: ClosedStep): readonly Finding[] => {
  for (let i = 0; i < step.length; i += 1) {
    const id = step.signal[i] as number;
    // Ids are dense, so the row mostly is the id.
    const row = bank.signals[id]?.id === id ? id : bank.rows.get(id);
    if (row === undefined) continue;
    const value = step.value[i] as number;
    const weight = step.weight[i] as number;
    if (!isObserved((bank.signals[row] as Signal).kind, value, weight)) continue;
    observeRow(bank, row, step.index, step.startsAt, step.endsAt, value, weight);
  }
  const findings: Finding[] = [];
  // In row order, not in order of opening: a restored bank must say the same.
  for (const row of [...bank.open].sort((a, b) => a - b)) {
    if (step.index - field(bank, row, F.lastIndex) <= bank.constants.reanchorAfter) findings.push(findingOfRow(bank, row));
  }
  return findings;
};

/** Terms of the open sum: the latest steps by name, everything before them as one, so that they add up exactly. */
const contributionsOf = (bank: SeasonalBank, row: number, rising: boolean, evidence: number): Finding['contributions'] => {
  const count = field(bank, row, rising ? F.riseTerms : F.fallTerms);
  const ring = rising ? F.riseRing : F.fallRing;
  const shown = Math.min(RING, count);
  const terms: { name: string; value: number }[] = [];
  let sum = 0;
  for (let back = shown - 1; back >= 0; back -= 1) {
    const value = field(bank, row, ring + ((count - 1 - back) % RING));
    sum += value;
    terms.push({ name: back === 0 ? 'latest step' : back === 1 ? '1 step before' : `${back} steps before`, value });
  }
  return count > RING ? [{ name: 'earlier steps', value: evidence - sum }, ...terms] : terms;
};

export const findingOfRow = (bank: SeasonalBank, row: number): Finding => {
  const signal = bank.signals[row] as Signal;
  const rising = field(bank, row, F.open) > 0;
  const direction = rising ? 'rise' : 'fall';
  const evidence = field(bank, row, rising ? F.rise : F.fall);
  const at = field(bank, row, F.lastEndsAt);
  const since = field(bank, row, rising ? F.riseSince : F.fallSince);
  const observed = field(bank, row, F.lastValue);
  const lower = field(bank, row, F.lastLower);
  const upper = field(bank, row, F.lastUpper);
  return {
    detector: 'seasonal',
    signal: signal.key,
    tenant: signal.tenant,
    service: signal.service,
    name: signal.name,
    at,
    since,
    direction,
    harmful: signal.harm === 'either' || signal.harm === direction,
    harm: signal.harm,
    observed,
    expected: field(bank, row, F.lastExpected),
    lower,
    upper,
    unit: signal.unit,
    pValue: pValueOf(field(bank, row, F.lastEvidence)),
    evidence,
    contributions: contributionsOf(bank, row, rising, evidence),
    because: describeDeviation(signal, {
      observed,
      lower,
      upper,
      seasonal: field(bank, row, F.seasonShare) >= 0.5,
      lastedMs: at - since + stepLength(bank),
      // Until a day is known the band is half as wide again.
      ...(field(bank, row, F.seasonSteps) > 0 ? {} : { youngMs: field(bank, row, F.observations) * stepLength(bank) }),
    }),
  };
};

const stepLength = (bank: SeasonalBank): number => bank.constants.dayLengthMs / bank.constants.stepsPerDay;

const pValueOf = (evidence: number): number => Math.min(1, Math.exp(-Math.LN10 * evidence));

/** Undefined for a signal that is not watched or was never observed. */
export const bandOf = (bank: SeasonalBank, id: number): SeasonalBand | undefined => {
  const row = bank.rows.get(id);
  if (row === undefined || field(bank, row, F.observations) === 0) return undefined;
  return {
    expected: field(bank, row, F.lastExpected),
    lower: field(bank, row, F.lastLower),
    upper: field(bank, row, F.lastUpper),
    observed: field(bank, row, F.lastValue),
    pValue: pValueOf(field(bank, row, F.lastEvidence)),
    evidence: Math.max(field(bank, row, F.rise), field(bank, row, F.fall)),
    open: field(bank, row, F.open) !== 0,
  };
};

/** Whitened residual in scales at the step `index`: what a multivariate detector reads. NaN where absent or still young. */
export const standardizedResidual = (bank: SeasonalBank, id: number, index: number): number => {
  const row = bank.rows.get(id);
  if (row === undefined || field(bank, row, F.lastIndex) !== index || field(bank, row, F.observations) <= 20) return Number.NaN;
  return field(bank, row, F.lastScore);
};

/** The finding of one signal, if its evidence is open. */
export const findingOf = (bank: SeasonalBank, id: number): Finding | undefined => {
  const row = bank.rows.get(id);
  return row === undefined || !bank.open.has(row) ? undefined : findingOfRow(bank, row);
};

/**
 * The source of the data is known to have changed (another machine, a confirmed deploy): for this many observations
 * levels are learned at full speed and nothing opens; seasons and spreads stay. Ids absent: every signal.
 */
export const settle = (bank: SeasonalBank, observations: number, ids?: Iterable<number>): void => {
  const rows = ids === undefined ? bank.signals.keys() : [...ids].flatMap((id) => bank.rows.get(id) ?? []);
  for (const row of rows) {
    const base = row * STRIDE_64;
    const { f64 } = bank.state;
    f64[base + F.settle] = observations;
    f64[base + F.sinceGap] = 0;
    f64[base + F.rise] = 0;
    f64[base + F.fall] = 0;
    f64[base + F.open] = 0;
    bank.open.delete(row);
  }
};
