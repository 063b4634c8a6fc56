/** Every detector, one line each; a folder that is not listed here is not part of the product. */
export const DETECTORS = {
  'burn-rate': 'an error budget spent too fast, in windows of minutes to days',
  'deploy-verdict': 'what a rollout did to its service, beside what had been expected without it',
  forecast: 'how much load is coming, with how much certainty',
  'isolation-forest': 'signals of one service that stand together as they seldom do',
  'model-health': 'a model whose rare values are not rare: it may not wake anybody until they are again',
  seasonal: 'a signal outside what its level and time of day make likely',
  subspace: 'metrics of one service that leave the way in which they move together',
  'trace-attribution': 'what a change of latency or errors is made of: own time, network, calls, operations, slices',
  'time-to-breach': 'when a gauge will reach its bound, early enough to do something',
  'tail-evidence': 'a row or a stretch of rows the whole past of its series makes unlikely, for the series that matter',
} as const;

export type DetectorName = keyof typeof DETECTORS;
