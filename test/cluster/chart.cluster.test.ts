/** The chart on a real Kubernetes API, in a namespace that admits nothing but restricted pods. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { until } from '../agent-process.ts';
import { CHART } from '../chart/helm.ts';
import { type Attempt, beyondTheFields, beyondTheFloor, forbidden, reads, relabel, statusOf, writes } from './chart-rights.ts';
import { type Cluster, startCluster } from './testbed/cluster.ts';

const OWN = 'observability';
const TARGETS = 'payments';
const ELSEWHERE = 'shop';
const RELEASE = 'foreshock';

let cluster: Cluster;

/** Values of a mode, with one target of that mode: how a Deployment is scaled, or how its autoscaler is moved. */
const valuesFile = (mode: string, kind: 'scale' | 'hpa-floor' = 'scale', more: object = {}): string => {
  const path = join(cluster.folder, `values-${mode}-${kind}.yaml`);
  const target = { kind, target: `deployment/${TARGETS}/gateway`, service: 'payments/gateway', loadPerReplica: 100, maxReplicas: 12, mode };
  writeFileSync(
    path,
    stringify({ mode, terminationGracePeriodSeconds: 1, kubernetes: { namespaces: [TARGETS] }, config: { scaling: [target] }, ...more }),
  );
  return path;
};

const helm = async (...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await cluster.helm([...args, '--namespace', OWN]);
  expect(`${args[0]}: ${code} ${stderr}`).toMatch(new RegExp(`^${args[0]}: 0 `));
  return stdout;
};

const roles = async (): Promise<readonly string[]> =>
  (await cluster.rbac.listNamespacedRole({ namespace: OWN })).items.map(({ metadata }) => metadata?.name ?? '').sort();

const mode = async (): Promise<string | undefined> => {
  const { data } = await cluster.core.readNamespacedConfigMap({ namespace: OWN, name: RELEASE });
  return /mode: (\w+)/.exec(data?.['foreshock.yaml'] ?? '')?.[1];
};

const agentToken = async (): Promise<string | undefined> =>
  (await cluster.core.readNamespacedSecret({ namespace: OWN, name: `${RELEASE}-token` })).data?.token;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 1 });
  for (const name of [OWN, TARGETS, ELSEWHERE]) {
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted', 'pod-security.kubernetes.io/enforce-version': 'latest' };
    await cluster.core.createNamespace({ body: { metadata: { name, labels } } });
  }
  const matchLabels = { app: 'gateway' };
  for (const name of ['gateway', 'reports']) {
    await cluster.apps.createNamespacedDeployment({
      namespace: TARGETS,
      body: {
        metadata: { name },
        // No replica: whose rights are asked, not what becomes of pods.
        spec: {
          replicas: 0,
          selector: { matchLabels },
          template: { metadata: { labels: matchLabels }, spec: { containers: [{ name, image: 'x:1' }] } },
        },
      },
    });
  }
  await cluster.autoscaling.createNamespacedHorizontalPodAutoscaler({
    namespace: TARGETS,
    body: {
      metadata: { name: 'gateway' },
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'gateway' }, minReplicas: 1, maxReplicas: 9 },
    },
  });
});

afterAll(async () => {
  await cluster?.stop();
});

describe('the chart in a cluster', () => {
  it('installs, upgrades, rolls back and uninstalls, with a pod that restricted admits; token and volume stay', async () => {
    await helm('install', RELEASE, CHART, '--values', valuesFile('observe'), '--wait', '--timeout', '120s');
    const installed = await cluster.apps.readNamespacedStatefulSet({ namespace: OWN, name: RELEASE });
    expect(installed.status?.readyReplicas).toBe(1);
    const [claim] = (await cluster.core.listNamespacedPersistentVolumeClaim({ namespace: OWN })).items;
    expect([claim?.metadata?.name, claim?.status?.phase]).toEqual([`data-${RELEASE}-0`, 'Bound']);
    expect([await mode(), await roles()]).toEqual(['observe', []]);
    const token = await agentToken();
    expect(token?.length).toBeGreaterThan(40);

    await helm('upgrade', RELEASE, CHART, '--values', valuesFile('act'), '--wait', '--timeout', '120s');
    expect([await mode(), await roles()]).toEqual(['act', [`${RELEASE}-leader`]]);
    expect(await agentToken()).toBe(token);
    const upgraded = await cluster.apps.readNamespacedStatefulSet({ namespace: OWN, name: RELEASE });
    const checksum = 'checksum/config';
    expect(upgraded.spec?.template.metadata?.annotations?.[checksum]).not.toBe(installed.spec?.template.metadata?.annotations?.[checksum]);

    await helm('rollback', RELEASE, '1', '--wait', '--timeout', '120s');
    expect([await mode(), await roles()]).toEqual(['observe', []]);
    expect(await agentToken()).toBe(token);

    await helm('uninstall', RELEASE, '--wait', '--timeout', '120s');
    expect((await cluster.apps.listNamespacedStatefulSet({ namespace: OWN })).items).toEqual([]);
    expect((await cluster.rbac.listNamespacedRole({ namespace: TARGETS })).items).toEqual([]);
    const left = (await cluster.core.listNamespacedPersistentVolumeClaim({ namespace: OWN })).items;
    expect(left.map(({ metadata }) => metadata?.uid)).toEqual([claim?.metadata?.uid]);
  });

  it('does not install values the agent would refuse, and leaves nothing behind', async () => {
    const { code, stderr } = await cluster.helm(['install', 'refused', CHART, '--namespace', OWN, '--set', 'config.time.step=often']);
    expect(code).not.toBe(0);
    expect(stderr).toContain("at '/config/time/step'");
    expect((await cluster.helm(['list', '--all', '--short', '--namespace', OWN])).stdout.trim()).toBe('');
  });

  describe.each(['observe', 'propose', 'act'])('in mode %s', (wanted) => {
    let bearer = '';

    beforeAll(async () => {
      await helm('install', RELEASE, CHART, '--values', valuesFile(wanted));
      bearer = await cluster.serviceAccountToken(OWN, RELEASE);
    });
    afterAll(async () => {
      await helm('uninstall', RELEASE, '--wait', '--timeout', '120s');
    });

    const answers = async (attempts: readonly Attempt[]): Promise<Readonly<Record<string, number>>> => {
      const seen: Record<string, number> = {};
      for (const attempt of attempts) seen[attempt.what] = await statusOf(cluster, bearer, attempt);
      return seen;
    };
    const all = (attempts: readonly Attempt[], status: number): Readonly<Record<string, number>> =>
      Object.fromEntries(attempts.map(({ what }) => [what, status]));

    it('reads what it watches', async () => {
      expect(await answers(reads(TARGETS))).toEqual(all(reads(TARGETS), 200));
    });

    it(wanted === 'act' ? 'writes the replicas it was given, and its lease' : 'writes nothing', async () => {
      const attempts = writes(TARGETS, OWN, RELEASE);
      const expected = Object.entries(all(attempts, wanted === 'act' ? 200 : 403)).map(([what, status]) => {
        if (status === 200 && what === 'make its lease') return [what, 201];
        // It was given no target of kind hpa-floor.
        return what === 'move the floor of an autoscaler' ? [what, 403] : [what, status];
      });
      expect(await answers(attempts)).toEqual(Object.fromEntries(expected));
    });

    it('may do nothing else', async () => {
      const attempts = forbidden(TARGETS, OWN, ELSEWHERE);
      expect(await answers(attempts)).toEqual(all(attempts, 403));
    });
  });

  it('may move the floor of an autoscaler once it is given one, and no Deployment', async () => {
    await helm('install', RELEASE, CHART, '--values', valuesFile('act', 'hpa-floor'));
    const bearer = await cluster.serviceAccountToken(OWN, RELEASE);
    const seen: Record<string, number> = {};
    for (const attempt of writes(TARGETS, OWN, RELEASE)) seen[attempt.what] = await statusOf(cluster, bearer, attempt);
    expect(seen).toMatchObject({
      'move the floor of an autoscaler': 200,
      'annotate its target': 403,
      'update the scale of its target': 403,
    });
    await helm('uninstall', RELEASE);
  });

  describe.each([
    ['scale', beyondTheFields, 'update the scale of its target', 'annotate its target'],
    ['hpa-floor', beyondTheFloor, 'move the floor of an autoscaler'],
  ] as const)('with its admission policy, for a target of kind %s', (kind, beyond, ...own) => {
    it('writes its fields, and nothing else of what RBAC grants with them', async () => {
      await helm('install', RELEASE, CHART, '--values', valuesFile('act', kind, { admissionPolicy: { enabled: true } }));
      const bearer = await cluster.serviceAccountToken(OWN, RELEASE);
      const seen = async (attempts: readonly Attempt[]): Promise<Readonly<Record<string, number>>> => {
        const answers: Record<string, number> = {};
        for (const attempt of attempts) answers[attempt.what] = await statusOf(cluster, bearer, attempt);
        return answers;
      };
      // The API server takes up a new policy within seconds.
      let tries = 0;
      await until(
        'the policy is in force',
        30_000,
        () => {
          tries += 1;
          return statusOf(cluster, bearer, relabel(TARGETS, kind, String(tries)));
        },
        (status) => status === 403,
      );
      expect(await seen(beyond(TARGETS))).toEqual(Object.fromEntries(beyond(TARGETS).map(({ what }) => [what, 403])));
      const wanted = writes(TARGETS, OWN, RELEASE).filter(({ what }) => own.some((name) => name === what));
      expect(await seen(wanted)).toEqual(Object.fromEntries(own.map((what) => [what, 200])));
      await helm('uninstall', RELEASE);
    });
  });
});
