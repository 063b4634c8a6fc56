import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../core/time.ts';
import type { TheirAlert } from '../alerts.ts';
import { type Column, emptyColumn, type Grid } from '../columns.ts';
import type { TrialReport } from '../report-model.ts';
import type { ReplicaRun } from '../scaling.ts';

const END = Date.UTC(2026, 2, 22);
const GRID: Grid = { firstEnd: END - 4 * DAY_MS + 5 * MINUTE_MS, stepMs: 5 * MINUTE_MS, steps: (4 * DAY_MS) / (5 * MINUTE_MS) };
const JUDGED: Grid = { ...GRID, firstEnd: GRID.firstEnd + 2 * DAY_MS, steps: GRID.steps / 2 };

const column = (grid: Grid, value: (step: number) => number): Column => {
  const filled = emptyColumn(grid);
  for (let step = 0; step < grid.steps; step += 1) filled[step] = value(step);
  return filled;
};

const alert: TheirAlert = {
  alertname: 'LedgerErrors',
  severity: 'critical',
  pages: true,
  service: 'ledger',
  labels: { alertname: 'LedgerErrors', severity: 'critical', pod: 'ledger-1' },
  startedAt: END - DAY_MS + 10 * MINUTE_MS,
  endedAt: END - DAY_MS + HOUR_MS,
  open: false,
  instances: 1,
};

const replicaRun = (replicas: number, beyond: number): ReplicaRun => ({
  replicaHours: replicas * 48,
  minutesBeyondCapacity: beyond,
  changes: 12,
  replicas: column(JUDGED, (step) => (step % 97 === 0 ? Number.NaN : replicas)),
  month: { kind: 'forecast', p10: 700, p50: 720, p90: 761, because: '7 days resampled' },
});

/** Of a trial that found what there is to find: pages of both, alerts of theirs alone, an autoscaler. */
export const TRIAL_REPORT: TrialReport = {
  server: 'http://prometheus:9090',
  version: 'Prometheus 2.42.0',
  createdAt: END + HOUR_MS,
  timeZone: 'Europe/Berlin',
  grid: GRID,
  learnSteps: GRID.steps / 2,
  learnedMs: 2 * DAY_MS,
  judgedFrom: END - 2 * DAY_MS,
  judgedTo: END,
  askedMs: 14 * DAY_MS,
  intervalMs: 60_000,
  falsePagesPerServiceWeek: 0.05,
  pages: [
    {
      page: {
        id: 'a',
        severity: 'critical',
        service: 'ledger',
        services: ['ledger', 'gateway'],
        because: 'error ratio of ledger is 9.1 %, expected 0 to 2.2 %, for 5 min',
        signal: 'default|ledger|errors|',
        startedAt: END - DAY_MS,
        pagedAt: END - DAY_MS + 4 * MINUTE_MS,
        resolvedAt: END - DAY_MS + HOUR_MS,
        suspects: [],
      },
      alerts: [alert],
      by: 'service',
      leadMs: 6 * MINUTE_MS,
      symptom: {
        signal: {
          tenant: 'default',
          service: 'ledger',
          name: 'errors',
          scope: { kind: 'service' },
          kind: 'ratio',
          unit: '1',
          harm: 'rise',
          value: column(GRID, (step) => step / GRID.steps),
          weight: column(GRID, () => 100),
        },
        band: { lower: column(GRID, () => 0), upper: column(GRID, (step) => (step % 50 === 0 ? Number.NaN : 0.02)) },
      },
    },
  ],
  withheld: [{ at: END - HOUR_MS, service: 'gateway', reason: 'host-wide', because: 'all slowed down' }],
  alertsRecorded: true,
  alerts: [alert, { ...alert, alertname: 'DiskFull', service: undefined }],
  onlyTheirs: [{ ...alert, alertname: 'DiskFull', service: undefined }],
  scaling: [
    {
      service: 'gateway',
      workload: 'payments/gateway',
      kind: 'Deployment',
      autoscaler: { name: 'gateway-hpa', minReplicas: 2, maxReplicas: 20, targets: ['cpu utilization 70'] },
      capacity: {
        kind: 'estimated',
        basis: 'knee',
        estimate: 41,
        low: 38.5,
        high: 43.25,
        because: 'above 41/s most steps were slower',
        curve: [
          { load: 10, seconds: 0.02 },
          { load: 41, seconds: 0.021 },
          { load: 50, seconds: 0.06 },
        ],
      },
      lead: { leadMs: 120_000, because: '90 % of 366 scale-ups' },
      bounds: { minReplicas: 2, maxReplicas: 20, because: 'as their autoscaler is set' },
      comparedSteps: JUDGED.steps - 6,
      load: column(JUDGED, (step) => 100 + (step % 288)),
      real: replicaRun(10, 45),
      ours: replicaRun(8, 3),
      hpa: { ...replicaRun(9, 33), targetPerReplica: 27.9 },
    },
  ],
  unmatchedWorkloads: ['payments/cron'],
  coverage: [
    {
      service: 'gateway',
      source: 'http_requests_total',
      errors: 'code=~"5.."',
      durations: 'none',
      requestsPerSecond: 123.4,
      observed: 0.974,
      strip: [1, 0.5, 0],
    },
  ],
  calls: 0,
  leftOut: ['calm'],
  notes: ['latency buckets: 12.0 h could not be read (too many samples)'],
  queries: ['sum by (service) (rate(http_requests_total[60s]))'],
  cost: { seconds: 61.4, requests: 62, retries: 1, bytes: 51_590_338, samples: 1_572_480, signals: 18 },
};
