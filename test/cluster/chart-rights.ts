/** What an agent may do and what it may not, asked of a real API server with the token its pod would hold. */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { Cluster } from './testbed/cluster.ts';

export interface Attempt {
  readonly what: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Names the version that stands, as a Lease demands: it is read first, by the same bearer. */
  readonly restsOnVersion?: true;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** What the API server answers to this bearer. */
const ask = async (cluster: Cluster, token: string, { method, path, body, headers = {} }: Attempt): Promise<Answer> => {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const sending = request(`${cluster.server}${path}`, {
    method,
    ca: readFileSync(cluster.certificateAuthority),
    headers: { authorization: `Bearer ${token}`, 'content-type': type, ...headers },
  });
  sending.end(body === undefined ? undefined : JSON.stringify(body));
  const answer = await new Promise<import('node:http').IncomingMessage>((resolve, reject) =>
    sending.on('response', resolve).on('error', reject),
  );
  return { status: answer.statusCode ?? 0, text: await text(answer) };
};

export const statusOf = async (cluster: Cluster, token: string, attempt: Attempt): Promise<number> => {
  if (attempt.restsOnVersion === undefined) return (await ask(cluster, token, attempt)).status;
  const standing = JSON.parse((await ask(cluster, token, { what: 'read', method: 'GET', path: attempt.path })).text);
  const metadata = { ...standing.metadata, managedFields: undefined };
  return (await ask(cluster, token, { ...attempt, body: { ...attempt.body, metadata } })).status;
};

const get = (what: string, path: string): Attempt => ({ what, method: 'GET', path });
const apps = (namespace: string, rest: string): string => `/apis/apps/v1/namespaces/${namespace}/${rest}`;
const core = (namespace: string, rest: string): string => `/api/v1/namespaces/${namespace}/${rest}`;
const hpas = (namespace: string, rest = ''): string => `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers${rest}`;
const leases = (namespace: string, rest = ''): string => `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases${rest}`;
const rbac = (namespace: string, rest: string): string => `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/${rest}`;

const WATCH = '?watch=true&timeoutSeconds=1';
const ANNOTATION = { metadata: { annotations: { 'foreshock.dev/original-replicas': '2' } } };

/** In every mode: workloads, pods and autoscalers of the namespaces it is told of. */
export const reads = (namespace: string): readonly Attempt[] => [
  ...['deployments', 'statefulsets'].flatMap((resource) => [
    get(`list ${resource}`, apps(namespace, resource)),
    get(`watch ${resource}`, apps(namespace, `${resource}${WATCH}`)),
  ]),
  get('get a deployment', apps(namespace, 'deployments/gateway')),
  get('list pods', core(namespace, 'pods')),
  get('watch pods', core(namespace, `pods${WATCH}`)),
  get('list autoscalers', hpas(namespace)),
  get('watch autoscalers', hpas(namespace, WATCH)),
];

/** In mode act: the replicas and annotations of the workload it was given, the floor of an autoscaler, its own lease. */
export const writes = (namespace: string, own: string, lease: string): readonly Attempt[] => {
  const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'gateway', namespace }, spec: { replicas: 3 } };
  const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: lease }, spec: { holderIdentity: 'a' } };
  return [
    { what: 'update the scale of its target', method: 'PUT', path: apps(namespace, 'deployments/gateway/scale'), body: scale },
    { what: 'annotate its target', method: 'PATCH', path: apps(namespace, 'deployments/gateway'), body: ANNOTATION },
    { what: 'move the floor of an autoscaler', method: 'PATCH', path: hpas(namespace, '/gateway'), body: { spec: { minReplicas: 2 } } },
    { what: 'make its lease', method: 'POST', path: leases(own), body },
    get('read its lease', leases(own, `/${lease}`)),
    {
      what: 'renew its lease',
      method: 'PUT',
      path: leases(own, `/${lease}`),
      body: { ...body, spec: { holderIdentity: 'b' } },
      restsOnVersion: true,
    },
  ];
};

/** What RBAC has to grant together with the fields above, and an admission policy takes away again. */
export const beyondTheFields = (namespace: string): readonly Attempt[] => {
  const gateway = apps(namespace, 'deployments/gateway');
  const patch = (what: string, body: object): Attempt => ({ what, method: 'PATCH', path: gateway, body });
  const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'gateway', namespace }, spec: { replicas: 13 } };
  return [
    patch('change the image of its target', { spec: { template: { spec: { containers: [{ name: 'gateway', image: 'another:1' }] } } } }),
    patch('change replicas beside the scale', { spec: { replicas: 4 } }),
    patch('write an annotation of another', { metadata: { annotations: { 'example.com/owner': 'foreshock' } } }),
    patch('add a finalizer', { metadata: { finalizers: ['example.com/never'] } }),
    { what: 'order more than maxReplicas', method: 'PUT', path: `${gateway}/scale`, body: scale },
  ];
};

/** The same for an autoscaler. */
export const beyondTheFloor = (namespace: string): readonly Attempt[] =>
  Object.entries({
    'raise the ceiling': { maxReplicas: 90 },
    'scale another workload': { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'reports' } },
    'change its behavior': { behavior: { scaleDown: { selectPolicy: 'Disabled' } } },
  }).map(([what, spec]) => ({ what, method: 'PATCH', path: hpas(namespace, '/gateway'), body: { spec } }));

/** A change that no agent makes; another one each time, since what changes nothing is refused by no policy. */
export const relabel = (namespace: string, kind: 'scale' | 'hpa-floor', label: string): Attempt => ({
  what: 'write a label',
  method: 'PATCH',
  path: kind === 'scale' ? apps(namespace, 'deployments/gateway') : hpas(namespace, '/gateway'),
  body: { metadata: { labels: { tried: label } } },
});

const rule = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };

/** In no mode. */
export const forbidden = (namespace: string, own: string, elsewhere: string): readonly Attempt[] => [
  ...[namespace, own].flatMap((place) => [
    get(`list secrets in ${place}`, core(place, 'secrets')),
    get(`watch secrets in ${place}`, core(place, `secrets${WATCH}`)),
  ]),
  get('read its own token', core(own, 'secrets/foreshock-token')),
  { what: 'write a secret', method: 'POST', path: core(own, 'secrets'), body: { metadata: { name: 'x' } } },
  { what: 'make a pod', method: 'POST', path: core(namespace, 'pods'), body: { metadata: { name: 'x' }, spec: { containers: [] } } },
  { what: 'delete a pod', method: 'DELETE', path: core(namespace, 'pods/x') },
  { what: 'evict a pod', method: 'POST', path: core(namespace, 'pods/x/eviction'), body: {} },
  { what: 'run a command in a pod', method: 'POST', path: core(namespace, 'pods/x/exec?command=sh&stdout=true') },
  get('read the log of a pod', core(namespace, 'pods/x/log')),
  { what: 'make a deployment', method: 'POST', path: apps(namespace, 'deployments'), body: { metadata: { name: 'x' } } },
  { what: 'replace a deployment', method: 'PUT', path: apps(namespace, 'deployments/gateway'), body: {} },
  { what: 'delete a deployment', method: 'DELETE', path: apps(namespace, 'deployments/gateway') },
  { what: 'annotate what it was not given', method: 'PATCH', path: apps(namespace, 'deployments/reports'), body: ANNOTATION },
  {
    what: 'scale what it was not given',
    method: 'PATCH',
    path: apps(namespace, 'deployments/reports/scale'),
    body: { spec: { replicas: 9 } },
  },
  { what: 'patch a statefulset it was not given', method: 'PATCH', path: apps(namespace, 'statefulsets/gateway'), body: ANNOTATION },
  // What it writes it need not read, and needs one way to write.
  get('get the scale of its target', apps(namespace, 'deployments/gateway/scale')),
  {
    what: 'patch the scale of its target',
    method: 'PATCH',
    path: apps(namespace, 'deployments/gateway/scale'),
    body: { spec: { replicas: 9 } },
  },
  get('get an autoscaler', hpas(namespace, '/gateway')),
  get('get a pod', core(namespace, 'pods/x')),
  { what: 'patch its lease', method: 'PATCH', path: leases(own, '/foreshock'), body: {} },
  get('list replica sets', apps(namespace, 'replicasets')),
  { what: 'scale a replica set', method: 'PATCH', path: apps(namespace, 'replicasets/x/scale'), body: { spec: { replicas: 9 } } },
  { what: 'delete an autoscaler', method: 'DELETE', path: hpas(namespace, '/gateway') },
  { what: 'make an autoscaler', method: 'POST', path: hpas(namespace), body: { metadata: { name: 'x' } } },
  { what: 'take a lease of another', method: 'PATCH', path: leases(own, '/other'), body: {} },
  { what: 'delete its lease', method: 'DELETE', path: leases(own, '/foreshock') },
  get('list leases', leases(own)),
  { what: 'make a lease elsewhere', method: 'POST', path: leases(namespace), body: { metadata: { name: 'x' } } },
  { what: 'make a role', method: 'POST', path: rbac(namespace, 'roles'), body: { metadata: { name: 'x' }, rules: [rule] } },
  { what: 'escalate its role', method: 'PATCH', path: rbac(own, 'roles/foreshock'), body: { rules: [rule] } },
  {
    what: 'bind a role',
    method: 'POST',
    path: rbac(namespace, 'rolebindings'),
    body: { metadata: { name: 'x' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' } },
  },
  { what: 'make itself a token', method: 'POST', path: core(own, 'serviceaccounts/foreshock/token'), body: { spec: {} } },
  { ...get('be somebody else', core(namespace, 'pods')), headers: { 'impersonate-user': 'admin' } },
  get('list config maps', core(own, 'configmaps')),
  get('list events', core(namespace, 'events')),
  get('list namespaces', '/api/v1/namespaces'),
  get('list nodes', '/api/v1/nodes'),
  get('list deployments of every namespace', '/apis/apps/v1/deployments'),
  get('list pods of a namespace it was not told of', core(elsewhere, 'pods')),
  get('list deployments of a namespace it was not told of', apps(elsewhere, 'deployments')),
];
