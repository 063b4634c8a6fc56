/** What a user does with kubectl and helm: a namespace, values, `helm install`; and what came of it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AuthorizationV1Api, type V1ResourceRule } from '@kubernetes/client-node';
import { stringify } from 'yaml';
import { CHART } from '../../chart/helm.ts';
import { type Cluster, readyAfter } from '../testbed/cluster.ts';
import type { Workload } from './containers.ts';

export const OWN_NAMESPACE = 'observability';
export const RELEASE = 'foreshock';
const POD_READY_SECONDS = 8;

/** Two replicas that serve, and nothing else in their namespace. */
export const deployWorkload = async ({ core, apps }: Cluster, { namespace, name }: Workload, replicas: number): Promise<void> => {
  await core.createNamespace({ body: { metadata: { name: namespace } } });
  const labels = { app: name };
  await apps.createNamespacedDeployment({
    namespace,
    body: {
      metadata: { name },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels, annotations: readyAfter(POD_READY_SECONDS) },
          spec: { containers: [{ name, image: `registry.invalid/${name}:1` }] },
        },
      },
    },
  });
};

export interface Installation {
  readonly valuesFile: string;
  /** As a person would type it. */
  readonly command: string;
  /** What helm answered. */
  readonly status: string;
  /** Of the agent's ServiceAccount, and of nobody else. */
  readonly kubeconfig: string;
  readonly tokenFile: string;
  /** foreshock.yaml as the chart rendered it into its ConfigMap. */
  readonly configuration: string;
}

/** Helm, the configuration it made, and the credentials a pod of the release would be given. */
export const install = async (cluster: Cluster, directory: string, values: object): Promise<Installation> => {
  const enforce = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await cluster.core.createNamespace({ body: { metadata: { name: OWN_NAMESPACE, labels: enforce } } });
  const valuesFile = join(directory, 'values.yaml');
  writeFileSync(valuesFile, stringify(values));
  const args = ['install', RELEASE, CHART, '--namespace', OWN_NAMESPACE, '--values', valuesFile, '--wait', '--timeout', '120s'];
  const { code, stdout, stderr } = await cluster.helm(args);
  if (code !== 0) throw new Error(`helm install ended with ${code}: ${stderr.trim()}`);

  const named = { namespace: OWN_NAMESPACE, name: RELEASE };
  const configuration = (await cluster.core.readNamespacedConfigMap(named)).data?.['foreshock.yaml'];
  const token = (await cluster.core.readNamespacedSecret({ ...named, name: `${RELEASE}-token` })).data?.token;
  if (configuration === undefined || token === undefined) throw new Error('the chart made no configuration or no token');
  const tokenFile = join(directory, 'token');
  writeFileSync(tokenFile, Buffer.from(token, 'base64'), { mode: 0o600 });
  return {
    valuesFile,
    command: `helm install ${RELEASE} charts/foreshock --namespace ${OWN_NAMESPACE} --values ${valuesFile} --wait`,
    status: /^STATUS: (\w+)/m.exec(stdout)?.[1] ?? 'unknown',
    kubeconfig: cluster.kubeconfigFor(await cluster.serviceAccountToken(OWN_NAMESPACE, RELEASE), OWN_NAMESPACE),
    tokenFile,
    configuration,
  };
};

export interface Rights {
  /** Sentences: which verbs on what. */
  readonly granted: readonly string[];
  /** What was asked for beside them, and denied. */
  readonly denied: readonly string[];
}

/** Every authenticated user may ask what it may do; that is no right of ours. */
const isOurs = ({ apiGroups }: V1ResourceRule): boolean => !apiGroups?.some((group) => /^auth(orization|entication)\./.test(group));

const sentence = (namespace: string, { resources, resourceNames, verbs }: V1ResourceRule): string => {
  const names = resourceNames === undefined || resourceNames.length === 0 ? '' : ` named ${resourceNames.join(', ')}`;
  return `${namespace}: ${verbs.join(', ')} ${resources?.join(', ')}${names}`;
};

/** Asked of the API server with the agent's own token. */
export const rightsOf = async (cluster: Cluster, { kubeconfig }: Installation, workload: Workload): Promise<Rights> => {
  const api = cluster.configFor(kubeconfig).makeApiClient(AuthorizationV1Api);
  const granted: string[] = [];
  for (const namespace of [workload.namespace, OWN_NAMESPACE]) {
    const { status } = await api.createSelfSubjectRulesReview({ body: { spec: { namespace } } });
    granted.push(...(status?.resourceRules ?? []).filter(isOurs).map((rule) => sentence(namespace, rule)));
  }
  const { namespace } = workload;
  const questions = [
    { verb: 'list', resource: 'secrets', namespace },
    { verb: 'get', resource: 'secrets', namespace: OWN_NAMESPACE },
    { verb: 'delete', resource: 'pods', namespace },
    { verb: 'create', resource: 'pods', subresource: 'exec', namespace },
    { verb: 'update', group: 'apps', resource: 'deployments', subresource: 'scale', name: 'another', namespace },
    { verb: 'list', group: 'apps', resource: 'deployments', namespace: 'default' },
  ];
  const denied: string[] = [];
  for (const resourceAttributes of questions) {
    const { status } = await api.createSelfSubjectAccessReview({ body: { spec: { resourceAttributes } } });
    const { verb, resource, subresource, name, namespace: where } = resourceAttributes;
    const what = `${where}: ${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}${name === undefined ? '' : ` named ${name}`}`;
    if (status?.allowed === true) throw new Error(`the agent may do what it must not: ${what}`);
    denied.push(what);
  }
  return { granted, denied };
};
