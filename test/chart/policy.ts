import type { KubernetesObject } from './helm.ts';

// biome-ignore lint/suspicious/noExplicitAny: parts of manifests of many kinds
type Part = any;

interface Pod {
  readonly where: string;
  readonly spec: Part;
  readonly labels: Readonly<Record<string, string>>;
}

const nameOf = ({ kind, metadata }: KubernetesObject): string => `${kind}/${metadata.name}`;

export const podsOf = (objects: readonly KubernetesObject[]): readonly Pod[] =>
  objects.flatMap((object) => {
    if (object.kind === 'Pod') return [{ where: nameOf(object), spec: object.spec, labels: object.metadata.labels ?? {} }];
    const pod = object.spec?.template ?? object.spec?.jobTemplate?.spec?.template;
    return pod?.spec === undefined ? [] : [{ where: nameOf(object), spec: pod.spec, labels: pod.metadata?.labels ?? {} }];
  });

type Rule = readonly [what: string, holds: boolean];

const broken = (where: string, rules: readonly Rule[]): readonly string[] =>
  rules.filter(([, holds]) => !holds).map(([what]) => `${where}: ${what}`);

const sameKeys = (value: object | undefined, keys: readonly string[]): boolean =>
  JSON.stringify(Object.keys(value ?? {}).sort()) === JSON.stringify([...keys].sort());

const SELECTOR_LABELS = ['app.kubernetes.io/name', 'app.kubernetes.io/instance'];
const LABELS = [...SELECTOR_LABELS, 'app.kubernetes.io/component', 'app.kubernetes.io/part-of', 'app.kubernetes.io/managed-by'];
/** The kinds of volumes that the Pod Security Standard `restricted` allows and that we have a use for. */
const VOLUMES = ['configMap', 'secret', 'emptyDir', 'persistentVolumeClaim', 'projected'];
const NAMESPACED = [
  'ConfigMap',
  'Secret',
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'Service',
  'StatefulSet',
  'Ingress',
  'NetworkPolicy',
  'PodDisruptionBudget',
  'ServiceMonitor',
  'PrometheusRule',
  'Pod',
];
/** Nodes are in no namespace; reading them is asked for by name. */
const readsNodesAlone = ({ kind, rules }: KubernetesObject): boolean =>
  kind === 'ClusterRoleBinding' || JSON.stringify(rules) === '[{"apiGroups":[""],"resources":["nodes"],"verbs":["list","watch"]}]';
/** So do policies; ours say nothing about anybody but the agent. */
const narrowsTheAgentAlone = ({ kind, spec }: KubernetesObject): boolean =>
  kind === 'ValidatingAdmissionPolicyBinding' ||
  (kind === 'ValidatingAdmissionPolicy' &&
    spec.matchConditions.some(({ expression }: Part) => /^request\.userInfo\.username == 'system:serviceaccount:[^']+'$/.test(expression)));
const belongsToNoNamespace = (object: KubernetesObject): boolean => readsNodesAlone(object) || narrowsTheAgentAlone(object);
const FORBIDDEN_VERBS = ['*', 'bind', 'escalate', 'impersonate', 'deletecollection', 'delete'];
const FORBIDDEN_RESOURCES = /^(\*|secrets|serviceaccounts.*|pods\/.*|roles|rolebindings|clusterroles|.*\/\*|nodes.*)$/;

const containerFaults = (where: string, container: Part): readonly string[] => {
  const { securityContext = {}, resources = {}, image = '', name } = container;
  return broken(`${where} container ${name}`, [
    ['allowPrivilegeEscalation is false', securityContext.allowPrivilegeEscalation === false],
    ['privileged is not set', securityContext.privileged !== true],
    ['drops all capabilities', JSON.stringify(securityContext.capabilities?.drop) === '["ALL"]'],
    ['adds no capability', securityContext.capabilities?.add === undefined],
    ['its root file system is read-only', securityContext.readOnlyRootFilesystem === true],
    ['is not root', securityContext.runAsNonRoot === true && securityContext.runAsUser !== 0],
    ['requests CPU and memory', resources.requests?.cpu !== undefined && resources.requests?.memory !== undefined],
    ['limits memory', resources.limits?.memory !== undefined],
    ['its image has a tag or a digest', /(:[\w.-]+|@sha256:[0-9a-f]{64})$/.test(image)],
    ['its image is not latest', !image.endsWith(':latest')],
    ['takes no port of the host', (container.ports ?? []).every((port: Part) => port.hostPort === undefined)],
  ]);
};

const podFaults = ({ where, spec }: Pod): readonly string[] => [
  ...broken(where, [
    ['no namespace of the host', [spec.hostNetwork, spec.hostPID, spec.hostIPC].every((host) => host !== true)],
    ['runAsNonRoot is true', spec.securityContext?.runAsNonRoot === true],
    ['runs as a numbered user that is not root', spec.securityContext?.runAsUser > 0],
    ['seccomp is RuntimeDefault', spec.securityContext?.seccompProfile?.type === 'RuntimeDefault'],
    ['says whether it gets a token', typeof spec.automountServiceAccountToken === 'boolean'],
    [
      'mounts only what restricted allows',
      (spec.volumes ?? []).every(
        ({ name: _, ...kind }: Part) =>
          sameKeys(
            kind,
            VOLUMES.filter((allowed) => allowed in kind),
          ) && !sameKeys(kind, []),
      ),
    ],
  ]),
  ...['initContainers', 'containers', 'ephemeralContainers'].flatMap((list) =>
    (spec[list] ?? []).flatMap((container: Part) => containerFaults(where, container)),
  ),
];

const roleFaults = (object: KubernetesObject): readonly string[] => {
  if (!Array.isArray(object.rules) || readsNodesAlone(object)) return [];
  return object.rules.flatMap((rule: Part) => [
    ...rule.verbs.filter((verb: string) => FORBIDDEN_VERBS.includes(verb)).map((verb: string) => `${nameOf(object)}: verb ${verb}`),
    ...rule.resources
      .filter((resource: string) => FORBIDDEN_RESOURCES.test(resource))
      .map((resource: string) => `${nameOf(object)}: resource ${resource}`),
    ...(rule.apiGroups.includes('*') ? [`${nameOf(object)}: every API group`] : []),
  ]);
};

const selectorOf = ({ kind, spec }: KubernetesObject): object | undefined => {
  if (kind === 'Service') return spec.selector;
  if (kind === 'NetworkPolicy') return spec.podSelector.matchLabels;
  return spec?.selector?.matchLabels;
};

const objectFaults = (object: KubernetesObject): readonly string[] => {
  const selector = selectorOf(object);
  return broken(nameOf(object), [
    ['is of a kind that lives in a namespace', NAMESPACED.includes(object.kind) || belongsToNoNamespace(object)],
    ['names its namespace', object.metadata.namespace !== undefined || belongsToNoNamespace(object)],
    ['has a name of at most 63 letters', object.metadata.name.length <= 63],
    ['has the labels everything has', LABELS.every((label) => object.metadata.labels?.[label] !== undefined)],
    ['selects by name and instance alone', selector === undefined || sameKeys(selector, SELECTOR_LABELS)],
  ]);
};

const policyFaults = (objects: readonly KubernetesObject[]): readonly string[] => {
  const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy');
  const agent = podsOf(objects).filter(({ where }) => where.startsWith('StatefulSet/'));
  return [
    ...agent.flatMap(({ where, labels }) =>
      broken(where, [
        [
          'is under a network policy',
          policies.some(({ spec }) => Object.entries(spec.podSelector.matchLabels).every(([label, value]) => labels[label] === value)),
        ],
      ]),
    ),
    ...policies.flatMap((policy) =>
      broken(nameOf(policy), [
        ['denies both ways by default', JSON.stringify([...policy.spec.policyTypes].sort()) === '["Egress","Ingress"]'],
        [
          'names who may come in, and where',
          (policy.spec.ingress ?? []).every((rule: Part) => rule.from?.length > 0 && rule.ports?.length > 0),
        ],
        [
          'names where it may go, and to which port',
          (policy.spec.egress ?? []).every((rule: Part) => rule.to?.length > 0 && rule.ports?.length > 0),
        ],
      ]),
    ),
  ];
};

/** Every rule of the house that these manifests break, in words; none when all hold. */
export const faultsOf = (objects: readonly KubernetesObject[]): readonly string[] => [
  ...objects.flatMap(objectFaults),
  ...objects.flatMap(roleFaults),
  ...podsOf(objects).flatMap(podFaults),
  ...policyFaults(objects),
];

/** "group/resource [names]: verbs" of each rule in every Role, by namespace. */
export const rightsOf = (objects: readonly KubernetesObject[]): Readonly<Record<string, readonly string[]>> => {
  const rights: Record<string, string[]> = {};
  for (const object of objects.filter(({ kind }) => kind === 'Role')) {
    const namespace = object.metadata.namespace ?? '';
    for (const { apiGroups, resources, resourceNames, verbs } of object.rules as readonly Part[]) {
      const only = resourceNames === undefined ? '' : ` [${resourceNames.join(' ')}]`;
      for (const group of apiGroups)
        for (const resource of resources)
          rights[namespace] = [...(rights[namespace] ?? []), `${group}/${resource}${only}: ${verbs.join(' ')}`];
    }
  }
  return rights;
};
