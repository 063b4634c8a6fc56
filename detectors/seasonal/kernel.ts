import { accumulate, openOrClose } from './evidence/kernel.ts';
import { F, type KernelState, KIND_DURATION, KIND_GAUGE, KIND_RATE, KIND_RATIO, type Layout32, STRIDE_64 } from './layout.ts';
import { learnSlot, learnTail, limit } from './learning/kernel.ts';
import { type SeasonalConstants, YOUNG_OBSERVATIONS } from './options.ts';
import { BAND_WIDTH, betaBinomialEvidence, empiricalEvidence, likelihoodEvidence, poissonCeiling, studentEvidence } from './tail.ts';

/** -log10 0.5: what a step says that is not worth attention. */
const INDIFFERENT = 0.30103;
/**
 * Squared standardized residuals count at most this much in a scale; 0.6487 is the mean of the clipped square of a normal. A tenth of
 * the points, all at the cap, widen the scale by 1.17 (at a cap of 4 by 1.3), and the boundary is four scales away.
 */
const SQUARE_CAP = 1.5;
const SQUARE_MEAN = 0.6487;
/** Until a season is known the spread has to follow the climb of the first morning, which looks like noise. */
const YOUNG_SQUARE_CAP = 4;
const YOUNG_SQUARE_MEAN = 0.9205;
/** Times the usual weight: how much the events of one step count in what is usual. */
const WEIGHT_CAP = 2;
/** Of the running mean that shows the drift of a ratio: some ten steps tell a drift from chance, and three of a fault are not yet in it. */
const WAVE_GAIN = 0.08;
/** Events of a step up to which they are counted one by one. */
const FEW_EVENTS = 8;
/** Of a smaller expected share, two bad events in a row would be said to prove a fault: they come in pairs too often. */
const LEAST_COUNTED_SHARE = 0.02;
/** In scales: how far one observation pulls a level. */
const LEVEL_CLIP = 1.5;

/** The value in the signal's unit, from the transformed scale. Rates ignore the small-count correction on purpose: it shrinks with weight. */
export const untransform = (kind: number, y: number, weight: number): number => {
  if (kind === KIND_RATE) {
    const root = y > 0 ? y : 0;
    return Math.max(0, root * root - 0.375 / weight);
  }
  if (kind === KIND_DURATION) return Math.exp(y);
  if (kind === KIND_RATIO) return y < 0 ? 0 : y > 1 ? 1 : y;
  return y;
};

/**
 * One observation of one signal: score it against what was known before, then learn from it. Writes only into
 * the signal's own state. `value` and `weight` as in core/signal.ts; absent observations must not come here.
 */
export const observe = (
  state: KernelState,
  layout: Layout32,
  c: SeasonalConstants,
  row: number,
  kind: number,
  index: number,
  startsAt: number,
  endsAt: number,
  value: number,
  weight: number,
): void => {
  const s = state.f64;
  const m = state.f32;
  const o = row * STRIDE_64;
  const q = row * layout.stride;
  const n = s[o + F.observations]!;
  const gap = n > 0 ? index - s[o + F.lastIndex]! : 1;

  // Transform to a scale on which noise is near constant.
  const y = kind === KIND_RATE ? Math.sqrt(value + 0.375 / weight) : value;

  if (n === 0) {
    s[o + F.level] = y;
    s[o + F.between] = kind === KIND_RATIO ? 1e-4 : kind === KIND_DURATION ? 0.04 : 0.0225 * y * y + 1e-12;
    s[o + F.within] = 0.5;
    s[o + F.meanWeight] = weight;
  }
  if (gap * c.levelGain > 1) {
    // After a long silence the level is a guess again, and old evidence is no evidence.
    s[o + F.sinceGap] = 0;
    s[o + F.rise] = 0;
    s[o + F.fall] = 0;
    if (s[o + F.open] !== 0) s[o + F.open] = 0;
  }

  // Season: interpolate between the centers of the two nearest slots of this class of day.
  const day = Math.floor(startsAt / c.dayLengthMs);
  const position = ((startsAt - day * c.dayLengthMs) / c.dayLengthMs) * c.slots - 0.5;
  const floor = Math.floor(position);
  const share = position - floor;
  const slotA = floor < 0 ? c.slots - 1 : floor;
  const slotB = floor + 1 >= c.slots ? 0 : floor + 1;
  // 1970-01-01 was a Thursday.
  const weekday = (((day + 4) % 7) + 7) % 7;
  const dayClass = c.classes === 2 && (weekday === 0 || weekday === 6 || (c.restDays.size > 0 && c.restDays.has(day))) ? 1 : 0;
  const own = dayClass * c.slots;
  const valueA = q + layout.values + own + slotA;
  const valueB = q + layout.values + own + slotB;
  const visitA = q + layout.visits + own + slotA;
  const visitB = q + layout.visits + own + slotB;
  const seasonal = m[valueA]! * (1 - share) + m[valueB]! * share;
  let visits = (m[visitA]! * (1 - share) + m[visitB]! * share) / c.stepsPerSlot;
  // Nothing is known of the first Saturday from five weekdays: what has the other shape is learned, not reported.
  if (m[visitA]! < 0.5 * c.stepsPerSlot || m[visitB]! < 0.5 * c.stepsPerSlot) visits = 0;
  const known = visits >= 0.7 ? 1 - 0.4 / (visits * visits + 0.4) : 0;
  const ratio = s[o + F.levelError]! / (s[o + F.seasonError]! + 1e-300);
  const helps = s[o + F.seasonError]! === 0 ? 1 : ratio < 0.8 ? 0 : ratio > 1.2 ? 1 : (ratio - 0.8) / 0.4;
  const seasonShare = known * helps;
  const seasonalExpected = seasonal + s[o + F.offset]!;
  const expected = seasonShare * seasonalExpected + (1 - seasonShare) * s[o + F.level]!;
  const residual = y - expected;

  // Spread: sampling (from the number of events) + between steps, times what this time of day is known for.
  const spreadA = q + layout.spread + slotA;
  const spreadB = q + layout.spread + slotB;
  const spread = m[spreadA]! * (1 - share) + m[spreadB]! * share;
  const young = n < YOUNG_OBSERVATIONS;
  let sampling = 0;
  let least = 1e-18;
  // A ratio never seen above zero is still not impossible: half a bad event in fifty, fading with what was seen.
  const seen = s[o + F.totalWeight]!;
  const mean = kind === KIND_RATIO ? (Math.min(1, Math.max(0, expected)) * seen + 0.5) / (seen + 50) : 0;
  if (kind === KIND_RATE) {
    sampling = 0.25 / weight;
    least = 1e-6;
  } else if (kind === KIND_RATIO) {
    sampling = (mean * (1 - mean)) / weight;
    least = 1e-8;
  } else if (kind === KIND_DURATION) {
    sampling = s[o + F.within]! / weight;
    least = 4e-4;
  } else {
    const quantumFloor = 0.01 * Math.abs(expected) + 0.5 * s[o + F.quantum]!;
    least = quantumFloor * quantumFloor + 1e-18;
  }
  const between = Math.max(s[o + F.between]!, least);
  const learned = sampling + between;
  const widen = 1 + (young ? 10 / (n + 1) : 0) + (known === 0 ? 0.5 : 0);
  const variance = learned * Math.max(0.6, spread) * widen;
  const sigma = Math.sqrt(variance);
  const standardized = residual / sigma;

  // Whiten: what the last residual already said is not news (first-order autoregression, bounded influence).
  const autoSquare = s[o + F.autoSquare]!;
  let phi = autoSquare > 0 && n > YOUNG_OBSERVATIONS ? s[o + F.autoCross]! / autoSquare : 0;
  phi = phi < 0 ? 0 : phi > 0.8 ? 0.8 : phi;
  const previous = gap === 1 && n > 0 ? s[o + F.lastResidual]! : 0;
  const carried = previous > 2 ? 2 : previous < -2 ? -2 : previous;
  // A share of few events that drifts for an hour hides its drift from the last residual: their mean still shows it.
  const wave = s[o + F.wave]!;
  const waveSquare = s[o + F.waveSquare]!;
  const trend = waveSquare > 0 && n > YOUNG_OBSERVATIONS ? s[o + F.waveCross]! / waveSquare : 0;
  const drift = kind === KIND_RATIO ? (trend < 0 ? 0 : trend > 1 ? 1 : trend) * wave : 0;
  const foreseen = Math.abs(drift) > Math.abs(phi * carried) ? drift : phi * carried;
  const z = (standardized - foreseen) / Math.sqrt(1 - phi * phi);

  // Effect-size floor, in the signal's unit.
  const firstDay = known === 0 ? 1.5 : 1;
  const plain = untransform(kind, expected, weight);
  const seenValue = kind === KIND_DURATION ? Math.exp(value) : value;
  const floors =
    kind === KIND_GAUGE ? c.floors.gauge : kind === KIND_RATE ? c.floors.rate : kind === KIND_RATIO ? c.floors.ratio : c.floors.duration;
  const magnitude = Math.abs(plain);
  const absolute = Math.max(floors.absolute * firstDay, kind === KIND_GAUGE ? 2 * s[o + F.quantum]! : 0);
  const relative = floors.relative * firstDay;
  const upperFloor = plain + Math.max(absolute, relative * magnitude);
  // A surge that ends is no fall, nor is the end of a job that fills a part of its slot: traffic is missing only where it
  // is below what this time of day and the slots beside it usually have, too.
  let usual = magnitude;
  if (kind === KIND_RATE && known > 0) {
    const beforeA = q + layout.values + own + (slotA === 0 ? c.slots - 1 : slotA - 1);
    const afterB = q + layout.values + own + (slotB === c.slots - 1 ? 0 : slotB + 1);
    let quietest = Math.min(m[valueA]!, m[valueB]!, m[beforeA]!, m[afterB]!);
    // Sunday night becomes Monday slowly, whatever the calendar says at midnight.
    if (c.classes === 2 && (slotB < c.slots / 12 || slotA >= (11 * c.slots) / 12)) {
      const other = c.slots - own;
      if (m[q + layout.visits + other + slotA]! > 0) quietest = Math.min(quietest, m[q + layout.values + other + slotA]!);
      if (m[q + layout.visits + other + slotB]! > 0) quietest = Math.min(quietest, m[q + layout.values + other + slotB]!);
    }
    usual = Math.min(magnitude, untransform(kind, quietest, weight));
  }
  const lowerFloor = plain - Math.max(absolute, magnitude - usual / (1 + relative));
  const rises = seenValue >= upperFloor && residual > 0 && (kind !== KIND_RATIO || value * weight >= floors.events - 1e-9);
  const falls = seenValue <= lowerFloor && residual < 0;

  // Evidence of this step: parametric tail mixed with the tail of its own history.
  let evidence = INDIFFERENT;
  let riseEvidence = falls ? 0 : INDIFFERENT;
  const shifted = Math.min(1 - 1e-9, Math.max(mean, mean + foreseen * sigma));
  if (rises || falls) {
    const towards = rises ? z : -z;
    let law: number;
    if (kind === KIND_RATIO && rises) {
      const precision = Math.min(1e6, Math.max(2, (mean * (1 - mean)) / (between * Math.max(0.6, spread)) - 1));
      law = betaBinomialEvidence(Math.round(value * weight), Math.round(weight), shifted, precision);
    } else law = studentEvidence(towards);
    const total = s[o + F.histogramTotal]!;
    const trust = (0.9 * total) / (total + 100);
    const history =
      total < 12 || !(towards > 0) ? 0 : empiricalEvidence(m, q + (rises ? layout.tailRise : layout.tailFall), total, towards);
    evidence = trust * Math.min(12, history) + (1 - trust) * law;
    if (kind === KIND_RATE || (kind === KIND_RATIO && falls)) {
      const events = kind === KIND_RATE ? untransform(KIND_RATE, expected + phi * carried * sigma, weight) * weight : mean * weight;
      evidence = Math.min(evidence, poissonCeiling(value * weight, events));
    }
    evidence = Math.min(12, Math.max(0, evidence));
    if (rises) riseEvidence = evidence;
  }
  // One is taken off again below, as off every step.
  if (kind === KIND_RATIO && weight <= FEW_EVENTS && shifted >= LEAST_COUNTED_SHARE && shifted <= 0.5)
    riseEvidence = 1 + likelihoodEvidence(value * weight, weight, shifted);

  // Accumulate, one sum a direction.
  const armed = !young && s[o + F.settle]! <= 0;
  accumulate(s, o, F.rise, F.riseSince, F.riseEvident, F.riseTerms, F.riseRing, armed, riseEvidence, endsAt, c);
  accumulate(
    s,
    o,
    F.fall,
    F.fallSince,
    F.fallEvident,
    F.fallTerms,
    F.fallRing,
    armed,
    falls ? evidence : rises ? 0 : INDIFFERENT,
    endsAt,
    c,
  );

  // What people are shown: the range in which a step is nothing.
  const half = BAND_WIDTH * sigma;
  s[o + F.lastValue] = seenValue;
  s[o + F.lastExpected] = plain;
  s[o + F.lastUpper] = Math.max(upperFloor, untransform(kind, expected + half, weight));
  s[o + F.lastLower] = Math.min(lowerFloor, untransform(kind, expected - half, weight));
  if (kind !== KIND_GAUGE && s[o + F.lastLower]! < 0) s[o + F.lastLower] = 0;
  s[o + F.lastEvidence] = evidence;
  s[o + F.lastScore] = z;
  s[o + F.seasonShare] = seasonShare;
  s[o + F.lastWeight] = weight;
  s[o + F.lastEndsAt] = endsAt;
  s[o + F.price] = s[o + F.price]! * c.priceDecay;

  const wasOpen = s[o + F.open]! !== 0;
  openOrClose(s, o, c, endsAt, residual);

  // Learn. While a finding is open the baseline stands still: an incident must not become normal.
  s[o + F.observations] = n + 1;
  s[o + F.lastIndex] = index;
  const before = s[o + F.lastTransformed]!;
  s[o + F.lastTransformed] = y;
  const isOpen = wasOpen || s[o + F.open]! !== 0;
  const settling = s[o + F.settle]! > 0;
  if (settling) s[o + F.settle] = s[o + F.settle]! - 1;
  s[o + F.lastResidual] = standardized;
  if (kind === KIND_RATIO && !young) {
    const now = standardized > 2 ? 2 : standardized < -2 ? -2 : standardized;
    s[o + F.wave] = wave + WAVE_GAIN * (now - wave);
  }
  const frozen = isOpen && !settling;
  const mass = kind === KIND_RATIO || kind === KIND_DURATION ? Math.min(1, weight / s[o + F.meanWeight]!) : 1;
  // Slots hold absolute values, so that level and season cannot drift against each other. The first two days are
  // learned whatever is open: a season nobody has seen yet looks like an incident.
  const slotClip = frozen ? sigma : Math.max(4 * sigma, rises || falls ? 0 : Math.abs(residual));
  const offset = s[o + F.offset]!;
  learnSlot(m, valueA, visitA, (1 - share) * mass, y, offset, slotClip, c.stepsPerSlot);
  learnSlot(m, valueB, visitB, share * mass, y, offset, slotClip, c.stepsPerSlot);
  if (frozen && known > 0) return;

  if (kind === KIND_GAUGE && n > 0) {
    const step = Math.abs(y - before);
    if (step > 0 && (s[o + F.quantum] === 0 || step < s[o + F.quantum]!)) s[o + F.quantum] = step;
  }
  const meanWeight = s[o + F.meanWeight]!;
  if (known > 0) s[o + F.seasonSteps] = s[o + F.seasonSteps]! + 1;
  const learnedSteps = known > 0 ? s[o + F.seasonSteps]! : n + 1;
  const slow = Math.max(1 / learnedSteps, c.scaleGain);
  s[o + F.meanWeight] = meanWeight + slow * (Math.min(weight, WEIGHT_CAP * meanWeight) - meanWeight);
  s[o + F.totalWeight] = Math.min(seen + weight, 2_000 * meanWeight);

  // After a gap or a settling the level is the mean of what was seen since, by mass; later it runs at its own pace.
  // Ratios move slower and by mass alone: single errors of a quiet hour are no new level.
  const moved = kind === KIND_RATIO ? mass : Math.max(mass, 0.4);
  const sinceGap = s[o + F.sinceGap]! + moved;
  s[o + F.sinceGap] = sinceGap;
  const gain = moved * Math.max(1 / (sinceGap + 0.5), (kind === KIND_RATIO ? 1 / 3 : 1) * (known > 0 ? c.levelGain : c.youngLevelGain));
  // What is beneath the floor nobody is told of, so it may be learned whole; what is above it pulls at most so far.
  const noticed = rises || falls;
  const atLeast = kind === KIND_RATIO ? 2 / weight : 0;
  const clip = young || settling || !noticed ? Number.POSITIVE_INFINITY : Math.max(LEVEL_CLIP * sigma, atLeast);
  const levelError = y - s[o + F.level]!;
  const seasonError = y - seasonalExpected;
  s[o + F.level] = s[o + F.level]! + gain * limit(levelError, noticed ? clip : Number.POSITIVE_INFINITY);
  if (known > 0) {
    s[o + F.offset] = s[o + F.offset]! + gain * limit(seasonError, clip);
    // A season is believed until it has shown over a day that it does not help.
    if (s[o + F.seasonError] === 0) {
      s[o + F.levelError] = sigma;
      s[o + F.seasonError] = 0.8 * sigma;
    }
    const cap = 6 * sigma;
    const errorGain = mass / c.stepsPerDay;
    s[o + F.levelError] = s[o + F.levelError]! + errorGain * (Math.min(cap, Math.abs(levelError)) - s[o + F.levelError]!);
    s[o + F.seasonError] = s[o + F.seasonError]! + errorGain * (Math.min(cap, Math.abs(seasonError)) - s[o + F.seasonError]!);
  }

  // Variance components. Between steps: what the clipped square exceeds sampling by, which may be nothing.
  const fresh = learnedSteps <= YOUNG_OBSERVATIONS;
  const cap = fresh ? 25 : known > 0 ? SQUARE_CAP : YOUNG_SQUARE_CAP;
  const square = Math.min(standardized * standardized, cap) / (fresh ? 1 : known > 0 ? SQUARE_MEAN : YOUNG_SQUARE_MEAN);
  const learnedSquare = square * learned * (young ? widen : 1);
  const scaleGain = mass * Math.max(1 / (learnedSteps + 1), c.scaleGain);
  if (kind === KIND_DURATION) {
    // Both components are unknown: one step of expectation-maximization.
    const part = sampling / learned;
    const rest = 1 - part;
    const within = s[o + F.within]!;
    s[o + F.within] = Math.max(1e-4, within + scaleGain * (weight * part * part * learnedSquare + rest * within - within));
    s[o + F.between] = Math.max(least, between + scaleGain * (rest * rest * learnedSquare + part * between - between));
  } else s[o + F.between] = s[o + F.between]! + scaleGain * (learnedSquare - sampling - s[o + F.between]!);
  if (known > 0) {
    const spreadGain = (0.15 * mass) / c.stepsPerSlot;
    const factor = 1 + spreadGain * (square - 1);
    m[spreadA] = Math.min(40, Math.max(0.6, m[spreadA]! * (1 + (factor - 1) * (1 - share))));
    m[spreadB] = Math.min(40, Math.max(0.6, m[spreadB]! * (1 + (factor - 1) * share)));
  }
  if (gap === 1 && !young) {
    const now = standardized > 2 ? 2 : standardized < -2 ? -2 : standardized;
    s[o + F.autoCross] = s[o + F.autoCross]! + slow * (now * carried - s[o + F.autoCross]!);
    s[o + F.autoSquare] = s[o + F.autoSquare]! + slow * (carried * carried - s[o + F.autoSquare]!);
    if (kind === KIND_RATIO) {
      s[o + F.waveCross] = s[o + F.waveCross]! + slow * (now * wave - s[o + F.waveCross]!);
      s[o + F.waveSquare] = s[o + F.waveSquare]! + slow * (wave * wave - s[o + F.waveSquare]!);
    }
  }
  if (!young && !settling) learnTail(s, m, o, q, layout, c, z, evidence);
};
