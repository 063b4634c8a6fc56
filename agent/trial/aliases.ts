/**
 * What services, statuses and replicas are called in the Prometheus histories that exist: OpenTelemetry's names as they are
 * translated (dots to underscores, units as suffixes), its names before 1.20, the habits of client libraries, meshes and
 * ingresses, kube-state-metrics. Data: a name that is missing here is a line, not code.
 */

export interface ServiceLabels {
  readonly name: string;
  readonly namespace?: string;
}

export interface ErrorLabel {
  readonly label: string;
  /** Regular expression of the values that are the server's fault. */
  readonly values: string;
  /** What values of such a label look like: a status of "success" or "error" is not an HTTP status. */
  readonly known: RegExp;
}

/** One way in which requests are counted. Earlier ones are preferred where a service has several. */
export interface RequestSource {
  readonly id: string;
  readonly title: string;
  /** Counter of requests: of a histogram its _count. */
  readonly counter: string;
  /** Histogram or summary of durations, without its suffix. */
  readonly duration?: { readonly base: string; readonly secondsPerUnit: number };
  /** Label matchers that every query carries. */
  readonly matchers: string;
  /** Whether its labels, the first that are set, are the called service. */
  readonly services: readonly ServiceLabels[];
  readonly errors: readonly ErrorLabel[];
}

const SERVICES: readonly ServiceLabels[] = [
  { name: 'service_name', namespace: 'service_namespace' },
  { name: 'service.name', namespace: 'service.namespace' },
  // A collector's own address is under job; what it passes on is under exported_job.
  { name: 'exported_service', namespace: 'exported_namespace' },
  { name: 'exported_job', namespace: 'exported_namespace' },
  { name: 'service', namespace: 'namespace' },
  { name: 'app_kubernetes_io_name', namespace: 'namespace' },
  { name: 'app', namespace: 'namespace' },
  { name: 'job', namespace: 'namespace' },
];

const HTTP_ERRORS: readonly ErrorLabel[] = [
  'http_response_status_code',
  'http.response.status_code',
  'http_status_code',
  'status_code',
  'status',
  'code',
  'response_code',
]
  .map((label): ErrorLabel => ({ label, values: '5..|5xx|5XX', known: /^[1-5](\d\d|xx|XX)$/ }))
  .concat([
    { label: 'error_type', values: '.+', known: /^/ },
    { label: 'outcome', values: 'SERVER_ERROR', known: /^[A-Z_]+$/ },
  ]);

/** Codes that are the server's fault (semantic conventions for RPC spans), as names and as numbers. */
const RPC_VALUES =
  'UNKNOWN|DEADLINE_EXCEEDED|UNIMPLEMENTED|INTERNAL|UNAVAILABLE|DATA_LOSS|Unknown|DeadlineExceeded|Unimplemented|Internal|Unavailable|DataLoss|2|4|12|13|14|15';
const RPC_ERRORS: readonly ErrorLabel[] = ['rpc_response_status_code', 'rpc_grpc_status_code', 'grpc_code', 'error_type'].map((label) => ({
  label,
  values: label === 'error_type' ? '.+' : RPC_VALUES,
  known: label === 'error_type' ? /^/ : /^(\d{1,2}|[A-Za-z_]+)$/,
}));

const histogram = (title: string, base: string, secondsPerUnit: number, more: Partial<RequestSource> = {}): RequestSource => ({
  id: base,
  title,
  counter: `${base}_count`,
  duration: { base, secondsPerUnit },
  matchers: '',
  services: SERVICES,
  errors: HTTP_ERRORS,
  ...more,
});

const ISTIO: Partial<RequestSource> = {
  // Both ends of a call report it; the destination's view counts each once.
  matchers: 'reporter="destination"',
  services: [
    { name: 'destination_canonical_service', namespace: 'destination_workload_namespace' },
    { name: 'destination_workload', namespace: 'destination_workload_namespace' },
    { name: 'destination_service_name', namespace: 'destination_service_namespace' },
  ],
};
const NGINX: Partial<RequestSource> = {
  services: [
    { name: 'exported_service', namespace: 'exported_namespace' },
    { name: 'service', namespace: 'namespace' },
    { name: 'ingress', namespace: 'namespace' },
  ],
};
const TRAEFIK: Partial<RequestSource> = { services: [{ name: 'exported_service' }, { name: 'service' }] };

export const REQUEST_SOURCES: readonly RequestSource[] = [
  histogram('OpenTelemetry HTTP server', 'http_server_request_duration_seconds', 1),
  histogram('OpenTelemetry HTTP server, no unit suffix', 'http_server_request_duration', 1),
  histogram('OpenTelemetry HTTP server, untranslated', 'http.server.request.duration', 1),
  histogram('OpenTelemetry HTTP server before 1.20', 'http_server_duration_milliseconds', 1e-3),
  histogram('OpenTelemetry HTTP server before 1.20, no unit suffix', 'http_server_duration', 1e-3),
  histogram('Spring Boot', 'http_server_requests_seconds', 1),
  histogram('client library habit', 'http_request_duration_seconds', 1),
  histogram('client library habit', 'http_request_duration_milliseconds', 1e-3),
  {
    id: 'http_requests_total',
    title: 'client library habit',
    counter: 'http_requests_total',
    matchers: '',
    services: SERVICES,
    errors: HTTP_ERRORS,
  },
  histogram('OpenTelemetry RPC server', 'rpc_server_call_duration_seconds', 1, { errors: RPC_ERRORS }),
  histogram('OpenTelemetry RPC server before 1.40', 'rpc_server_duration_milliseconds', 1e-3, { errors: RPC_ERRORS }),
  histogram('gRPC middleware', 'grpc_server_handling_seconds', 1, { counter: 'grpc_server_handled_total', errors: RPC_ERRORS }),
  histogram('Istio', 'istio_request_duration_milliseconds', 1e-3, { ...ISTIO, counter: 'istio_requests_total' }),
  histogram('ingress-nginx', 'nginx_ingress_controller_request_duration_seconds', 1, {
    ...NGINX,
    counter: 'nginx_ingress_controller_requests',
  }),
  histogram('Traefik', 'traefik_service_request_duration_seconds', 1, { ...TRAEFIK, counter: 'traefik_service_requests_total' }),
];

/** Pools and queues: they page nobody and say where a service is stuck. */
export const PRESSURE_GAUGES: readonly string[] = [
  'db_client_connection_pending_requests',
  'db_client_connections_pending_requests',
  'hikaricp_connections_pending',
  'tomcat_threads_busy_threads',
];

/** Who calls whom, as a mesh or the service graph connector counts it. */
export const CALL_SOURCES: readonly {
  readonly counter: string;
  readonly matchers: string;
  readonly caller: ServiceLabels;
  readonly callee: ServiceLabels;
}[] = [
  {
    counter: 'istio_requests_total',
    matchers: 'reporter="destination"',
    caller: { name: 'source_canonical_service', namespace: 'source_workload_namespace' },
    callee: { name: 'destination_canonical_service', namespace: 'destination_workload_namespace' },
  },
  { counter: 'traces_service_graph_request_total', matchers: '', caller: { name: 'client' }, callee: { name: 'server' } },
];

export interface ReplicaSource {
  readonly kind: 'Deployment' | 'StatefulSet';
  readonly ready: string;
  readonly ordered: string;
  readonly name: string;
  readonly namespace: string;
}

export const REPLICA_SOURCES: readonly ReplicaSource[] = [
  {
    kind: 'Deployment',
    ready: 'kube_deployment_status_replicas_ready',
    ordered: 'kube_deployment_spec_replicas',
    name: 'deployment',
    namespace: 'namespace',
  },
  {
    kind: 'StatefulSet',
    ready: 'kube_statefulset_status_replicas_ready',
    ordered: 'kube_statefulset_replicas',
    name: 'statefulset',
    namespace: 'namespace',
  },
  {
    kind: 'Deployment',
    ready: 'k8s_deployment_available',
    ordered: 'k8s_deployment_desired',
    name: 'k8s_deployment_name',
    namespace: 'k8s_namespace_name',
  },
];

/** kube-state-metrics 2 and what it was called before. */
export const AUTOSCALER_SOURCES: readonly { readonly prefix: string; readonly name: string }[] = [
  { prefix: 'kube_horizontalpodautoscaler', name: 'horizontalpodautoscaler' },
  { prefix: 'kube_hpa', name: 'hpa' },
];

/** Labels of an alert that may name a service, most telling first. */
export const ALERT_SERVICE_LABELS: readonly string[] = [
  'service_name',
  'service',
  'exported_service',
  'destination_workload',
  'destination_service_name',
  'deployment',
  'statefulset',
  'workload',
  'app',
  'app_kubernetes_io_name',
  'exported_job',
  'job',
  'pod',
  'container',
];

/** Alerts that say the alerting works, or silence others: nobody is woken by them. */
export const ALERTS_FOR_NOBODY: ReadonlySet<string> = new Set(['Watchdog', 'DeadMansSwitch', 'InfoInhibitor']);
/** Severities that by convention wake a person; an alert without a severity is taken to. */
export const PAGING_SEVERITIES: ReadonlySet<string> = new Set([
  '',
  'critical',
  'page',
  'pager',
  'emergency',
  'high',
  'error',
  'fatal',
  'p1',
  'p2',
  'sev1',
  'sev2',
]);

/** Every name that a query may ask for. */
export const KNOWN_NAMES: readonly string[] = [
  ...REQUEST_SOURCES.flatMap(({ counter, duration }) => [
    counter,
    ...(duration === undefined ? [] : ['_count', '_sum', '_bucket'].map((suffix) => `${duration.base}${suffix}`)),
  ]),
  ...PRESSURE_GAUGES,
  ...CALL_SOURCES.map(({ counter }) => counter),
  ...REPLICA_SOURCES.flatMap(({ ready, ordered }) => [ready, ordered]),
  ...AUTOSCALER_SOURCES.flatMap(({ prefix }) =>
    ['spec_min_replicas', 'spec_max_replicas', 'spec_target_metric', 'info'].map((suffix) => `${prefix}_${suffix}`),
  ),
];
