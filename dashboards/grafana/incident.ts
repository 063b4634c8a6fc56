import type { DashboardSpec } from './dashboard.ts';
import { incidentsTable } from './incidents-table.ts';

export const incident: DashboardSpec = {
  uid: 'foreshock-incident',
  title: 'Foreshock / Incidents',
  description: 'Everything told and not told, with reasons: the page budget, spent and saved.',
  from: 'now-7d',
  variables: [],
  rows: [
    {
      title: 'Incidents',
      panels: [incidentsTable],
    },
    {
      title: 'Told and not told',
      panels: [
        {
          kind: 'series',
          title: 'Open incidents by severity',
          description: 'Critical wakes somebody.',
          unit: 'none',
          width: 8,
          queries: [{ expr: 'foreshock_incidents_open', legend: '{{severity}}' }],
        },
        {
          kind: 'series',
          title: 'Pages a day',
          description: 'Against your budget of false pages per service and week.',
          unit: 'none',
          width: 8,
          queries: [{ expr: 'sum(increase(foreshock_pages_total[1d]))', legend: 'pages' }],
        },
        {
          kind: 'series',
          title: 'Not told, by reason, a day',
          description: 'Each has a record in the decision log as well.',
          unit: 'none',
          width: 8,
          queries: [{ expr: 'sum by (reason) (increase(foreshock_suppressed_total[1d])) or vector(0)', legend: '{{reason}}' }],
        },
        {
          kind: 'series',
          title: 'Open findings by service and detector',
          description: 'The raw material of incidents.',
          unit: 'none',
          width: 12,
          queries: [{ expr: 'foreshock_findings_open or vector(0)', legend: '{{service}} {{detector}}' }],
        },
        {
          kind: 'series',
          title: 'Notifications by outcome',
          description: 'Given up means a receiver refused for good; retried means it was away.',
          unit: 'none',
          width: 12,
          queries: [
            { expr: 'sum by (notifier, outcome) (increase(foreshock_notifications_total[1h]))', legend: '{{notifier}} {{outcome}}' },
          ],
        },
      ],
    },
  ],
};
