import type { DashboardSpec } from './dashboard.ts';
import type { SeriesSpec } from './panel.ts';

const band = (title: string, signal: string, unit: string, description: string): SeriesSpec => {
  const of = (what: string): string => `foreshock_signal_${what}{service="$service", signal="${signal}", scope="service"}`;
  return {
    kind: 'series',
    title,
    description,
    unit,
    width: 8,
    height: 9,
    queries: [
      { expr: of('upper'), legend: 'upper' },
      { expr: of('lower'), legend: 'lower' },
      { expr: of('expected'), legend: 'expected' },
      { expr: of('observed'), legend: 'observed' },
    ],
    lines: [
      { legend: 'upper', color: 'rgba(120,150,190,0.35)', fillTo: 'lower' },
      { legend: 'lower', color: 'rgba(120,150,190,0.35)' },
      { legend: 'expected', color: '#8590a0', dashed: true },
      { legend: 'observed', color: 'blue', width: 2 },
    ],
  };
};

export const service: DashboardSpec = {
  uid: 'foreshock-service',
  title: 'Foreshock / Service',
  description: 'One service: what was observed against what was expected before it was observed, and its error budget.',
  from: 'now-3h',
  variables: [{ name: 'service', label: 'Service', metric: 'foreshock_signal_observed' }],
  rows: [
    {
      title: '$service: observed against expected',
      panels: [
        band(
          'Requests',
          'requests',
          'reqps',
          'Outside the band below means missing traffic; above it feeds the scaler and pages nobody alone.',
        ),
        band('Errors', 'errors', 'percentunit', 'Share of requests that failed.'),
        band('Latency', 'duration', 's', 'Geometric mean of the duration of a request.'),
      ],
    },
    {
      title: '$service: findings and objectives',
      panels: [
        {
          kind: 'series',
          title: 'Open findings by detector',
          description: 'Which detector sees something in this service.',
          unit: 'none',
          width: 8,
          queries: [{ expr: 'sum by (detector) (foreshock_findings_open{service="$service"}) or vector(0)', legend: '{{detector}}' }],
        },
        {
          kind: 'series',
          title: 'Error budget left',
          description: 'Of the whole window of each objective; 0 is spent.',
          unit: 'percentunit',
          width: 8,
          max: 1,
          queries: [{ expr: 'foreshock_slo_budget_remaining_ratio', legend: '{{service}} {{objective}}' }],
        },
        {
          kind: 'series',
          title: 'Burn rate',
          description: '1 spends exactly the budget over the window.',
          unit: 'none',
          width: 8,
          queries: [{ expr: 'foreshock_slo_burn_rate', legend: '{{service}} {{objective}}' }],
        },
      ],
    },
  ],
};
