/**
 * The whole way on a real API: a day that was learned, load sent by OTLP, pods that take 8 s to become Ready, and
 * built agents outside of a pod with the tokens of their ServiceAccounts. Beside it a second cluster with an API server
 * of its own, with the same workload under the same load, whose agent observes.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDecisions } from '../../agent/audit/decision-reader.ts';
import { sleep } from '../../core/clock.ts';
import { systemClock } from '../../core/system-clock.ts';
import { type AgentProcess, CLI, startAgentProcess, until } from '../agent-process.ts';
import { DAY_SECONDS, loadAt, PER_REPLICA, recordedDays, sendLoad } from './learned-day.ts';
import { type Cluster, readyAfter, startCluster } from './testbed/cluster.ts';

/** The same in both clusters. */
const NAMESPACE = 'payments';
const ACCOUNT = 'foreshock';

let acting: Cluster;
let untouched: Cluster;
let startsAt: number;
const agents: AgentProcess[] = [];

/** Also in the untouched cluster: that nothing is written there shall be the agent's doing, and not that of its rights. */
const RULES = [
  { apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['get', 'list', 'watch', 'patch'] },
  { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: ['list', 'watch'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] },
  { apiGroups: ['apps'], resources: ['deployments/scale', 'statefulsets/scale'], verbs: ['update'] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] },
];

/** Two replicas of a checkout, and a kubeconfig with just the rights an agent needs. */
const newCheckout = async (cluster: Cluster): Promise<string> => {
  const namespace = NAMESPACE;
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
  await cluster.core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: ACCOUNT } } });
  await cluster.rbac.createNamespacedRole({ namespace, body: { metadata: { name: ACCOUNT }, rules: RULES } });
  await cluster.rbac.createNamespacedRoleBinding({
    namespace,
    body: {
      metadata: { name: ACCOUNT },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: ACCOUNT },
      subjects: [{ kind: 'ServiceAccount', name: ACCOUNT, namespace }],
    },
  });
  return cluster.kubeconfigFor(await cluster.serviceAccountToken(namespace, ACCOUNT), namespace);
};

const configuration = (kubeconfig: string, mode: 'act' | 'observe'): string => `
time: { step: 1s, dayLength: ${DAY_SECONDS}s, grace: 500ms }
history: { recording: days.json.gz, endsAt: ${startsAt} }
kubernetes:
  enabled: true
  kubeconfig: ${kubeconfig}
  namespaces: [${NAMESPACE}]
  lease: { namespace: ${NAMESPACE}, duration: 9s, renewDeadline: 6s, retryPeriod: 1s }
scaling:
  - kind: scale
    target: deployment/${NAMESPACE}/checkout
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

const start = async (cluster: Cluster, name: string, configured: string): Promise<AgentProcess> => {
  const folder = join(cluster.folder, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'days.json.gz'), recordedDays());
  const agent = await startAgentProcess(folder, configured);
  agents.push(agent);
  return agent;
};

const phaseNow = (): number => (systemClock.now() - startsAt) / 1_000;

interface Sight {
  readonly phase: number;
  readonly replicas: number;
  readonly ready: number;
  readonly by: string | undefined;
  /** Another one each time that anybody writes the Deployment. */
  readonly version: string | undefined;
}

const look = async ({ apps }: Cluster): Promise<Sight> => {
  const { metadata, spec, status } = await apps.readNamespacedDeployment({ namespace: NAMESPACE, name: 'checkout' });
  const by = metadata?.annotations?.['foreshock.dev/changed-by'];
  return {
    phase: phaseNow(),
    replicas: spec?.replicas ?? 0,
    ready: status?.readyReplicas ?? 0,
    by,
    version: metadata?.resourceVersion,
  };
};

/** Replicas that the agent in this folder of the untouched cluster recorded as its order, and when. */
const wouldOrder = async (folder: string): Promise<readonly { readonly phase: number; readonly replicas: number }[]> => {
  const found: { phase: number; replicas: number }[] = [];
  for await (const { kind, at, output } of readDecisions(join(untouched.folder, folder, 'data', 'decisions', 'decisions.ndjson'))) {
    const { step } = output as { readonly step?: { readonly to: number } | null };
    if (kind === 'scale' && step) found.push({ phase: (at - startsAt) / 1_000, replicas: step.to });
  }
  return found;
};

/** "verb resource" of what the agents of a cluster were granted, each once. */
const grantedIn = (cluster: Cluster): readonly string[] => [
  ...new Set(
    cluster
      .requestsOf(NAMESPACE, ACCOUNT)
      .filter(({ code }) => code < 300)
      .map(({ verb, resource }) => `${verb} ${resource}`),
  ),
];

/** Seconds after a rise in which the Ready replicas could not carry the load. */
const secondsShort = (sights: readonly Sight[], from: number, to: number): number =>
  sights.filter(({ phase, ready }) => phase >= from && phase < to && ready * PER_REPLICA < loadAt(phase)).length;

beforeAll(async () => {
  acting = await startCluster({ nodes: 1 });
  untouched = await startCluster({ nodes: 1 });
});

afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.kill()));
  await Promise.all([acting?.stop(), untouched?.stop()]);
});

describe('a learned rise on a real API', () => {
  it('finds its replicas Ready in mode act, by one of two agents at a time, and its twin in mode observe as it was', async () => {
    const actingAs = await newCheckout(acting);
    const observingAs = await newCheckout(untouched);
    startsAt = Math.ceil(systemClock.now() / 1_000) * 1_000;
    const [first, second] = await Promise.all([
      start(acting, 'first', configuration(actingAs, 'act')),
      start(acting, 'second', configuration(actingAs, 'act')),
      start(untouched, 'observer', configuration(observingAs, 'observe')),
    ]);
    let done = false;
    const sending = sendLoad(
      startsAt,
      () => agents.map(({ otlpPort }) => otlpPort),
      () => done,
    );

    const act: Sight[] = [];
    const observe: Sight[] = [];
    const sightsUntil = async (phase: number): Promise<void> => {
      while (phaseNow() < phase) {
        act.push(await look(acting));
        observe.push(await look(untouched));
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
    const again = await start(acting, killed === first ? 'first' : 'second', configuration(actingAs, 'act'));
    await sightsUntil(106);
    done = true;
    await sending;

    const seen = JSON.stringify(act.map(({ phase, replicas, ready }) => [Math.round(phase), replicas, ready]));
    expect(secondsShort(act, 50, 60), seen).toBeLessThanOrEqual(1);
    expect(secondsShort(act, 95, 106), seen).toBeLessThanOrEqual(1);
    const writers = act.map(({ by }) => by).filter((by, index, all) => by !== undefined && by !== all[index - 1]);
    expect(writers).toHaveLength(2);
    expect(again.log()).toContain(`another agent scales: ${writers[1]}`);

    // The twin had the same load, knew it as well, and was short: nobody wrote anything there, and nobody asked to.
    expect(secondsShort(observe, 50, 60)).toBeGreaterThan(7);
    expect(secondsShort(observe, 95, 106)).toBeGreaterThan(7);
    expect(new Set(observe.map(({ replicas, by }) => `${replicas} ${by}`))).toEqual(new Set(['2 undefined']));
    const settled = observe.filter(({ phase }) => phase > 30);
    expect(new Set(settled.map(({ version }) => version)).size, JSON.stringify(settled)).toBe(1);
    const known = (await wouldOrder('observer')).filter(({ phase }) => phase < 50);
    expect(Math.max(...known.map(({ replicas }) => replicas)), JSON.stringify(known)).toBeGreaterThanOrEqual(4);
    expect(grantedIn(acting)).toEqual(expect.arrayContaining(['update deployments/scale', 'patch deployments', 'update leases']));
    expect(grantedIn(untouched)).toContain('watch deployments');
    const asked = untouched.requestsOf(NAMESPACE, ACCOUNT);
    expect(asked.filter(({ verb, code }) => !['get', 'list', 'watch'].includes(verb) || code >= 300)).toEqual([]);

    await Promise.all([again.stop(), standby.stop()]);
    const { stdout } = await promisify(execFile)(process.execPath, [
      CLI,
      'release',
      '--config',
      join(acting.folder, 'first', 'foreshock.yaml'),
    ]);
    expect(stdout).toMatch(/^released deployment\/payments\/checkout: replicas \d+ -> 2$/m);
    const released = await until(
      'the original value stands',
      10_000,
      () => look(acting),
      ({ replicas }) => replicas === 2,
    );
    expect(released.by).toBeUndefined();
  });
});
