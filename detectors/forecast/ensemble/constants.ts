/** Every number of the ensemble that was chosen and not derived: one set for all loads, and all of them are in a snapshot. */
export const ENSEMBLE = {
  /** The slowest of the running levels, in days; the fastest has two steps. */
  slowestLevelDays: 0.25,
  /** Share of a new day in the running mean of its minute: about the last three days. */
  profileGain: 0.35,
  /** A day moves the profile, and yesterday the forecast, by at most so many usual differences of days. */
  oddDays: 4,
  /** Half-life of the usual difference of days, in days. */
  usualDays: 0.5,
  /** Half widths, in minutes of a real day, over which the profile is smoothed, and yesterday is. */
  wideMinutes: 7,
  narrowMinutes: 1,
  yesterdayMinutes: 2,
  /** Gain of the profile of the hour, and the largest relative value that enters it. */
  hourGain: 0.06,
  hourMost: 3,
  /** Today's level over the profile's is believed up to this factor. */
  ratioMost: 4,
  /** Bounds of a mean: shares of the lowest and the highest level that the present makes thinkable. */
  meanLeast: 0.1,
  meanMost: 4,
  /** Half-lives of the ridge fits, in days. */
  fitDays: 4,
  shortFitDays: 1,
  /** Weight of "no effect" in a fit, in outcomes whose feature is as large as their scale. */
  ridge: 20,
  /** An outcome pulls a fit by at most so many scales. */
  residualClip: 3,
  solvesPerDay: 48,
  /** Half-life of an expert's measured loss, in days; how strongly a relative difference of losses tells on the weights; the largest loss, in scales. */
  weightDays: 1,
  weightSharpness: 30,
  lossMost: 5,
  /** Before anything is known, a residual is a tenth of the load. */
  scaleStart: 0.1,
  /** A load this share of the day's level or larger carries the scale: nothing near zero may look exact. */
  sizeLeast: 0.05,
  /** Squared residuals count at most so many variances, and a relative square at most this. */
  squareMost: 9,
  relativeMost: 4,
  /** Memory of the variance: by size in days, lately in steps, by quarter hour as a share of a visit. */
  longDays: 5,
  recentSteps: 20,
  slotGain: 0.2,
  /** Outcomes after which a size is believed against all sizes together. */
  sizePrior: 240,
  /** How the three make one variance. */
  longShare: 0.3,
  recentShare: 0.4,
  slotShare: 0.3,
  /** How strongly a relative difference of their losses tells on the weights of the opinions on a quantile. */
  memberSharpness: 10,
  /** Half-life of what an opinion is usually wrong by, in days. */
  errorDays: 2,
  /** Half-life of the histogram of residuals, in days, and the weight of the normal it begins with, in outcomes. */
  tailDays: 5,
  tailPrior: 50,
  /** Steps of a quantile, in scales, when its coverage is off; the middle needs little; forgotten slowly; bounded. */
  coverageGain: 0.015,
  coverageMiddle: 0.4,
  coverageLeak: 0.00005,
  coverageMost: 6,
  /** Where all loads were whole numbers and the scale is below this many, quantiles are whole numbers. */
  countedBelow: 1.5,
} as const;

export type EnsembleConstants = { readonly [Name in keyof typeof ENSEMBLE]: number };
