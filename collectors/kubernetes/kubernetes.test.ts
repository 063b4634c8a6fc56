import { describe, expect, it } from 'vitest';
import type { Batch } from '../../core/batch.ts';
import type { ChangeEvent } from '../../core/change.ts';
import type { KubernetesApi } from '../../core/kubernetes-api.ts';
import { succeed } from '../../core/outcome.ts';
import { seededRandom } from '../../core/random.ts';
import { createSimulatedClock } from '../../core/simulated-clock.ts';
import { createSimulatedKubernetes } from '../../core/simulated-kubernetes.ts';
import { createIntake } from '../intake/index.ts';
import { openKubernetesCollector } from './index.ts';

const DEPLOYMENTS = '/apis/apps/v1/namespaces/payments/deployments';
const HPAS = '/apis/autoscaling/v2/namespaces/payments/horizontalpodautoscalers';
const PODS = '/api/v1/namespaces/payments/pods';
const GATEWAY = `${DEPLOYMENTS}/gateway`;

const template = (image: string, annotations: Record<string, string> = {}) => ({
  metadata: { annotations },
  spec: { containers: [{ name: 'gateway', image }] },
});

const createStory = (services = new Map<string, string>()) => {
  const clock = createSimulatedClock(Date.UTC(2026, 2, 2, 9));
  const api = createSimulatedKubernetes(clock);
  api.create(DEPLOYMENTS, 'gateway', { spec: { replicas: 3, template: template('gateway:1') }, status: { availableReplicas: 2 } });
  const batches: Batch[] = [];
  let full = false;
  const intake = createIntake(
    { dimensions: [], outcomeAttribute: 'payment.outcome' },
    {
      store: {
        loadIdentity: () => ({ texts: [], streams: [] }),
        appendBatch: async () =>
          full ? { ok: false, error: { code: 'LOG_UNAVAILABLE', message: 'disk full', retryable: true } } : succeed(1),
      },
      clock,
      consume: (batch) => batches.push(batch),
    },
  );
  const changes: ChangeEvent[] = [];
  const told: string[] = [];
  let journalBroken = false;
  const open = (server: KubernetesApi = api) =>
    openKubernetesCollector(
      { tenant: 'default', stepMs: 10_000, namespaces: ['payments'], nodes: false, services },
      {
        api: server,
        clock,
        random: seededRandom(1),
        intake,
        async addChange(change) {
          if (journalBroken) throw new Error('disk full');
          if (!changes.some(({ id }) => id === change.id)) changes.push(change);
        },
        log: { info: (_fields, message) => told.push(message), warn: (_fields, message) => told.push(message) },
      },
    );
  const pass = async (ms: number): Promise<void> => {
    for (let at = 0; at < ms; at += 250) {
      clock.advance(250);
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    }
  };
  /** Values of the newest batch by service, metric and instance. */
  const newest = (): Readonly<Record<string, number>> => {
    const samples = batches.at(-1)?.samples;
    if (samples === undefined) return {};
    return Object.fromEntries(
      Array.from(samples.stream, (id, row) => {
        const { service, metric } = intake.streams.describe(id);
        return [`${service} ${metric}`, samples.value[row] as number];
      }),
    );
  };
  return {
    clock,
    api,
    batches,
    changes,
    told,
    intake,
    open,
    pass,
    newest,
    breakJournal: (broken: boolean) => {
      journalBroken = broken;
    },
    fillDisk: (isFull: boolean) => {
      full = isFull;
    },
  };
};

describe('a cluster as series', () => {
  it('writes replicas, autoscaler bounds, readiness and restarts every step', async () => {
    const { api, open, pass, newest, batches, intake } = createStory();
    api.create(HPAS, 'gateway', {
      spec: { minReplicas: 2, maxReplicas: 9, scaleTargetRef: { kind: 'Deployment', name: 'gateway' } },
      status: { currentReplicas: 3, desiredReplicas: 4 },
    });
    api.create(PODS, 'gateway-5c-x', {
      metadata: { labels: { 'pod-template-hash': '5c' }, ownerReferences: [{ kind: 'ReplicaSet', name: 'gateway-5c' }] },
      status: { startTime: '2026-03-02T08:00:00Z', containerStatuses: [{ name: 'gateway', ready: true, restartCount: 4 }] },
    });
    api.create(PODS, 'migrate', { metadata: { ownerReferences: [{ kind: 'Job', name: 'migrate' }] } });
    const collector = open();
    await pass(30_000);
    expect(newest()).toEqual({
      'payments/gateway k8s.deployment.pod.desired': 3,
      'payments/gateway k8s.deployment.pod.available': 2,
      'payments/gateway k8s.hpa.pod.current': 3,
      'payments/gateway k8s.hpa.pod.desired': 4,
      'payments/gateway k8s.hpa.pod.min': 2,
      'payments/gateway k8s.hpa.pod.max': 9,
      'payments/gateway k8s.container.ready': 1,
      'payments/gateway k8s.container.restart_count': 4,
    });
    expect(batches).toHaveLength(3);
    const { data_points: points } = intake.ledger.snapshot();
    expect([points.offered, points.accepted]).toEqual([24, 24]);
    await collector.close();
  });

  it('calls a workload as the configuration does, else as its telemetry annotation does', async () => {
    const { api, open, pass, newest } = createStory(new Map([['deployment/payments/gateway', 'gateway']]));
    const annotations = { 'resource.opentelemetry.io/service.name': 'book', 'resource.opentelemetry.io/service.namespace': '' };
    api.create(DEPLOYMENTS, 'ledger', { spec: { replicas: 1, template: template('ledger:1', annotations) } });
    const collector = open();
    await pass(10_000);
    expect(Object.keys(newest())).toContain('gateway k8s.deployment.pod.desired');
    expect(Object.keys(newest())).toContain('book k8s.deployment.pod.desired');
    await collector.close();
  });

  it('leaves absent what it does not know: no zeros and no values of before while the watch is lost', async () => {
    const { api, open, pass, batches, newest } = createStory();
    const collector = open();
    await pass(10_000);
    expect(batches).toHaveLength(1);
    api.faults(() => ({ kind: 'silent' }));
    api.endWatches('broken');
    await pass(60_000);
    expect(batches).toHaveLength(1);
    api.faults(() => undefined);
    api.edit(GATEWAY, 'kubectl', (gateway) => {
      gateway.status.availableReplicas = 3;
    });
    await pass(60_000);
    expect(newest()['payments/gateway k8s.deployment.pod.available']).toBe(3);
    await collector.close();
  });

  it('names a resource it may not list once, and goes on with the others', async () => {
    const { api, open, pass, told, newest } = createStory();
    api.faults(({ path }) => (path === PODS ? { kind: 'refused', code: 'FORBIDDEN' } : undefined));
    const collector = open();
    await pass(600_000);
    expect(told).toEqual([expect.stringContaining('pods in payments are absent')]);
    expect(newest()['payments/gateway k8s.deployment.pod.desired']).toBe(3);
    api.faults(() => undefined);
    await pass(61_000);
    expect(told.at(-1)).toBe('pods in payments are known again');
    await collector.close();
  });

  it('asks a server that is away less and less often', async () => {
    const { api, open, pass } = createStory();
    api.faults(() => ({ kind: 'silent' }));
    const collector = open();
    await pass(600_000);
    // Four resources, at most one request in fifteen seconds each once the pauses have grown.
    expect(api.requests.length).toBeGreaterThan(60);
    expect(api.requests.length).toBeLessThan(4 * (8 + 600 / 15));
    await collector.close();
  });

  it('lists again when its version has expired, and when a connection has died without a word', async () => {
    const { api, open, pass, newest } = createStory();
    const collector = open();
    await pass(10_000);
    api.create(PODS, 'other', {});
    api.compact();
    api.endWatches('in-order');
    await pass(10_000);
    const lists = () => api.requests.filter((request) => request === `GET ${DEPLOYMENTS}`).length;
    expect(lists()).toBe(2);
    api.faults((request) => (request.query?.watch === 'true' ? { kind: 'silent' } : undefined));
    api.endWatches('in-order');
    await pass(1_000);
    api.edit(GATEWAY, 'kubectl', (gateway) => {
      gateway.status.availableReplicas = 1;
    });
    await pass(70_000);
    expect(lists()).toBeGreaterThanOrEqual(3);
    expect(newest()['payments/gateway k8s.deployment.pod.available']).toBe(1);
    await collector.close();
  });

  it('leaves out an object it cannot read, and says so once', async () => {
    const { api, open, pass, told, newest } = createStory();
    api.create(DEPLOYMENTS, 'odd', { spec: { replicas: '<script>', template: template('odd:1') } });
    const collector = open();
    await pass(20_000);
    expect(told).toEqual(['deployments in payments: an object cannot be read and is left out']);
    expect(Object.keys(newest()).some((key) => key.includes('odd'))).toBe(false);
    await collector.close();
  });

  it('takes an object for absent once it cannot be read any more, not for what it was', async () => {
    const { api, open, pass, batches } = createStory();
    const collector = open();
    await pass(20_000);
    const rows = (): number => batches.reduce((sum, { samples }) => sum + (samples?.length ?? 0), 0);
    expect(rows()).toBeGreaterThan(0);
    api.edit(GATEWAY, 'kubectl', (gateway) => {
      gateway.spec.replicas = 'three';
    });
    await pass(1_000);
    const before = rows();
    await pass(30_000);
    expect(rows()).toBe(before);
    await collector.close();
  });

  it('asks a server for which every version has expired less and less often', async () => {
    const { api, open, pass } = createStory();
    api.faults((request) => (request.query?.watch === 'true' ? { kind: 'refused', code: 'GONE' } : undefined));
    const collector = open();
    await pass(600_000);
    // Three resources, a list and a watch each in fifteen seconds or more once the pauses have grown.
    expect(api.requests.length).toBeLessThan(4 * 2 * (8 + 600 / 15));
    await collector.close();
  });

  it('gives up a list whose pages never end', async () => {
    const { api, open, pass, told } = createStory();
    const endless = {
      ...api,
      request: async (request: Parameters<typeof api.request>[0], signal: AbortSignal) => {
        const answer = await api.request(request, signal);
        if (!answer.ok) return answer;
        return succeed({ ...(answer.value as object), metadata: { resourceVersion: '1', continue: 'more' } });
      },
    };
    const collector = open(endless);
    await pass(60_000);
    expect(told.some((line) => line.includes('more than 1000 pages'))).toBe(true);
    await collector.close();
  });

  it('says once that readings are lost while the disk is full', async () => {
    const { open, pass, told, fillDisk, intake } = createStory();
    fillDisk(true);
    const collector = open();
    await pass(40_000);
    expect(told).toEqual(['readings of the cluster are lost: disk full']);
    expect(intake.ledger.snapshot().data_points.refused).toEqual({ log_unavailable: 8 });
    await collector.close();
  });
});

describe('what somebody did in a cluster', () => {
  it('is told once, with what changed and who did it, however often it is listed', async () => {
    const { api, open, pass, changes } = createStory();
    const collector = open();
    await pass(5_000);
    api.edit(GATEWAY, 'helm', (gateway) => {
      gateway.spec.template = template('gateway:2');
    });
    api.edit(GATEWAY, 'kubectl-rollout', (gateway) => {
      gateway.spec.template = template('gateway:2', { 'kubectl.kubernetes.io/restartedAt': '2026-03-02T09:00:05Z' });
    });
    api.edit(GATEWAY, 'kubectl', (gateway) => {
      gateway.spec.replicas = 5;
    });
    for (let round = 0; round < 3; round += 1) {
      api.endWatches('broken');
      await pass(20_000);
    }
    expect(changes).toMatchObject([
      {
        kind: 'deploy',
        service: 'payments/gateway',
        source: 'kubernetes',
        summary: 'deployment payments/gateway: rollout, gateway: gateway:1 -> gateway:2',
        attributes: { by: 'helm' },
      },
      { kind: 'config', summary: 'deployment payments/gateway: restart', attributes: { by: 'kubectl-rollout' } },
      { kind: 'scale', summary: 'deployment payments/gateway 3 -> 5 by kubectl', attributes: { from: '3', to: '5' } },
    ]);
    expect(new Set(changes.map(({ id }) => id)).size).toBe(3);
    await collector.close();
  });

  it('is found by the list when it happened while the watch was lost', async () => {
    const { api, open, pass, changes } = createStory();
    const collector = open();
    await pass(5_000);
    api.faults(() => ({ kind: 'silent' }));
    api.endWatches('broken');
    await pass(5_000);
    api.edit(GATEWAY, 'helm', (gateway) => {
      gateway.spec.template = template('gateway:2');
    });
    const at = Date.UTC(2026, 2, 2, 9, 0, 10);
    await pass(5_000);
    api.faults(() => undefined);
    await pass(40_000);
    expect(changes).toMatchObject([{ kind: 'deploy', at }]);
    await collector.close();
  });

  it('is not what stood before the agent came, nor our own scaling', async () => {
    const { api, open, pass, changes } = createStory();
    const collector = open();
    await pass(5_000);
    api.edit(GATEWAY, 'foreshock', (gateway) => {
      gateway.spec.replicas = 6;
    });
    await pass(5_000);
    expect(changes).toEqual([]);
    await collector.close();
  });

  it('is the bounds of an autoscaler, when others move them', async () => {
    const { api, open, pass, changes } = createStory();
    api.create(HPAS, 'gateway', { spec: { minReplicas: 2, maxReplicas: 9, scaleTargetRef: { kind: 'Deployment', name: 'gateway' } } });
    const collector = open();
    await pass(5_000);
    api.edit(`${HPAS}/gateway`, 'foreshock', (hpa) => {
      hpa.spec.minReplicas = 5;
    });
    api.edit(`${HPAS}/gateway`, 'kubectl', (hpa) => {
      hpa.spec.maxReplicas = 20;
    });
    await pass(5_000);
    expect(changes).toMatchObject([
      { kind: 'config', service: 'payments/gateway', summary: 'HorizontalPodAutoscaler payments/gateway: 5 to 9 -> 5 to 20 replicas' },
    ]);
    await collector.close();
  });

  it('is offered again when the journal could not take it', async () => {
    const { api, open, pass, changes, breakJournal } = createStory();
    const collector = open();
    await pass(5_000);
    breakJournal(true);
    api.edit(GATEWAY, 'kubectl', (gateway) => {
      gateway.spec.replicas = 4;
    });
    await pass(15_000);
    expect(changes).toEqual([]);
    breakJournal(false);
    await pass(15_000);
    expect(changes).toHaveLength(1);
    await collector.close();
  });
});
