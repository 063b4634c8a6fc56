/** What is watched and scaled, who sends, and when what happens: everything the walk-through has been told. */
import { fileURLToPath } from 'node:url';
import { DAY_LENGTH_MS, LOAD_PER_REPLICA, OBJECTIVE } from '../../../examples/fintech/demo/fleet.ts';
import { NAMESPACE } from '../../../examples/fintech/demo/schedule.ts';
import { STEP_MS } from '../../../examples/fintech/demo/services.ts';
import { readyAfter } from '../testbed/cluster.ts';
import type { Workload } from './containers.ts';

export const WORKLOAD: Workload = { namespace: NAMESPACE, name: 'gateway' };
export const TARGET = `deployment/${NAMESPACE}/gateway`;
export const REPLICAS = { first: 2, most: 10 } as const;
/** Days of these same services, recorded without faults; a season is not learned in two minutes. */
export const RECORDING = fileURLToPath(new URL('../../../examples/fintech/recording/days.json.gz', import.meta.url)).replace(
  '/dist/examples/',
  '/examples/',
);
/** A little more than a day: from midnight over the rise of the morning to the next midnight. */
export const LOAD_MS = 124_000;
export const FAULT = { service: 'psp-north', kind: 'error-burst', share: 0.6, fromMs: 70_000, untilMs: 98_000 } as const;

const seconds = (ms: number): string => `${ms / 1_000}s`;

/** What a user would write: the rights follow from mode, namespaces and targets. */
export const chartValues = (webhook: string): object => ({
  mode: 'act',
  terminationGracePeriodSeconds: 1,
  podAnnotations: readyAfter(2),
  kubernetes: { namespaces: [WORKLOAD.namespace] },
  config: {
    time: { step: seconds(STEP_MS), dayLength: seconds(DAY_LENGTH_MS), grace: '1s' },
    dimensions: { slices: [['payment.provider'], ['payment.issuer'], ['payment.provider', 'payment.issuer']] },
    objectives: [
      {
        name: OBJECTIVE.name,
        service: `${NAMESPACE}/gateway`,
        kind: 'latency',
        objective: OBJECTIVE.share,
        threshold: `${OBJECTIVE.thresholdMs}ms`,
        window: '1d',
      },
    ],
    notifiers: [{ kind: 'webhook', url: webhook }],
    scaling: [
      {
        kind: 'scale',
        target: TARGET,
        service: `${NAMESPACE}/ingress`,
        signal: 'ingress.requests',
        scales: `${NAMESPACE}/gateway`,
        loadPerReplica: LOAD_PER_REPLICA,
        minReplicas: REPLICAS.first,
        maxReplicas: REPLICAS.most,
        lead: '12s',
        stabilization: '10s',
        up: { replicas: 10, percent: 1_000, window: '1s' },
        down: { replicas: 2, percent: 50, window: '2s' },
        mode: 'act',
      },
    ],
  },
});
