/**
 * The whole way on a real API: a day that was learned, load sent by OTLP, pods that take 8 s to become Ready, and
 * built agents outside of a pod with the tokens of their ServiceAccounts.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeRecording } from '../../agent/models/recording.ts';
import { encode, MetricsRequest, metricsOf, nanos } from '../../collectors/otlp/fixtures/messages.ts';
import { sleep } from '../../core/clock.ts';
import { seededRandom } from '../../core/random.ts';
import { systemClock } from '../../core/system-clock.ts';
import { type AgentProcess, CLI, startAgentProcess, until } from '../agent-process.ts';
import { type Cluster, readyAfter, startCluster } from './testbed/cluster.ts';

const DAY_SECONDS = 120;
const DAYS = 6;
const PER_REPLICA = 10;
/** Requests a second in a phase of the day: two rises that two replicas cannot carry. */
const LEVELS: readonly (readonly [from: number, load: number])[] = [
  [0, 10],
  [50, 40],
  [95, 60],
  [112, 10],
];
const loadAt = (phase: number): number => LEVELS.findLast(([from]) => from <= phase)?.[1] ?? 10;

let cluster: Cluster;
let startsAt: number;
const agents: AgentProcess[] = [];

const READING = [
  { apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: ['list', 'watch'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] },
];
const ACTING = [
  { apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['patch'] },
  { apiGroups: ['apps'], resources: ['deployments/scale', 'statefulsets/scale'], verbs: ['update'] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] },
];

/** A namespace with two replicas of a checkout, and a kubeconfig with just the rights an agent of this mode needs. */
const newCheckout = async (namespace: string, rules: typeof READING): Promise<string> => {
  await cluster.core.createNamespace({ body: { metadata: { name: namespace } } });
  await cluster.apps.createNamespacedDeployment({
    namespace,
    body: {
      metadata: { name: 'checkout' },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'checkout' } },
        template: {
          metadata: { labels: { app: 'checkout' }, annotations: readyAfter(8) },
          spec: { containers: [{ name: 'checkout', image: 'registry.invalid/checkout:1' }] },
        },
      },
    },
  });
  await cluster.core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: 'foreshock' } } });
  await cluster.rbac.createNamespacedRole({ namespace, body: { metadata: { name: 'foreshock' }, rules } });
  await cluster.rbac.createNamespacedRoleBinding({
    namespace,
    body: {
      metadata: { name: 'foreshock' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'foreshock' },
      subjects: [{ kind: 'ServiceAccount', name: 'foreshock', namespace }],
    },
  });
  return cluster.kubeconfigFor(await cluster.serviceAccountToken(namespace, 'foreshock'), namespace);
};

const recordedDays = (): Uint8Array => {
  const random = seededRandom(11);
  const steps = DAYS * DAY_SECONDS;
  const value = Float32Array.from({ length: steps }, (_, step) => loadAt(step % DAY_SECONDS) * (0.95 + 0.1 * random()));
  const weight = new Float32Array(steps).fill(1);
  const signal = { tenant: 'default', service: 'ingress', name: 'ingress.requests', scope: { kind: 'resource', attributes: {} } } as const;
  const told = { kind: 'rate', unit: '{request}/s', harm: 'none', value, weight } as const;
  return encodeRecording({
    label: 'days of two rises',
    stepMs: 1_000,
    dayLengthMs: DAY_SECONDS * 1_000,
    steps,
    signals: [{ ...signal, ...told }],
  });
};

const configuration = (namespace: string, kubeconfig: string, mode: 'act' | 'observe'): string => `
time: { step: 1s, dayLength: ${DAY_SECONDS}s, grace: 500ms }
history: { recording: days.json.gz, endsAt: ${startsAt} }
kubernetes:
  enabled: true
  kubeconfig: ${kubeconfig}
  namespaces: [${namespace}]
  lease: { namespace: ${namespace}, duration: 9s, renewDeadline: 6s, retryPeriod: 1s }
scaling:
  - kind: scale
    target: deployment/${namespace}/checkout
    service: ingress
    signal: ingress.requests
    scales: checkout
    loadPerReplica: ${PER_REPLICA}
    minReplicas: 2
    maxReplicas: 12
    lead: 10s
    stabilization: 10s
    up: { replicas: 10, percent: 1000, window: 1s }
    mode: ${mode}
`;

const start = async (name: string, configured: string): Promise<AgentProcess> => {
  const folder = join(cluster.folder, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'days.json.gz'), recordedDays());
  const agent = await startAgentProcess(folder, configured);
  agents.push(agent);
  return agent;
};

const phaseNow = (): number => (systemClock.now() - startsAt) / 1_000;

/** Requests counted at the ingress, told to every agent twice a second, as an SDK with a cumulative counter does. */
const sendLoad = async (stopped: () => boolean): Promise<void> => {
  let sent = 0;
  let last = systemClock.now();
  const random = seededRandom(5);
  while (!stopped()) {
    await sleep(systemClock, 500);
    const now = systemClock.now();
    sent += (loadAt(phaseNow()) * (0.95 + 0.1 * random()) * (now - last)) / 1_000;
    last = now;
    const point = { startTimeUnixNano: nanos(startsAt), timeUnixNano: nanos(now), asDouble: sent };
    const sum = { isMonotonic: true, aggregationTemporality: 2, dataPoints: [point] };
    const body = Buffer.from(
      encode(MetricsRequest, metricsOf({ 'service.name': 'ingress' }, [{ name: 'ingress.requests', unit: '{request}', sum }])),
    );
    const headers = { 'content-type': 'application/x-protobuf' };
    // A killed agent refuses; the others still hear of it.
    for (const { otlpPort } of agents)
      fetch(`http://127.0.0.1:${otlpPort}/v1/metrics`, { method: 'POST', headers, body }).catch(() => undefined);
  }
};

interface Sight {
  readonly phase: number;
  readonly replicas: number;
  readonly ready: number;
  readonly by: string | undefined;
}

const look = async (namespace: string): Promise<Sight> => {
  const { metadata, spec, status } = await cluster.apps.readNamespacedDeployment({ namespace, name: 'checkout' });
  const by = metadata?.annotations?.['foreshock.dev/changed-by'];
  return { phase: phaseNow(), replicas: spec?.replicas ?? 0, ready: status?.readyReplicas ?? 0, by };
};

/** Seconds after a rise in which the Ready replicas could not carry the load. */
const secondsShort = (sights: readonly Sight[], from: number, to: number): number =>
  sights.filter(({ phase, ready }) => phase >= from && phase < to && ready * PER_REPLICA < loadAt(phase)).length;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 1 });
});

afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.kill()));
  await cluster?.stop();
});

describe('a learned rise on a real API', () => {
  it('finds its replicas Ready in mode act, by one of two agents at a time, and nothing touched in mode observe', async () => {
    const acting = await newCheckout('act', [...READING, ...ACTING]);
    const observing = await newCheckout('observe', READING);
    startsAt = Math.ceil(systemClock.now() / 1_000) * 1_000;
    const [first, second] = await Promise.all([
      start('first', configuration('act', acting, 'act')),
      start('second', configuration('act', acting, 'act')),
      start('observer', configuration('observe', observing, 'observe')),
    ]);
    let done = false;
    const sending = sendLoad(() => done);

    const act: Sight[] = [];
    const observe: Sight[] = [];
    const sightsUntil = async (phase: number): Promise<void> => {
      while (phaseNow() < phase) {
        act.push(await look('act'));
        observe.push(await look('observe'));
        await sleep(systemClock, 1_000 - (systemClock.now() % 1_000));
      }
    };

    // The first rise, and the holder of the lease is killed right after it.
    await sightsUntil(60);
    const holder = act.at(-1)?.by;
    const killed = first.log().includes(`as ${holder}`) ? first : second;
    const standby = killed === first ? second : first;
    expect(standby.log()).toContain(`another agent scales: ${holder}`);
    await killed.kill();
    // The second rise is the other agent's; the killed one comes back and stands by.
    await sightsUntil(84);
    const again = await start(killed === first ? 'first' : 'second', configuration('act', acting, 'act'));
    await sightsUntil(106);
    done = true;
    await sending;

    const seen = JSON.stringify(act.map(({ phase, replicas, ready }) => [Math.round(phase), replicas, ready]));
    expect(secondsShort(act, 50, 60), seen).toBeLessThanOrEqual(1);
    expect(secondsShort(act, 95, 106), seen).toBeLessThanOrEqual(1);
    expect(secondsShort(observe, 50, 60)).toBeGreaterThan(7);
    expect(new Set(observe.map(({ replicas, by }) => `${replicas} ${by}`))).toEqual(new Set(['2 undefined']));
    const writers = act.map(({ by }) => by).filter((by, index, all) => by !== undefined && by !== all[index - 1]);
    expect(writers).toHaveLength(2);
    expect(again.log()).toContain(`another agent scales: ${writers[1]}`);

    await Promise.all([again.stop(), standby.stop()]);
    const { stdout } = await promisify(execFile)(process.execPath, [
      CLI,
      'release',
      '--config',
      join(cluster.folder, 'first', 'foreshock.yaml'),
    ]);
    expect(stdout).toMatch(/^released deployment\/act\/checkout: replicas \d+ -> 2$/m);
    const released = await until(
      'the original value stands',
      10_000,
      () => look('act'),
      ({ replicas }) => replicas === 2,
    );
    expect(released.by).toBeUndefined();
  });
});
