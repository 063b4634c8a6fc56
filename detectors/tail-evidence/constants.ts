import { z } from 'zod';

const positive = (value: number) => z.number().positive().prefault(value);
const share = (value: number) => z.number().min(0).max(1).prefault(value);
const notNegative = (value: number) => z.number().min(0).prefault(value);

/** Every number of the detector; docs/detection.md says how each was chosen. Rows are steps that have a value. */
export const tailEvidenceSchema = z.strictObject({
  youngRows: positive(20).describe(
    'Rows in which every expectation learns unclipped: nothing is known yet that an outlier could stand out from',
  ),
  scaleMemory: positive(1000).describe('Rows over which level, grain and usual sizes are averaged'),
  scaleClip: positive(2.5).describe('Usual sizes learn at most this many of themselves from one row'),
  magnitudeClip: positive(5).describe('The mean size of values and of changes learns at most this many of itself from one row'),

  centreMemory: positive(1000).describe('Rows over which the running centre is averaged'),
  centreClip: positive(1.5).describe('Spreads by which one row can pull the running centre'),
  spreadClip: positive(3).describe('Spreads of expectations learn at most this many of themselves from one row'),
  reanchorBeyond: positive(2).describe('Spreads from the centre beyond which a row speaks for a new level'),
  reanchorDays: positive(0.75).describe('Days on one side after which a new level is the centre'),
  reanchorRows: positive(40).describe('The same in rows, where a day has fewer'),
  reanchorRelief: positive(3).describe('Rows for a new level that one row against it takes back'),

  slotVisits: positive(0.9).describe('Visits of an hour of the day before the season is used there'),
  seasonGain: share(0.15).describe('What one visit of an hour changes of its value, at least'),
  seasonClip: positive(9).describe('Spreads by which one row can pull an hour'),
  seasonSpreadMemory: positive(200).describe('Rows over which the spread around the season is averaged'),
  interimMemory: positive(100).describe('Rows of the mean that stands in for an unknown hour'),
  offsetGain: share(0.02).describe("How fast the day's own offset from the season is followed"),
  errorMemory: positive(200).describe('Rows over which expectations are compared'),
  errorClip: positive(3).describe('Errors of expectations learn at most this many of themselves from one row'),

  levelGain: share(0.4).describe('How fast the short level follows'),
  levelClip: positive(6).describe('Spreads by which one row can pull the short level'),
  slowGain: share(0.07).describe('One over the rows in which a lasting departure from the season adds up'),
  mixedGain: share(0.125).describe('The same for departures from the mixed expectation'),
  finerSmoothing: notNegative(0.5).describe('Power by which steps finer than 5 minutes add up over more rows'),
  slowClip: positive(8).describe('Spreads one row adds at most to a lasting departure'),

  historyMinimum: positive(12).describe('Rows before a series is judged by its own history'),
  historyMemory: positive(3000).describe('Rows after which older history fades'),
  historyRows: positive(300).describe('Rows of history that weigh as much as the law known beforehand'),
  tailShare: share(0.008).describe('Share of the largest residuals that make the tail'),
  tailMinimum: positive(4).describe('Rows the tail holds at least'),
  tailIndex: positive(0.25).describe('Tail index believed before the tail has shown its own (an inverse Pareto power)'),
  tailIndexWeight: positive(2).describe('Rows that belief is worth'),
  historyCeiling: positive(12).describe('-log10 p one row can have by history'),

  priorShare: share(0.2).describe('Share the law known beforehand keeps however long the history: it asks how large an effect is'),
  priorPower: positive(4).describe('Power of that law, a Pareto tail of the residual in usual sizes'),
  priorRows: notNegative(12).describe('Rows before that law speaks'),
  levelFloor: notNegative(0.15).describe('Share of the level that counts as usual'),
  quantumFloor: notNegative(1).describe('Smallest changes seen that count as usual'),
  countFloor: notNegative(1).describe('Poisson spreads that count as usual, where values can be counts'),
  countRipple: positive(2).describe('Values can be counts as far as their Poisson spread is at most this many of their usual changes'),
  effectFactor: positive(2).describe('Usual distances from expectation below which evidence is reduced'),
  rowCeiling: positive(8).describe('Evidence one row can have'),

  strongestShare: share(0.85).describe(
    "Share of the strongest channel in a row's evidence; the rest is the mean of centre and season, which have to agree",
  ),
  briefSeconds: positive(400).describe('Time over which evidence is averaged'),
  openChance: share(0.0063).describe('Chance, on average over that time, at which an alert opens, at steps of 5 minutes'),
  openPerDecade: notNegative(0.3).describe(
    'What steps ten times as long ask more, and ten times as short less: they are averaged over fewer and more rows',
  ),
  price: notNegative(0.4).describe('What each earlier alert that was no harm adds to that, at steps of 5 minutes'),
  habitAlerts: positive(6).describe('Earlier alerts after which a series is believed to do such things by habit as likely as not'),
  priceStep: notNegative(0.6).describe('Power by which longer steps make it cheaper'),
  alertDays: positive(20).describe('Days in which the number of earlier alerts halves'),
  peakFactor: positive(1.25).describe('Evidence of an earlier alert, faded, that a new one has to surpass by this factor'),
  peakHours: positive(24).describe('Hours in which that evidence halves, at steps of 5 minutes and less'),
  closeShare: share(0.8).describe('Share of the opening level below which an alert is calm'),
  calmRows: positive(2).describe('Calm rows after which it closes'),
  freshEvidence: positive(0.5).describe('Rise of evidence within an alert that counts as new'),
  staleHours: positive(12).describe('Hours without new evidence after which it closes'),

  scoreGain: share(0.25).describe("How fast the score's mean forecast error follows"),
  scoreClip: positive(8).describe('Spreads one row adds to it at most'),
  scoreFading: share(0.3333).describe('How fast what rows have shown fades from the score'),
  scoreTail: notNegative(2).describe('Weight of what has not faded'),
  scoreLevel: positive(0.3).describe('Shares of the level that make a score of one half'),
  band: positive(2.5).describe('-log10 p of the edges of the expected band by the law known beforehand'),
});

export type TailEvidenceConstants = Readonly<z.output<typeof tailEvidenceSchema>>;
export const TAIL_EVIDENCE: TailEvidenceConstants = tailEvidenceSchema.parse({});
