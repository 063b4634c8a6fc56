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
  steadyHalfLife: z
    .number()
    .default(10)
    .describe('Smoothing of the deviation of one metric, sign kept: noise cancels, what stays adds up, whatever the step'),
  anchorHalfLife: z
    .number()
    .default(1_440)
    .describe('Of the level that deviation is taken from: where a metric has stood for days is where it stands'),
  steadyWeight: z
    .number()
    .default(0.4)
    .describe('Weight of the steady path in the score, where one is a score of one half: it ranks behind wide faults'),
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
  tailFrom: z
    .number()
    .default(0.06)
    .describe(
      'Tails are light where the 99 and the 90 % points of a typical residual are, in logarithms, no further apart than this beyond a normal',
    ),
  tailTo: z.number().default(0.13).describe('And as heavy as those of machines from here on'),
  unevenFrom: z
    .number()
    .default(0.15)
    .describe('The same of the largest residual of training over that of a typical day: days of a light service are alike'),
  unevenTo: z.number().default(0.3).describe('Days differ from here on as those of machines do'),
  quietDays: z
    .number()
    .default(0.25)
    .describe('Share of training days below the peak that counts as usual: faults on most days of training leave it where it was'),
  lightBroad: z.number().default(1.2).describe('Times the usual daily peak of the statistic that opens where tails are light'),
  lightSteady: z.number().default(1.35).describe('The same of the steady deviation of one metric'),
  shortHistory: z
    .number()
    .default(1)
    .describe('Share that both ask for more after one day of training, falling as days are added: what was seen bounds what may come'),
  heavySteady: z
    .number()
    .default(8)
    .describe(
      'Times the largest steady deviation of training that opens where tails are heavy: faults in training make this path silent, not loud',
    ),
  memoryHalfLife: z.number().default(360).describe('Of the evidence remembered, so that a lasting shift ends its own alarm'),
  memoryFactor: z.number().default(1.6).describe('Evidence above this many times the remembered opens'),
  habitFactor: z
    .number()
    .default(1)
    .describe(
      'And, as far as tails are light, above its habit of training by the same factor as the remembered: noise that grows raises its own level',
    ),
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
