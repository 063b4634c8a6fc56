import { z } from 'zod';

/** The one source of the detector's numbers: each with its default and the reason for it. Half-lives are minutes, whatever the step. */
export const subspaceSchema = z.strictObject({
  seasonSlots: z.number().default(24).describe('Slots of the daily profile. Half hours and finer cost accuracy: too few visits a slot'),
  seasonGain: z
    .number()
    .default(0.5)
    .describe('A column follows the time of day where its profile leaves less than this share of the deviation on held-back days'),
  seasonFolds: z.number().default(3).describe('Parts into which training days are dealt for that test'),
  detrendHalfLife: z
    .number()
    .default(60)
    .describe('Of the running mean that the detrended residual is taken from: sees jumps, forgets levels'),
  jumpMost: z.number().default(1_000).describe('One row moves that mean as if it stood at most this many scales away: bounded influence'),
  coreTail: z.number().default(0.01).describe('Share of training deviations beyond the core of a column'),
  coreDivisor: z.number().default(2.576).describe('The 99 % point of the absolute normal: turns that quantile into a standard deviation'),
  peakDivisor: z.number().default(3).describe('Daily peak of a normal column in standard deviations: what more is, is a habit of spikes'),
  peakLeast: z.number().default(0.3).describe('Least ratio of daily peak to its normal size'),
  peakMost: z.number().default(30).describe('Most ratio of daily peak to its normal size'),
  peakExponent: z
    .number()
    .default(0.4)
    .describe('How far the scale of a column follows its habitual spikes: 0 ignores them, 1 never alerts on them'),
  fastClip: z
    .number()
    .default(50)
    .describe('Bound of one residual in scales; the largest deviation of training is at most this many scales'),
  slowClip: z.number().default(30).describe('The same for the slow branch'),
  slowTail: z.number().default(0.0005).describe('Share of training deviations beyond the floor of the slow scale: milder than the maximum'),
  slowDivisor: z.number().default(20).describe('That floor is this many slow scales away'),
  directionClip: z
    .number()
    .default(5)
    .describe('Bound of training entries when the shared direction is sought: no single outlier may turn it'),
  directionRows: z.number().default(3_000).describe('Training rows the direction is sought in, evenly taken'),
  removedWeight: z
    .number()
    .default(0.7)
    .describe('Weight of the removed shared coordinate beside the residuals: a whole-service shift must count'),
  breadth: z
    .number()
    .default(0.21)
    .describe('Share of entries averaged, the largest: one wild column is no incident of the service, three are'),
  breadthLeast: z.number().default(3).describe('Entries averaged at least, for services of few metrics'),
  narrow: z
    .number()
    .default(2)
    .describe('Entries of the narrow statistic: one metric, its level and its jump, however many metrics the service has'),
  narrowFactor: z
    .number()
    .default(2)
    .describe('Times the largest narrow statistic of training that alerts: training with faults makes this path silent, not loud'),
  narrowLeast: z.number().default(8).describe('Narrow statistic that alerts at least, in scales: a short training has seen no peaks'),
  narrowWeight: z
    .number()
    .default(0.4)
    .describe('Weight of the narrow path in the score, where one is a score of one half: it ranks behind wide faults'),
  fastHalfLife: z.number().default(0.5).describe('Smoothing of the alert'),
  slowHalfLife: z.number().default(5).describe('Smoothing of the slow score'),
  fastWeight: z.number().default(11).describe('Fast statistic that weighs as much in the score as slowWeight of the slow one'),
  slowWeight: z.number().default(8).describe('Slow statistic that gives a score of one half'),
  falseAlarmsPerWeek: z.number().default(1).describe('Budget of one service: with the step it says how rare a row must be to alert'),
  medianTail: z.number().default(0.5).describe('Share of training rows above the first point of the habit of the statistic'),
  medianFactor: z.number().default(0.89).describe('Its exponential tail, in units of that point'),
  quarterTail: z.number().default(0.25).describe('Share of training rows above the second point'),
  quarterFactor: z.number().default(0.79).describe('Its tail'),
  tenthTail: z.number().default(0.1).describe('Share above the third point; farther out training faults decide, not habit'),
  tenthFactor: z.number().default(0.73).describe('Its tail. The mean of three extrapolations opens: no single one has to be right'),
  memoryHalfLife: z.number().default(360).describe('Of the evidence remembered, so that a lasting shift ends its own alarm'),
  memoryFactor: z.number().default(1.6).describe('Evidence above this many times the remembered opens'),
  closeShare: z.number().default(0.7).describe('Evidence below this share of what opens lets an alarm close'),
  closeAfter: z.number().default(15).describe('Minutes it has to stay there'),
  closeRows: z.number().default(2).describe('Rows it has to stay there at least'),
  firstRows: z.number().default(256).describe('Without a training part: rows after which a service is first fitted on its own past'),
  refitGrowth: z.number().default(0.5).describe('And fitted again when its past has grown by this share'),
  pastRows: z.number().default(20_160).describe('Rows of its own past a service is fitted on at most, the latest: two weeks of minutes'),
  named: z.number().default(5).describe('Columns named, most blamed first'),
});

export type SubspaceConstants = Readonly<z.output<typeof subspaceSchema>>;

export const SUBSPACE_CONSTANTS: SubspaceConstants = Object.freeze(subspaceSchema.parse({}));
