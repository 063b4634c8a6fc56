/** Who forecasts a load, one step after the other. Values are counts of a step; NaN is a gap. */
export interface Forecasting {
  observe(step: number, value: number): void;
  /** Writes the quantiles of the load `horizons[which]` steps after the newest step. */
  quantiles(which: number, out: Float64Array): void;
}

export interface ForecastTask {
  readonly stepMs: number;
  readonly stepsPerDay: number;
  /** In steps, ascending. */
  readonly horizons: readonly number[];
  /** Ascending. */
  readonly levels: readonly number[];
}

export interface ForecastContender {
  readonly name: string;
  create(task: ForecastTask): Forecasting;
}
