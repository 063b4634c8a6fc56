import type { TableSpec } from './panel.ts';

export const incidentsTable: TableSpec = {
  kind: 'table',
  title: 'Incidents, newest first',
  description:
    'What, where, whom the agent suspects first. `foreshock explain DECISION` shows what it was decided from, `foreshock replay DECISION` decides it again.',
  unit: 'none',
  width: 24,
  queries: [{ expr: 'sort_desc(foreshock_incident_started_seconds * 1000)' }],
  columns: {
    state: 'State',
    severity: 'Severity',
    service: 'Service',
    title: 'What',
    suspect: 'First suspect',
    incident: 'Incident',
    decision: 'Decision',
  },
  value: { heading: 'Began', unit: 'dateTimeAsIso' },
};
