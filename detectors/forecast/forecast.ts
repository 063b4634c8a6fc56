import type { Instant } from '../../core/time.ts';

/** Quantiles of a load over a horizon, with the share of past outcomes that stayed below each of them. */
export interface Forecast {
  readonly madeAt: Instant;
  /** Instant of the first forecast step's end. */
  readonly startsAt: Instant;
  readonly stepMs: number;
  /** Ascending, for example [0.1, 0.5, 0.9, 0.99]. */
  readonly levels: readonly number[];
  /** One array a level, one value a step ahead. Same unit as the load. */
  readonly quantiles: readonly Float64Array[];
  /** Measured on past forecasts, one a level; NaN before there were enough. */
  readonly coverage: readonly number[];
  /** Length of the season in use, in steps; 0 when none was found. */
  readonly seasonSteps: number;
  readonly because: string;
}
