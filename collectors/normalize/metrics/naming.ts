import { DECLINED_SHARE, FAILED_SHARE, OUTCOME, PAYMENTS } from '../../../core/business.ts';
import type { HarmDirection } from '../../../core/signal.ts';

/**
 * One spelling for what older SDKs and Prometheus call differently (OpenTelemetry semantic conventions 1.45 and the
 * names before; Prometheus writes underscores and unit suffixes). Keys are squashed names, see squash.
 */
const METRIC_ALIASES: Readonly<Record<string, string>> = {
  http_server_request_duration: 'http.server.request.duration',
  http_server_duration: 'http.server.request.duration',
  http_server_requests: 'http.server.request.duration',
  http_request_duration: 'http.server.request.duration',
  rpc_server_call_duration: 'rpc.server.call.duration',
  rpc_server_duration: 'rpc.server.call.duration',
  http_client_request_duration: 'http.client.request.duration',
  http_client_duration: 'http.client.request.duration',
  rpc_client_call_duration: 'rpc.client.call.duration',
  rpc_client_duration: 'rpc.client.call.duration',
  db_client_operation_duration: 'db.client.operation.duration',
  db_client_connection_count: 'db.client.connection.count',
  db_client_connections_usage: 'db.client.connection.count',
  db_client_connection_pending_requests: 'db.client.connection.pending_requests',
  db_client_connections_pending_requests: 'db.client.connection.pending_requests',
  messaging_publish_duration: 'messaging.client.operation.duration',
  k8s_deployment_available_pods: 'k8s.deployment.pod.available',
  k8s_deployment_desired_pods: 'k8s.deployment.pod.desired',
};

const ATTRIBUTE_ALIASES: Readonly<Record<string, string>> = {
  'http.method': 'http.request.method',
  'http.status_code': 'http.response.status_code',
  http_request_method: 'http.request.method',
  http_response_status_code: 'http.response.status_code',
  http_route: 'http.route',
  error_type: 'error.type',
  'net.peer.name': 'server.address',
  'db.system': 'db.system.name',
  'deployment.environment': 'deployment.environment.name',
};

/** They name a pod, a process or a machine: none outlives a rollout, so none is part of a model key. */
const INSTANCE_ATTRIBUTES = new Set(['service.instance.id', 'instance', 'pod', 'pod_name', 'hostname', 'host', 'node', 'nodename', 'job']);
const INSTANCE_PREFIXES = ['k8s.pod.', 'k8s.node.', 'k8s.replicaset.', 'host.', 'container.', 'process.pid', 'network.peer.', 'client.'];

const SERVER_DURATIONS = new Set(['http.server.request.duration', 'rpc.server.call.duration']);

const squash = (name: string): string =>
  name
    .replace(/[.-]/g, '_')
    .replace(/_total$/, '')
    .replace(/_(milli)?seconds$/, '');

export const canonicalMetric = (name: string): string => {
  const squashed = squash(name);
  return Object.hasOwn(METRIC_ALIASES, squashed) ? (METRIC_ALIASES[squashed] as string) : name;
};

/** Histograms that are RED by themselves. */
export const isServerDuration = (canonical: string): boolean => SERVER_DURATIONS.has(canonical);

const isInstance = (name: string): boolean => INSTANCE_ATTRIBUTES.has(name) || INSTANCE_PREFIXES.some((prefix) => name.startsWith(prefix));

/** Attributes that outlive pods, in today's spelling. */
export const modelAttributes = (attributes: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) {
    const canonical = Object.hasOwn(ATTRIBUTE_ALIASES, name) ? (ATTRIBUTE_ALIASES[name] as string) : name;
    if (!isInstance(canonical)) kept[canonical] = value;
  }
  return kept;
};

const SECONDS: Readonly<Record<string, number>> = { s: 1, seconds: 1, ms: 1e-3, milliseconds: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9, min: 60 };

/** Seconds of one unit of a duration metric; undefined when it measures no time. */
export const secondsPerUnit = (name: string, unit: string): number | undefined => {
  if (Object.hasOwn(SECONDS, unit)) return SECONDS[unit];
  if (unit !== '') return undefined;
  if (/_milliseconds$/.test(name)) return 1e-3;
  if (/_seconds$/.test(name)) return 1;
  // The conventions before 1.20 measured these in milliseconds.
  if (name === 'http.server.duration' || name === 'rpc.server.duration') return 1e-3;
  return isServerDuration(canonicalMetric(name)) ? 1 : undefined;
};

/** Pressure of one instance: its mean over instances says how full an instance is, its sum only how many there are. */
const PER_INSTANCE = /^(process|jvm|dotnet|nodejs|v8js|system|container|k8s|go|python)[._]/;
/** What waits or is held somewhere adds up over instances. */
const POOL_OR_QUEUE = /^db[._]client[._]connection|pending_requests|queue/;

/** Whether the service's value is the sum of its instances' (up-down counters, pools, queues) or their mean. */
export const sumsOverInstances = (name: string, type: 'gauge' | 'sum'): boolean =>
  POOL_OR_QUEUE.test(name) || (type === 'sum' && !PER_INSTANCE.test(name));

/** gRPC status codes that are the server's fault (semantic conventions for RPC spans). */
const RPC_SERVER_ERRORS = new Set([
  '2',
  '4',
  '12',
  '13',
  '14',
  '15',
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
]);

/** Whether the points of a server histogram with these attributes count as errors. */
export const isErrorStream = (attributes: Readonly<Record<string, string>>): boolean => {
  const status = attributes['http.response.status_code'];
  if (status !== undefined && status !== '') return Number(status) >= 500;
  const rpc = attributes['rpc.response.status_code'] ?? attributes['rpc.grpc.status_code'];
  if (rpc !== undefined && rpc !== '') return RPC_SERVER_ERRORS.has(rpc);
  const type = attributes['error.type'];
  return type !== undefined && type !== '';
};

/** Fewer approved payments hurt; fewer declined or failed ones do not, and more of those show in their share. */
export const eventHarm = (metric: string, attributes: Readonly<Record<string, string>>): HarmDirection =>
  metric === PAYMENTS && attributes[OUTCOME] === 'approved' ? 'fall' : 'none';

const ADVERSE_SHARES: Readonly<Record<string, string>> = { declined: DECLINED_SHARE, failed: FAILED_SHARE };

/** The signal that tells which share of all payments ended like these; undefined where a rise of it hurts nobody. */
export const shareOf = (metric: string, attributes: Readonly<Record<string, string>>): string | undefined => {
  const outcome = attributes[OUTCOME] ?? '';
  return metric === PAYMENTS && Object.hasOwn(ADVERSE_SHARES, outcome) ? ADVERSE_SHARES[outcome] : undefined;
};
