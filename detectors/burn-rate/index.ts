export {
  type BurnRate,
  type BurnRateOptions,
  type BurnStep,
  type BurnWindow,
  breachedAt,
  budgetRemaining,
  burnWindows,
  createBurnRate,
  scoreBurn,
  severityOf,
} from './burn-rate.ts';
export { restoreBurnRate, snapshotBurnRate } from './snapshot.ts';
export { BURN_RULES, type BurnRule } from './windows.ts';
