import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../agent/config/load.ts';
import { goldenOf, goldenPath } from './goldens.ts';
import {
  CHART,
  DASHBOARDS,
  HELM,
  helm,
  jsonIn,
  type KubernetesObject,
  NAMESPACE,
  objectsOf,
  RELEASE,
  render,
  template,
  VALUES_FILES,
} from './helm.ts';
import { faultsOf, podsOf, rightsOf } from './policy.ts';

const set = (values: object): readonly string[] =>
  Object.entries(values).flatMap(([key, value]) => ['--set-json', `${key}=${JSON.stringify(value)}`]);

describe.skipIf(HELM === undefined)('the chart, rendered by helm (FORESHOCK_HELM, the test bed or the path)', () => {
  it('passes the strict lint with every file of values', () => {
    const linted = helm('lint', '--strict', CHART, ...VALUES_FILES.flatMap(([, path]) => ['--values', path]));
    expect(linted.stdout + linted.stderr).toContain('0 chart(s) failed');
    for (const [, path] of VALUES_FILES) expect(helm('lint', '--strict', CHART, '--values', path).ok).toBe(true);
  });

  it.each(VALUES_FILES)('renders %s as it did', (name, path) => {
    expect(goldenOf(path)).toBe(readFileSync(goldenPath(name), 'utf8'));
  });

  it.each(VALUES_FILES)('keeps every rule of the house with %s', (_, path) => {
    const faults = faultsOf(objectsOf(render('--values', path)));
    expect(faults).toEqual([]);
  });

  it.each([
    [{ securityContext: { readOnlyRootFilesystem: false } }, 'container foreshock: its root file system is read-only'],
    [{ 'podSecurityContext.runAsUser': 0 }, 'runs as a numbered user that is not root'],
    [{ 'resources.limits': null }, 'container foreshock: limits memory'],
    [{ extraVolumes: [{ name: 'host', hostPath: { path: '/' } }] }, 'mounts only what restricted allows'],
    [{ 'networkPolicy.extraEgress': [{}] }, 'names where it may go, and to which port'],
    [{ 'networkPolicy.enabled': false }, 'is under a network policy'],
  ])('and the rules notice %j', (values, fault) => {
    expect(faultsOf(objectsOf(render(...set(values)))).join('\n')).toContain(fault);
  });

  it.each(VALUES_FILES)('gives the agent a configuration it accepts with %s', (_, path) => {
    const map = objectsOf(render('--values', path)).find(({ kind, data }) => kind === 'ConfigMap' && data['foreshock.yaml'] !== undefined);
    const config = parseConfig(map?.data['foreshock.yaml'], 'foreshock.yaml');
    expect(config.ok ? 'accepted' : config.error.message).toBe('accepted');
    if (config.ok)
      expect(config.value).toMatchObject({ dataDirectory: '/var/lib/foreshock', api: { tokenFile: '/run/secrets/foreshock/token' } });
  });

  const READS = [
    'apps/deployments: get list watch',
    'apps/statefulsets: get list watch',
    'autoscaling/horizontalpodautoscalers: list watch',
    '/pods: list watch',
  ];
  const LEASE = ['coordination.k8s.io/leases [foreshock]: get update', 'coordination.k8s.io/leases: create'];
  const scaled = (kind: string, target: string, mode: string): object => ({
    kind,
    target,
    service: 'payments/gateway',
    loadPerReplica: 100,
    maxReplicas: 12,
    mode,
  });
  it.each([
    ['observe', 'observe', { payments: READS, shop: READS }],
    ['propose', 'propose', { payments: READS, shop: READS }],
    ['act', 'observe', { payments: READS, shop: READS, [NAMESPACE]: LEASE }],
    [
      'act',
      'act',
      {
        payments: [...READS, 'apps/deployments/scale [gateway]: update', 'apps/deployments [gateway]: patch'],
        shop: [...READS, 'autoscaling/horizontalpodautoscalers: patch'],
        [NAMESPACE]: LEASE,
      },
    ],
  ])('gives mode %s, with targets of mode %s, exactly its rights, where they are needed', (mode, targetMode, rights) => {
    const scaling = [scaled('scale', 'deployment/payments/gateway', targetMode), scaled('hpa-floor', 'statefulset/shop/cart', targetMode)];
    const objects = objectsOf(render(...set({ mode, 'kubernetes.namespaces': ['payments'], 'config.scaling': scaling })));
    expect(rightsOf(objects)).toEqual(rights);
    const bound = objects.filter(({ kind }) => kind === 'RoleBinding');
    expect(bound.map(({ roleRef, metadata }) => [roleRef.kind, roleRef.name, metadata.namespace])).toEqual(
      objects.filter(({ kind }) => kind === 'Role').map(({ metadata }) => ['Role', metadata.name, metadata.namespace]),
    );
    for (const { subjects } of bound) expect(subjects).toEqual([{ kind: 'ServiceAccount', name: RELEASE, namespace: NAMESPACE }]);
  });

  it('reads nodes only when asked to, which alone needs a ClusterRole', () => {
    const clusterWide = (values: object): readonly string[] =>
      objectsOf(render(...set(values)))
        .filter(({ kind }) => kind.startsWith('Cluster'))
        .map(({ kind }) => kind);
    expect(clusterWide({ mode: 'act' })).toEqual([]);
    expect(clusterWide({ 'kubernetes.nodes': true })).toEqual(['ClusterRole', 'ClusterRoleBinding']);
    expect(clusterWide({ 'kubernetes.nodes': true, 'kubernetes.enabled': false })).toEqual([]);
  });

  it('can stand twice in a cluster under one name, also where both read the same namespaces', () => {
    const shared = (namespace: string): readonly string[] => {
      const values = { mode: 'act', 'kubernetes.namespaces': ['payments'], 'kubernetes.nodes': true, 'admissionPolicy.enabled': true };
      return objectsOf(render('--namespace', namespace, ...set(values)))
        .filter(({ metadata }) => metadata.namespace !== namespace)
        .map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`);
    };
    const [first, second] = [shared('observability'), shared('staging')];
    expect(first.length).toBe(second.length);
    expect(first.length).toBeGreaterThanOrEqual(8);
    expect(first.filter((object) => second.includes(object))).toEqual([]);
  });

  it('gives every object a name of its own, however long that of the release is', () => {
    const names = objectsOf(render(...set({ fullnameOverride: 'a'.repeat(63), 'config.scaling': [], mode: 'act' }))).map(
      ({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`,
    );
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('has policies of admission only when asked to, in mode act, and for the agent alone', () => {
    const policies = (values: object): readonly KubernetesObject[] =>
      objectsOf(render(...set(values))).filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'));
    expect(policies({ mode: 'act' })).toEqual([]);
    expect(policies({ 'admissionPolicy.enabled': true })).toEqual([]);
    const asked = policies({
      mode: 'act',
      'admissionPolicy.enabled': true,
      'config.scaling': [scaled('scale', 'deployment/shop/cart', 'act')],
    });
    const [workloads, , ...bindings] = asked;
    expect(bindings.map(({ kind }) => kind)).toEqual(['ValidatingAdmissionPolicyBinding', 'ValidatingAdmissionPolicyBinding']);
    expect(workloads?.spec.matchConditions).toEqual([
      { name: 'asked-by-the-agent', expression: `request.userInfo.username == 'system:serviceaccount:${NAMESPACE}:${RELEASE}'` },
    ]);
    expect(JSON.stringify(workloads?.spec.validations)).toContain("request.name == 'cart'");
  });

  it('mounts no token and makes no Role where the Kubernetes API is not read', () => {
    const objects = objectsOf(render(...set({ 'kubernetes.enabled': false, mode: 'act' })));
    expect(podsOf(objects).map(({ spec }) => spec.automountServiceAccountToken)).toEqual([false, false]);
    expect(rightsOf(objects)).toEqual({});
    const policy = objects.find(({ kind }) => kind === 'NetworkPolicy');
    expect(JSON.stringify(policy?.spec.egress)).not.toContain('6443');
  });

  it('opens the ports that the configuration names, and no others', () => {
    const notifiers = [
      { kind: 'webhook', url: 'https://alerts.example.com/x' },
      { kind: 'webhook', name: 'b', url: 'http://bridge:9000' },
    ];
    const objects = objectsOf(
      render(...set({ 'config.notifiers': notifiers, 'config.api.publicUrl': 'https://me.example.com:7777', 'kubernetes.enabled': false })),
    );
    const egress = objects.find(({ kind }) => kind === 'NetworkPolicy')?.spec.egress;
    expect(egress.map((rule: { ports: { port: number }[] }) => rule.ports.map(({ port }) => port))).toEqual([
      [53, 53],
      [443, 9000],
    ]);
  });

  it.each([
    ['Slack, whose address stands in a file', { kind: 'slack', urlFile: '/run/secrets/foreshock/slack' }, [443]],
    ['PagerDuty, whose address nobody wrote', { kind: 'pagerduty', routingKeyFile: '/run/secrets/foreshock/key' }, [443]],
    [
      'PagerDuty behind a gateway, and nothing else',
      { kind: 'pagerduty', routingKeyFile: '/run/secrets/foreshock/key', url: 'http://gateway:8443/v2/enqueue' },
      [8443],
    ],
  ])('lets the agent reach %s, also where the Kubernetes API is closed', (_, notifier, ports) => {
    const objects = objectsOf(render(...set({ 'config.notifiers': [notifier], 'kubernetes.enabled': false })));
    const egress = objects.find(({ kind }) => kind === 'NetworkPolicy')?.spec.egress;
    expect(egress.map((rule: { ports: { port: number }[] }) => rule.ports.map(({ port }) => port))).toEqual([[53, 53], ports]);
  });

  it('restarts the pod when the configuration changes, and not when only a label of the service does', () => {
    const checksum = (values: object): unknown => {
      const agent = objectsOf(render(...set(values))).find(({ kind }) => kind === 'StatefulSet');
      return agent?.spec.template.metadata.annotations['checksum/config'];
    };
    expect(checksum({ 'service.annotations': { a: 'b' } })).toBe(checksum({}));
    expect(checksum({ 'config.logLevel': 'debug' })).not.toBe(checksum({}));
  });

  it('carries each dashboard whole', () => {
    const maps = objectsOf(render()).filter(({ metadata }) => metadata.labels?.grafana_dashboard === '1');
    expect(maps.flatMap(({ data }) => Object.keys(data)).sort()).toEqual(jsonIn(DASHBOARDS));
    for (const { data } of maps) {
      for (const [name, text] of Object.entries<string>(data)) {
        expect(JSON.parse(text)).toEqual(JSON.parse(readFileSync(join(DASHBOARDS, name), 'utf8')));
      }
    }
  });

  it.each([
    [{ mdoe: 'act' }, "additional properties 'mdoe' not allowed"],
    [{ mode: 'yolo' }, "at '/mode'"],
    [{ replicaCount: 2 }, "at '/replicaCount'"],
    [{ 'image.tag': 'latest' }, "at '/image/tag'"],
    [{ 'image.digest': 'sha256:12' }, "at '/image/digest'"],
    [{ 'persistence.size': '20 gigabytes' }, "at '/persistence/size'"],
    [{ 'service.port': 70_000 }, "at '/service/port'"],
    [{ 'kubernetes.namespaces': ['*'] }, "at '/kubernetes/namespaces/0'"],
    [{ 'serviceMonitor.interval': 'often' }, "at '/serviceMonitor/interval'"],
    [{ 'config.time.step': 'often' }, "at '/config/time/step'"],
    [{ 'config.tiem': {} }, "at '/config': additional properties 'tiem' not allowed"],
    [{ 'config.api.host': '127.0.0.1' }, "at '/config/api': additional properties 'host' not allowed"],
    [{ 'config.api.tokenFile': '/x' }, "at '/config/api': additional properties 'tokenFile' not allowed"],
    [{ 'config.dataDirectory': '/x' }, "at '/config': additional properties 'dataDirectory' not allowed"],
    [{ 'config.otlp.port': 1 }, "at '/config/otlp': additional properties 'port' not allowed"],
    [{ 'config.objectives': [{ name: 'a' }] }, "at '/config/objectives/0'"],
    [{ 'config.notifiers': [{ kind: 'pigeon' }] }, "at '/config/notifiers/0"],
    [{ 'ingress.enabled': true }, 'ingress.hosts is empty'],
    [{ 'serviceAccount.create': false }, 'every pod of the namespace without one runs as `default`'],
    [{ podLabels: { 'app.kubernetes.io/name': 'x' } }, 'podLabels: app.kubernetes.io/name belongs to the chart'],
    [
      {
        'config.scaling': [
          { kind: 'process', target: 'process/a', adminUrl: 'http://a', service: 'a', loadPerReplica: 1, maxReplicas: 2 },
          { kind: 'process', target: 'process/b', adminUrl: 'http://b', service: 'b', loadPerReplica: 1, maxReplicas: 2, mode: 'act' },
        ],
      },
      'config.scaling[1].mode is act, but mode is observe',
    ],
    [
      { 'kubernetes.enabled': false, 'config.scaling': [scaled('scale', 'deployment/payments/gateway', 'observe')] },
      'config.scaling[0].target is deployment/payments/gateway, but kubernetes.enabled is false',
    ],
    [{ 'config.scaling': [scaled('scale', 'gateway', 'observe')] }, "at '/config/scaling/0"],
    [{ 'config.kubernetes.namespaces': ['payments'] }, "additional properties 'namespaces' not allowed"],
    [{ 'config.kubernetes.nodes': true }, "additional properties 'nodes' not allowed"],
  ])('refuses %j and names the field', (values, message) => {
    const { ok, stderr } = template(...set(values));
    expect(ok).toBe(false);
    expect(stderr).toContain(message);
  });

  it('takes the values of the version before, which lack what is new', () => {
    expect(render(...set({ admissionPolicy: null }))).toContain('kind: StatefulSet');
  });

  it('refuses policies of admission where Kubernetes has none', () => {
    const { ok, stderr } = template('--kube-version', '1.29.4', ...set({ 'admissionPolicy.enabled': true }));
    expect(ok).toBe(false);
    expect(stderr).toContain('admissionPolicy.enabled is true, but ValidatingAdmissionPolicy is stable only from Kubernetes 1.30 on');
  });

  it.each([{ global: { region: 'eu' } }, { enabled: true }])('may be a part of another chart: %j', (values) => {
    expect(template(...set(values)).ok).toBe(true);
  });

  it('tells the reader how to go on', () => {
    const notes = (values: object): string =>
      helm('install', RELEASE, CHART, '--namespace', NAMESPACE, '--dry-run=client', ...set(values)).stdout;
    expect(notes({})).toMatch(
      /reads, tells, and writes nothing[\s\S]*OTEL_EXPORTER_OTLP_ENDPOINT=http:\/\/foreshock\.observability:4318[\s\S]*Nobody is told yet/,
    );
    expect(notes({ mode: 'act', 'persistence.enabled': false })).toMatch(
      /it writes replicas[\s\S]*foreshock release[\s\S]*WARNING: persistence.enabled is false/,
    );
    expect(notes({ 'service.type': 'LoadBalancer' })).toContain('WARNING: service.type LoadBalancer opens OTLP too');
    expect(notes({ 'ingress.enabled': true, 'ingress.hosts': [{ host: 'a.example.com' }] })).toContain('WARNING: the ingress has no TLS');
  });
});
