import type { Incident } from '../incident/incident.ts';

/** Minutes past three on the first of March 2026. */
export const at = (minute: number): number => Date.UTC(2026, 2, 1, 3, minute);

/** An incident as it is told: for the tests of this folder. */
export const incident = (change: Partial<Incident> = {}): Incident =>
  ({
    id: 'incident-1',
    tenant: 'default',
    severity: 'critical',
    symptomService: 'gateway',
    title: 'gateway: payments fail at 12.4 %',
    startedAt: at(0),
    openedAt: at(2),
    updatedAt: at(2),
    findings: [
      {
        detector: 'seasonal',
        signal: 'default|gateway|errors|',
        tenant: 'default',
        service: 'gateway',
        name: 'errors',
        at: at(2),
        since: at(0),
        direction: 'rise',
        harmful: true,
        harm: 'rise',
        observed: 0.124,
        expected: 0.001,
        lower: 0,
        upper: 0.004,
        unit: '1',
        pValue: 1e-9,
        evidence: 14,
        contributions: [],
        because: 'errors rose',
      },
    ],
    suspects: [
      {
        kind: 'slice',
        service: 'router',
        parts: { provider: 'psp-north', issuer: 'birch' },
        label: 'psp-north / birch',
        score: 8,
        share: 0.81,
        harmShare: 0.97,
        trafficShare: 0.06,
        because: ['97 % of the failures on 6 % of the traffic', 'fails 61 times as often as the rest', 'not told'],
        change: {
          id: 'c1',
          at: at(-1),
          tenant: 'default',
          kind: 'routing',
          service: 'router',
          summary: 'birch moved to psp-north',
          attributes: {},
          source: 'api',
        },
      },
    ],
    changes: [
      {
        id: 'c1',
        at: at(-1),
        tenant: 'default',
        kind: 'routing',
        service: 'router',
        summary: 'birch moved to psp-north',
        attributes: {},
        source: 'api',
      },
    ],
    services: ['gateway', 'router'],
    decisionId: '01kjd0000000000007',
    state: 'open',
    ...change,
  }) as Incident;
