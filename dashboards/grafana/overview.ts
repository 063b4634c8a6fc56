import type { DashboardSpec } from './dashboard.ts';
import { incidentsTable } from './incidents-table.ts';

export const overview: DashboardSpec = {
  uid: 'foreshock-overview',
  title: 'Foreshock / Overview',
  description: 'What is wrong now, what was told, how much budget is left, what is about to be needed.',
  from: 'now-6h',
  variables: [],
  rows: [
    {
      title: 'Now',
      panels: [
        {
          kind: 'stat',
          title: 'Open incidents',
          description: 'Open now. Zero is green; the table below names them.',
          unit: 'none',
          width: 4,
          queries: [{ expr: 'sum(foreshock_incidents_open)' }],
          thresholds: [
            { value: null, color: 'green' },
            { value: 1, color: 'red' },
          ],
        },
        {
          kind: 'stat',
          title: 'Pages in this range',
          description: 'Incidents people were told of. Compare with the budget you set in budgets.falsePagesPerServiceWeek.',
          unit: 'none',
          decimals: 0,
          width: 4,
          queries: [{ expr: 'sum(increase(foreshock_pages_total[$__range]))' }],
        },
        {
          kind: 'stat',
          title: 'Not told, with a reason',
          description: 'Incidents nobody was woken for. The reasons are on the incident dashboard.',
          unit: 'none',
          decimals: 0,
          width: 4,
          queries: [{ expr: 'sum(increase(foreshock_suppressed_total[$__range])) or vector(0)' }],
        },
        {
          kind: 'stat',
          title: 'Least error budget left',
          description: 'Of all objectives. Below zero the budget of the window is overspent.',
          unit: 'percentunit',
          width: 4,
          queries: [{ expr: 'min(foreshock_slo_budget_remaining_ratio)' }],
          thresholds: [
            { value: null, color: 'red' },
            { value: 0, color: 'orange' },
            { value: 0.25, color: 'green' },
          ],
        },
        {
          kind: 'stat',
          title: 'Replicas ready',
          description: 'Of all scaled workloads.',
          unit: 'none',
          width: 4,
          queries: [{ expr: 'sum(foreshock_replicas{state="ready"})' }],
        },
        {
          kind: 'stat',
          title: 'Foreshock is ready',
          description: 'No reason against it. The reasons are on the health dashboard.',
          unit: 'none',
          width: 4,
          queries: [{ expr: '1 - max(foreshock_unready)' }],
          thresholds: [
            { value: null, color: 'red' },
            { value: 1, color: 'green' },
          ],
        },
      ],
    },
    {
      title: 'Incidents',
      panels: [
        incidentsTable,
        {
          kind: 'series',
          title: 'Open findings by service',
          description:
            'What detectors see, before it is grouped into incidents. A service that stays here without an incident is being watched.',
          unit: 'none',
          width: 12,
          queries: [{ expr: 'sum by (service) (foreshock_findings_open) or vector(0)', legend: '{{service}}' }],
        },
        {
          kind: 'series',
          title: 'Burn rate by objective',
          description: '1 spends exactly the error budget over its window; 14.4 spends 2 % of 30 days in an hour.',
          unit: 'none',
          width: 12,
          queries: [{ expr: 'foreshock_slo_burn_rate', legend: '{{service}} {{objective}}' }],
        },
      ],
    },
    {
      title: 'Load',
      panels: [
        {
          kind: 'series',
          title: 'Load of scaled workloads',
          description: 'Demand as counted before the replicas, so that a shortage cannot hide itself.',
          unit: 'reqps',
          width: 12,
          queries: [{ expr: 'foreshock_load', legend: '{{target}}' }],
        },
        {
          kind: 'series',
          title: 'Replicas: ready and wanted',
          description: 'Wanted runs ahead of ready by the lead time.',
          unit: 'none',
          width: 12,
          queries: [
            { expr: 'foreshock_replicas{state="ready"}', legend: '{{target}} ready' },
            { expr: 'foreshock_desired_replicas', legend: '{{target}} wanted' },
          ],
        },
      ],
    },
  ],
};
