import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { ServiceName } from './config.ts';

/** The services behind the gateway: one process each. */
export type BackingService = Exclude<ServiceName, 'gateway'>;
export const BACKING_SERVICES: readonly BackingService[] = ['ledger', 'risk', 'psp-north', 'psp-south', 'router'];

export interface ServicePorts {
  readonly port: number;
  readonly adminPort: number;
}
export type FintechPorts = Readonly<Record<BackingService, ServicePorts>>;

/** How to start one process, and where it will be. The caller spawns it and sends SIGTERM to end it. */
export interface ProcessSpec {
  /** Unique: the service's name, or gateway-N. Also its service.instance.id. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Base URL of the payment port. */
  readonly url: string;
  /** GET answers 200 once it takes payments, 503 before. */
  readonly readyUrl: string;
  /** Base URL of the admin port: /admin/faults and the service's own routes. */
  readonly adminUrl: string;
  /** Prometheus text format; only the router has it. */
  readonly metricsUrl?: string;
}

export interface FintechOptions {
  /** OTLP/HTTP receiver without path; absent: no export. */
  readonly otlpUrl?: string;
  readonly ports: FintechPorts;
  readonly seed: number;
  readonly exportIntervalMs: number;
  /** Stretches the gateway's start-up: 1 is about 3 s. */
  readonly timeScale?: number;
  /** The processes end when this one is gone. */
  readonly parentPid?: number;
  /** service.version of all; a deploy is a new version. */
  readonly version?: string;
  /** Makes instance ids unique between runs. */
  readonly runId?: string;
}

export interface GatewayReplicaOptions {
  readonly ordinal: number;
  readonly port: number;
  readonly adminPort: number;
  readonly slots?: number;
  readonly maxQueue?: number;
  readonly version?: string;
}

/**
 * Payments a second that one gateway replica carries when it is saturated: slots / time a payment holds a slot.
 * Two slots; 155 ms: 68 ms own work, the rest calls to ledger, risk, router and provider. A machine whose cores are
 * all taken carries a little less, because timers fire late.
 */
export const SLOT_TIME_MS = 155;
export const SLOTS_PER_REPLICA = 2;
export const capacityPerReplica = (slots: number = SLOTS_PER_REPLICA): number => slots / (SLOT_TIME_MS / 1_000);

const HOST = '127.0.0.1';
const scriptNamed = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const urlOf = (port: number): string => `http://${HOST}:${port}`;

const flags = (options: Readonly<Record<string, string | number | undefined>>): readonly string[] =>
  Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, String(value)]));

const peers = (ports: FintechPorts, names: readonly BackingService[]): readonly string[] =>
  names.flatMap((name) => ['--peer', `${name}=${urlOf(ports[name].port)}`]);

const CALLS: Readonly<Record<ServiceName, readonly BackingService[]>> = {
  gateway: ['ledger', 'risk', 'router'],
  router: ['psp-north', 'psp-south'],
  ledger: [],
  risk: [],
  'psp-north': [],
  'psp-south': [],
};

const processSpec = (
  service: ServiceName,
  name: string,
  own: ServicePorts,
  options: FintechOptions,
  more: readonly string[] = [],
): ProcessSpec => ({
  name,
  command: process.execPath,
  args: [
    scriptNamed('service.js'),
    ...flags({
      service,
      instance: options.runId === undefined ? name : `${name}-${options.runId}`,
      port: own.port,
      'admin-port': own.adminPort,
      'otlp-url': options.otlpUrl,
      seed: options.seed,
      'export-interval-ms': options.exportIntervalMs,
      'time-scale': options.timeScale,
      'parent-pid': options.parentPid,
      version: options.version,
    }),
    ...peers(options.ports, CALLS[service]),
    ...more,
  ],
  env: {},
  url: urlOf(own.port),
  readyUrl: `${urlOf(own.port)}/readyz`,
  adminUrl: urlOf(own.adminPort),
  ...(service === 'router' && { metricsUrl: `${urlOf(own.adminPort)}/metrics` }),
});

/** The five services behind the gateway. They may start in any order. */
export const fintechServices = (options: FintechOptions): readonly ProcessSpec[] =>
  BACKING_SERVICES.map((service) => processSpec(service, service, options.ports[service], options));

/** One replica of the gateway. */
export const gatewayReplica = (options: FintechOptions, replica: GatewayReplicaOptions): ProcessSpec => {
  const { ordinal, port, adminPort, slots, maxQueue, version } = replica;
  return processSpec(
    'gateway',
    `gateway-${ordinal}`,
    { port, adminPort },
    version === undefined ? options : { ...options, version },
    flags({ slots, 'max-queue': maxQueue }),
  );
};

/** The load generator: takes the file written from a LoadConfig. */
export const loadGenerator = (configFile: string): Pick<ProcessSpec, 'name' | 'command' | 'args' | 'env'> => ({
  name: 'load-generator',
  command: process.execPath,
  args: [scriptNamed('load-generator.js'), '--config', configFile],
  env: {},
});

/** Ports that were free a moment ago on the loopback interface. */
export const freePorts = async (count: number): Promise<readonly number[]> => {
  const servers = Array.from({ length: count }, () => createServer().listen(0, HOST));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
};

export const freeFintechPorts = async (): Promise<FintechPorts> => {
  const ports = await freePorts(BACKING_SERVICES.length * 2);
  const pairs = BACKING_SERVICES.map(
    (service, index) => [service, { port: ports[2 * index] ?? 0, adminPort: ports[2 * index + 1] ?? 0 }] as const,
  );
  return Object.fromEntries(pairs) as Record<BackingService, ServicePorts>;
};
