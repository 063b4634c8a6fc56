export { createPrometheusClient } from './client.ts';
export {
  type InstantSample,
  type Labels,
  PROMETHEUS_DEFAULTS,
  type PrometheusClient,
  type PrometheusFailure,
  type PrometheusOptions,
  type RangeChunk,
  type RangeGap,
  type RangeQuery,
  type RangeSeries,
  type RangeSummary,
} from './contract.ts';
