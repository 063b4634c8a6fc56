import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FintechPorts, fintechServices, gatewayReplica, type ProcessSpec } from '../launch.ts';
import type { Children } from './children.ts';
import { NAMESPACE } from './schedule.ts';

export const PROCESS_TARGET = 'process/gateway';
export const STEP_MS = 1_000;

export interface ServicesPorts {
  readonly proxy: number;
  readonly hostAdmin: number;
  readonly services: FintechPorts;
}

export interface ServicesOptions {
  readonly directory: string;
  readonly seed: number;
  readonly runId: string;
  readonly ports: ServicesPorts;
  readonly otlpUrl: string;
  /** Gateway replicas at the start. */
  readonly replicas: number;
  readonly maxReplicas: number;
}

export interface Services {
  /** Those behind the gateway. */
  readonly specs: readonly ProcessSpec[];
  readonly proxyUrl: string;
  readonly hostAdminUrl: string;
  readonly adminUrls: Readonly<Record<string, string>>;
}

/** Replica arguments as the process host fills them in for each replica. */
const replicaTemplate = (options: ServicesOptions): { readonly command: string; readonly args: readonly string[] } => {
  const spec = gatewayReplica(
    {
      otlpUrl: options.otlpUrl,
      ports: options.ports.services,
      seed: options.seed,
      exportIntervalMs: STEP_MS,
      parentPid: process.pid,
      runId: options.runId,
    },
    { ordinal: 0, port: 0, adminPort: 0 },
  );
  const args = [...spec.args];
  const set = (flag: string, value: string): void => {
    args[args.indexOf(flag) + 1] = value;
  };
  set('--port', '{port}');
  set('--instance', `gateway-{index}-${options.runId}`);
  return { command: spec.command, args };
};

/** The payment services as processes, and the host that keeps the gateway replicas and spreads payments over them. */
export const startServices = (children: Children, options: ServicesOptions): Services => {
  const { directory, ports, otlpUrl, replicas, maxReplicas } = options;
  const specs = fintechServices({
    otlpUrl,
    ports: ports.services,
    seed: options.seed,
    exportIntervalMs: STEP_MS,
    parentPid: process.pid,
    runId: options.runId,
  });
  for (const spec of specs) children.start(spec);

  const hostPath = join(directory, 'gateway-host.json');
  writeFileSync(
    hostPath,
    JSON.stringify({
      target: PROCESS_TARGET,
      ...replicaTemplate(options),
      proxyPort: ports.proxy,
      adminPort: ports.hostAdmin,
      replicas,
      maxReplicas,
      readyPath: '/readyz',
      telemetry: { otlpUrl, service: 'ingress', namespace: NAMESPACE, exportIntervalMs: STEP_MS },
      parentPid: process.pid,
    }),
  );
  children.start({
    name: 'gateway-host',
    command: process.execPath,
    args: [fileURLToPath(new URL('../../../scaler/targets/process/host.js', import.meta.url)), '--config', hostPath],
  });
  return {
    specs,
    proxyUrl: `http://127.0.0.1:${ports.proxy}`,
    hostAdminUrl: `http://127.0.0.1:${ports.hostAdmin}`,
    adminUrls: Object.fromEntries(specs.map((spec) => [spec.name, spec.adminUrl])),
  };
};
