export {
  type BurnWindow,
  breachedAt,
  budgetRemaining,
  burnWindows,
  isBegun,
  scoreBurn,
  severityOf,
} from './burn-rate.ts';
export { type Budgeting, type BurnRate, type BurnRateOptions, type BurnStep, createBurnRate } from './counts.ts';
export { restoreBurnRate, snapshotBurnRate } from './snapshot.ts';
export { BURN_RULES, type BurnRule } from './windows.ts';
