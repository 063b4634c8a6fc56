/** Every number that decides whether a model may wake somebody. A period is an eighth of a day; a window is two days of periods. */
export const HEALTH_CONSTANTS = {
  periodsPerDay: 8,
  /** Two days: long enough that no fault of some hours makes a majority of it. */
  periods: 16,
  /** The worst periods of the window are left out: half a day of trouble says nothing of the model. */
  leftOut: 4,
  /** Periods with steps before anything is said. */
  leastPeriods: 8,
  /** Steps that make a period count. */
  leastSteps: 4,
  /** Levels at which steps beyond are counted, as -log10 p. */
  nearEvidence: 2,
  farEvidence: 3,
  /** How many times as often as they say p-values may come before the model is held for wrong: the factor of 2 they are built to, and room for one series. */
  tolerance: 3,
  /** Chance at which a model within the tolerance is held for wrong by one look; a service is looked at some thousand times a week. */
  chance: 1e-6,
  /** The same for whole periods, of which there are few: 15 of 16 on one side. */
  periodChance: 1e-3,
  /** Mean residual of a period, in scales, that counts as beside the expectation. */
  offCenter: 0.5,
  /** A residual counts at most this much in that mean. */
  residualClip: 3,
  /** Periods touched by alerts, and of these with one that opened anew, from which a series is odd by habit. One lasting fault touches six: then levels move. */
  touchedPeriods: 12,
  openedPeriods: 6,
  /** Size of a period mean against the same period a week before, as a factor, that counts as another input. */
  inputFactor: 1.5,
  /** Periods kept for that: a week and a window. */
  inputPeriods: 72,
} as const;
