import type { DashboardSpec } from './dashboard.ts';

export const health: DashboardSpec = {
  uid: 'foreshock-health',
  title: 'Foreshock / Its own health',
  description: 'Whether the agent can be trusted now: what it takes in, how far behind it is, what it owes.',
  from: 'now-3h',
  variables: [],
  rows: [
    {
      title: 'Readiness',
      panels: [
        {
          kind: 'series',
          title: 'Reasons why it is not ready',
          description: 'All zero is well.',
          unit: 'none',
          width: 12,
          max: 1,
          queries: [{ expr: 'foreshock_unready', legend: '{{reason}}' }],
        },
        {
          kind: 'series',
          title: 'Steps closed a second',
          description: 'Flat at one over time.step; zero means that nothing is decided.',
          unit: 'none',
          width: 12,
          queries: [{ expr: 'sum(rate(foreshock_steps_closed_total[$__rate_interval]))', legend: 'steps' }],
        },
      ],
    },
    {
      title: 'Intake',
      panels: [
        {
          kind: 'series',
          title: 'Accepted a second',
          description: 'On disk, then acknowledged.',
          unit: 'none',
          width: 8,
          queries: [{ expr: 'sum by (kind) (rate(foreshock_ingest_accepted_total[$__rate_interval]))', legend: '{{kind}}' }],
        },
        {
          kind: 'series',
          title: 'Rejected a second, by reason',
          description: 'Wrong for good: the sender has to change something.',
          unit: 'none',
          width: 8,
          queries: [
            {
              expr: 'sum by (kind, reason) (rate(foreshock_ingest_rejected_total[$__rate_interval])) or vector(0)',
              legend: '{{kind}} {{reason}}',
            },
          ],
        },
        {
          kind: 'series',
          title: 'Refused a second, by reason',
          description: 'The sender keeps it and comes again: the agent or its disk is at its limit.',
          unit: 'none',
          width: 8,
          queries: [
            {
              expr: 'sum by (kind, reason) (rate(foreshock_ingest_refused_total[$__rate_interval])) or vector(0)',
              legend: '{{kind}} {{reason}}',
            },
          ],
        },
        {
          kind: 'series',
          title: 'Late points a second',
          description: 'Came after their step had closed. Many of them ask for a longer time.grace.',
          unit: 'none',
          width: 8,
          queries: [{ expr: 'sum(rate(foreshock_late_total[$__rate_interval]))', legend: 'late' }],
        },
        {
          kind: 'series',
          title: 'From a closed step to its findings',
          description: '99th percentile and median.',
          unit: 's',
          width: 8,
          queries: [
            {
              expr: 'histogram_quantile(0.99, sum by (le) (rate(foreshock_step_to_finding_seconds_bucket[$__rate_interval])))',
              legend: 'p99',
            },
            {
              expr: 'histogram_quantile(0.5, sum by (le) (rate(foreshock_step_to_finding_seconds_bucket[$__rate_interval])))',
              legend: 'p50',
            },
          ],
        },
        {
          kind: 'series',
          title: 'Messages still owed',
          description: 'Grows while a receiver is away; nothing is lost.',
          unit: 'none',
          width: 8,
          queries: [{ expr: 'foreshock_notifications_pending', legend: '{{notifier}}' }],
        },
      ],
    },
    {
      title: 'Process',
      panels: [
        {
          kind: 'series',
          title: 'CPU',
          description: 'Cores in use; one closed step costs milliseconds.',
          unit: 'none',
          width: 8,
          queries: [{ expr: 'rate(foreshock_process_cpu_seconds_total[$__rate_interval])', legend: 'cores' }],
        },
        {
          kind: 'series',
          title: 'Memory',
          description: 'Resident counts the mapped store file; the heap is what the agent itself holds.',
          unit: 'bytes',
          width: 8,
          queries: [
            { expr: 'foreshock_process_resident_memory_bytes', legend: 'resident' },
            { expr: 'foreshock_nodejs_heap_size_used_bytes', legend: 'heap' },
          ],
        },
        {
          kind: 'series',
          title: 'Event loop lag',
          description: 'How late timers ran, 99th percentile between scrapes.',
          unit: 's',
          width: 8,
          queries: [{ expr: 'foreshock_event_loop_lag_seconds', legend: 'lag' }],
        },
        {
          kind: 'stat',
          title: 'Newest durable decision',
          description: 'Its number in the hash chain: `foreshock audit verify` checks it from the first.',
          unit: 'none',
          decimals: 0,
          width: 8,
          queries: [{ expr: 'foreshock_decision_log_sequence' }],
        },
        {
          kind: 'stat',
          title: 'Signals not shown on /metrics',
          description: 'Left out to bound the number of series.',
          unit: 'none',
          decimals: 0,
          width: 8,
          queries: [{ expr: 'foreshock_signals_unshown' }],
        },
        {
          kind: 'stat',
          title: 'Signals with a band',
          description: 'Shown on /metrics and on the service dashboard.',
          unit: 'none',
          decimals: 0,
          width: 8,
          queries: [{ expr: 'count(foreshock_signal_observed)' }],
        },
      ],
    },
  ],
};
