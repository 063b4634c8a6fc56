import type { Registry } from 'prom-client';
import { METRIC_PREFIX } from '../../core/names.ts';
import type { Incident, Severity } from '../incident/incident.ts';
import { createGaugeFamily } from './gauge-family.ts';

/** Our own metrics must not become the cardinality problem they report. */
const INCIDENTS_SHOWN = 30;
const SEVERITIES: readonly Severity[] = ['warning', 'critical'];

export interface IncidentGauges {
  replace(incidents: readonly Incident[]): void;
}

/** Open incidents by severity, and the open ones and the newest of the resolved by name. */
export const createIncidentGauges = (registry: Registry): IncidentGauges => {
  const counts = createGaugeFamily(registry, `${METRIC_PREFIX}incidents_open`, 'Open incidents.', ['severity']);
  const starts = createGaugeFamily(
    registry,
    `${METRIC_PREFIX}incident_started_seconds`,
    'When an incident began, seconds since 1970: what is wrong, where, whom the agent suspects first, and the decision that told of it.',
    ['incident', 'state', 'severity', 'service', 'title', 'suspect', 'decision'],
  );
  return {
    replace(incidents) {
      const open = incidents.filter(({ state }) => state === 'open');
      counts.replace(
        SEVERITIES.map((severity) => ({
          labels: { severity },
          value: open.filter((incident) => incident.severity === severity).length,
        })),
      );
      const over = incidents.filter(({ state }) => state === 'resolved').toSorted((a, b) => b.startedAt - a.startedAt);
      starts.replace(
        [...open, ...over].slice(0, INCIDENTS_SHOWN).map((incident) => ({
          labels: {
            incident: incident.id,
            state: incident.state,
            severity: incident.severity,
            service: incident.symptomService,
            title: incident.title,
            suspect: incident.suspects[0]?.label ?? '',
            decision: incident.decisionId ?? '',
          },
          value: incident.startedAt / 1000,
        })),
      );
    },
  };
};
