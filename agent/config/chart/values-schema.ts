import { z } from 'zod';

const texts = z.record(z.string(), z.string());
/** Parts of a Kubernetes object that are handed through as they are; the API server judges them. */
const object = z.record(z.string(), z.unknown());
const objects = z.array(object);
const port = z.int().min(1).max(65_535);
const quantity = z.union([z.string().regex(/^\d+(\.\d+)?([EPTGMk]i?|m)?$/, 'expected a quantity like 500Mi, 20Gi or 250m'), z.number()]);
const time = z.string().regex(/^(\d+(ms|[smhd]))+$/, 'expected a duration like 30s');
const quantities = z.record(z.string(), quantity);

const image = z
  .strictObject({
    registry: z.string().default('').describe('Registry, without a slash at the end; empty: as the container runtime resolves the name'),
    repository: z.string().min(1).default('foreshock').describe('Repository'),
    tag: z
      .string()
      .regex(/^[\w.-]{0,128}$/, 'expected a tag')
      .default('')
      .meta({
        description: 'Tag; empty: the version of the chart. `latest` is refused: nobody could say later what ran',
        not: { const: 'latest' },
      }),
    digest: z
      .string()
      .regex(/^(sha256:[0-9a-f]{64})?$/, 'expected sha256: and 64 hexadecimal digits')
      .default('')
      .describe('Digest, `sha256:...`; wins over the tag'),
    pullPolicy: z.enum(['IfNotPresent', 'Always', 'Never']).default('IfNotPresent').describe('When it is pulled'),
  })
  .prefault({})
  .describe('Container image');

const persistence = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('Keep the data in a volume. Without one, a new pod knows nothing and the decision log is gone'),
    size: quantity.default('20Gi').describe('Size of the volume'),
    storageClass: z.string().default('').describe("Storage class; empty: the cluster's default; `-`: none"),
    accessModes: z.array(z.string()).min(1).default(['ReadWriteOnce']).describe('Access modes of the volume'),
    existingClaim: z.string().default('').describe('Name of a claim that exists already; then none is made'),
  })
  .prefault({})
  .describe('Where everything the agent remembers lies');

const probe = (what: string, periodSeconds: number, failureThreshold: number) =>
  z
    .strictObject({
      periodSeconds: z.int().min(1).default(periodSeconds).describe('How often it is asked'),
      timeoutSeconds: z.int().min(1).default(3).describe('How long an answer may take'),
      failureThreshold: z.int().min(1).default(failureThreshold).describe('Failures in a row that count'),
    })
    .prefault({})
    .describe(what);

const networkPolicy = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Deny every connection but those below'),
    otlpFrom: objects
      .default([{ namespaceSelector: {} }])
      .describe('Who may send telemetry (peers of a NetworkPolicy); every pod of the cluster by default'),
    apiFrom: objects
      .default([{ podSelector: {} }])
      .describe('Who may reach the API and the page beside ingress and monitoring; pods of the same namespace by default'),
    metricsFrom: objects
      .default([{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }])
      .describe('Who may scrape /metrics; opened only with `serviceMonitor.enabled`'),
    ingressControllerFrom: objects
      .default([{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } }])
      .describe('Where the ingress controller runs; opened only with `ingress.enabled`'),
    dns: z
      .strictObject({
        to: objects
          .default([{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }])
          .describe('Where names are resolved. With a DNS cache on the node, add its address as an ipBlock'),
        port: port.default(53).describe('Port, UDP and TCP'),
      })
      .prefault({})
      .describe('Name resolution'),
    apiServer: z
      .strictObject({
        to: objects
          .default([{ ipBlock: { cidr: '0.0.0.0/0' } }, { ipBlock: { cidr: '::/0' } }])
          .describe('Addresses of the API server; narrow them to yours'),
        ports: z.array(port).min(1).default([443, 6443]).describe('Its ports: that of the service, and that of the endpoints behind it'),
      })
      .prefault({})
      .describe('Kubernetes API; opened only when the pod has a token'),
    outboundTo: objects
      // Link-local addresses, and the one of the instance metadata of AWS that is not: they hand out the node's own rights.
      .default([
        { ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.0.0/16'] } },
        { ipBlock: { cidr: '::/0', except: ['fe80::/10', 'fd00:ec2::254/128'] } },
      ])
      .describe('Where the addresses in `config` (webhooks, NATS, admin interfaces) may lie; only the ports they name are opened'),
    extraIngress: objects.default([]).describe('Further ingress rules'),
    extraEgress: objects.default([]).describe('Further egress rules'),
  })
  .prefault({})
  .describe('Network policy of the pod');

/** The values of the chart. `config` stands here as a place; the schema of the agent is put into it. */
export const valuesSchema = z.strictObject({
  mode: z
    .enum(['observe', 'propose', 'act'])
    .default('observe')
    .describe(
      'What the agent may do in the cluster. observe: read. propose: as observe today, since nobody can approve yet. act: also write the replicas of the workloads that config.scaling names, and of no others',
    ),
  config: object
    .default({})
    .describe(
      'Configuration of the agent: docs/configuration.md lists every key. Addresses to listen on, the data directory and the token file belong to the chart',
    )
    .meta({
      examples: [
        {
          dimensions: { slices: [['payment.provider']] },
          objectives: [{ name: 'payments', service: 'payments/gateway', kind: 'latency', threshold: '400ms', objective: 0.99 }],
          notifiers: [
            { kind: 'webhook', url: 'https://alerts.example.com/foreshock', headersFile: '/run/secrets/foreshock/webhook.headers' },
          ],
        },
      ],
    }),
  existingSecret: z
    .string()
    .default('')
    .describe(
      'A Secret with the key `token`: what callers of the API send (16 characters or more). Its other keys are files too, under /run/secrets/foreshock. Empty: one with a random token is made',
    ),
  kubernetes: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Read workloads from the Kubernetes API. Without it the pod gets no token and no rights'),
      namespaces: z
        .array(z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'expected the name of a namespace'))
        .max(500)
        .default([])
        .describe('Namespaces that are read; empty: that of the release. Each gets a Role, and so does each namespace of `config.scaling`'),
      nodes: z
        .boolean()
        .default(false)
        .describe('Report nodes that become unready. Nodes are in no namespace: this alone makes a ClusterRole, which may read nodes'),
    })
    .prefault({})
    .describe('The cluster around the agent'),
  replicaCount: z
    .int()
    .min(0)
    .max(1)
    .default(1)
    .describe('Agents: one, or none to pause. Samples reach one process, so a second would learn from half of them'),
  image,
  imagePullSecrets: z
    .array(z.strictObject({ name: z.string().min(1) }))
    .default([])
    .describe('Secrets for the registry'),
  nameOverride: z.string().max(63).default('').describe('Replaces the name of the chart in names and labels'),
  fullnameOverride: z.string().max(63).default('').describe('Replaces the whole name of every object'),
  bindAddress: z.string().min(1).default('0.0.0.0').describe('Address to listen on inside the pod; `::` for IPv6 and dual stack'),
  serviceAccount: z
    .strictObject({
      create: z.boolean().default(true).describe('Make one'),
      name: z
        .string()
        .default('')
        .describe('Its name; empty: that of the release. When none is made it has to be named, or the rights would be those of `default`'),
      annotations: texts.default({}).describe('Its annotations'),
    })
    .prefault({})
    .describe('Service account of the pod'),
  rbac: z
    .strictObject({
      create: z.boolean().default(true).describe('Make Roles and RoleBindings for the mode; without them somebody else has to'),
    })
    .prefault({})
    .describe('Rights'),
  admissionPolicy: z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .describe(
          'Have the API server hold the agent to less than RBAC can say: of a workload it scales only annotations of ours and at most `maxReplicas`, of an autoscaler only its floor. Two objects without a namespace (ValidatingAdmissionPolicy), so whoever installs needs rights on them; Kubernetes 1.30',
        ),
    })
    .prefault({})
    .describe('Admission policy for what the agent writes in mode act'),
  podAnnotations: texts.default({}).describe('Annotations of the pod'),
  podLabels: texts.default({}).describe('Labels of the pod'),
  podSecurityContext: object
    .default({
      runAsNonRoot: true,
      runAsUser: 10_001,
      runAsGroup: 10_001,
      fsGroup: 10_001,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    })
    .describe('Security of the pod; as it is, the pod runs under the Pod Security Standard `restricted`'),
  securityContext: object
    .default({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      privileged: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
    })
    .describe('Security of each container'),
  service: z
    .strictObject({
      type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer']).default('ClusterIP').describe('Kind of service'),
      port: port.default(8080).describe('Port of the API, the page and /metrics'),
      otlpGrpcPort: port.default(4317).describe('Port of OTLP over gRPC'),
      otlpHttpPort: port.default(4318).describe('Port of OTLP over HTTP'),
      annotations: texts.default({}).describe('Its annotations'),
    })
    .prefault({})
    .describe('Service in front of the pod'),
  ingress: z
    .strictObject({
      enabled: z.boolean().default(false).describe('Make one, for the API and the page. OTLP is never behind it'),
      className: z.string().default('').describe('Ingress class'),
      annotations: texts.default({}).describe('Its annotations'),
      hosts: z
        .array(
          z.strictObject({
            host: z.string().min(1),
            paths: z
              .array(
                z.strictObject({
                  path: z.string().default('/'),
                  pathType: z.enum(['Prefix', 'Exact', 'ImplementationSpecific']).default('Prefix'),
                }),
              )
              .default([{ path: '/', pathType: 'Prefix' }]),
          }),
        )
        .default([])
        .describe('Host names and their paths'),
      tls: objects.default([]).describe('Certificates'),
    })
    .prefault({})
    .describe('Ingress'),
  resources: z
    .strictObject({ requests: quantities.optional(), limits: quantities.optional(), claims: objects.optional() })
    .default({ requests: { cpu: '250m', memory: '512Mi' }, limits: { memory: '1Gi' } })
    .describe('Resources. No CPU limit: a throttled agent closes its steps late. docs/installing.md has sizes'),
  nodeSelector: texts.default({}).describe('Nodes it may run on'),
  tolerations: objects.default([]).describe('Taints it tolerates'),
  affinity: object.default({}).describe('Affinity'),
  topologySpreadConstraints: objects.default([]).describe('Spread over zones or nodes'),
  priorityClassName: z.string().default('').describe('Priority class'),
  terminationGracePeriodSeconds: z
    .int()
    .min(1)
    .default(60)
    .describe('Time to write the last snapshot. What it cuts off is read from the log at the next start'),
  persistence,
  startupProbe: probe('The doors open after the log has been read again: this allows ten minutes', 10, 60),
  livenessProbe: probe('GET /healthz', 10, 6),
  readinessProbe: probe('GET /readyz', 5, 3),
  extraEnv: objects.default([]).describe('Further environment variables'),
  extraVolumes: objects.default([]).describe('Further volumes'),
  extraVolumeMounts: objects.default([]).describe('Where they are mounted'),
  serviceMonitor: z
    .strictObject({
      enabled: z.boolean().default(false).describe('Make one; needs the Prometheus operator'),
      interval: time.default('30s').describe('How often it is scraped'),
      scrapeTimeout: time.default('10s').describe('How long a scrape may take'),
      labels: texts.default({}).describe('Labels by which your Prometheus selects it'),
    })
    .prefault({})
    .describe('ServiceMonitor for the metrics of the agent'),
  prometheusRule: z
    .strictObject({
      enabled: z.boolean().default(false).describe('Make one; needs the Prometheus operator'),
      labels: texts.default({}).describe('Labels by which your Prometheus selects it'),
      alertLabels: texts.default({}).describe('Labels put on every alert, for your routing'),
    })
    .prefault({})
    .describe('Alerts on the agent itself'),
  dashboards: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Make one ConfigMap a dashboard'),
      labels: texts.default({ grafana_dashboard: '1' }).describe("Labels by which Grafana's sidecar finds them"),
      annotations: texts.default({}).describe('Annotations, for example the folder'),
    })
    .prefault({})
    .describe('Grafana dashboards'),
  networkPolicy,
  podDisruptionBudget: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Make one'),
      maxUnavailable: z
        .union([z.int().min(0), z.string().regex(/^\d+%$/)])
        .default(1)
        .describe('Pods that may be away during a drain: 1 lets drains go on, 0 makes them wait for a person'),
    })
    .prefault({})
    .describe('Pod disruption budget'),
  global: object.optional().describe('Values of a chart that depends on this one; not read'),
  enabled: z.boolean().optional().describe('For the `condition` of a chart that depends on this one; not read'),
});
