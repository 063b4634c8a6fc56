import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { type Clock, sleep } from '../../../core/clock.ts';
import { capacityPerReplica, freeFintechPorts, freePorts, loadGenerator } from '../launch.ts';
import type { LoadConfig } from '../load-generator.ts';
import type { SecondReport } from '../load-report.ts';
import type { Child, Children } from './children.ts';
import { NAMESPACE } from './schedule.ts';
import { PROCESS_TARGET, type ServicesPorts, STEP_MS, startServices } from './services.ts';

/** What a payment must take at most to be good, and the share that must be: the objective of the demo. */
export const OBJECTIVE = { name: 'payments', share: 0.95, thresholdMs: 800 } as const;
export const DAY_LENGTH_MS = 120_000;
/** From ordering a gateway replica to its first answer: import, tables, first probe; measured about 4 s, taken with reserve. */
export const LEAD_MS = 6_000;
/** A replica at this share of its saturation keeps the objective: queues stay short. */
export const USABLE_SHARE = 0.8;
export const LOAD_PER_REPLICA = capacityPerReplica() * USABLE_SHARE;
export const MAX_REPLICAS = 10;
const MIN_REPLICAS = 1;
/** V8 takes what it is given: bounds of the heap as a container's limit would call for. */
const AGENT_MEMORY = ['--max-semi-space-size=4', '--max-old-space-size=160'];
/** Before the first plan: enough for the night. */
const FIRST_REPLICAS = 2;

export interface FleetPorts extends ServicesPorts {
  readonly api: number;
  readonly otlp: number;
}

export interface FleetOptions {
  readonly directory: string;
  readonly seed: number;
  readonly runId: string;
  readonly ports: FleetPorts;
  readonly sinkUrl: string;
  readonly controlUrl: string | undefined;
  readonly recordingPath: string | undefined;
  /** When the recorded days end: when the load begins. */
  readonly historyEndsAt: number;
  readonly scales: boolean;
}

const script = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

export const fleetPorts = async (preferred: { readonly api: number; readonly otlp: number }): Promise<FleetPorts> => {
  const services = await freeFintechPorts();
  const [proxy = 0, hostAdmin = 0, spareApi = 0, spareOtlp = 0] = await freePorts(4);
  return {
    services,
    proxy,
    hostAdmin,
    api: (await isFree(preferred.api)) ? preferred.api : spareApi,
    otlp: (await isFree(preferred.otlp)) ? preferred.otlp : spareOtlp,
  };
};

const isFree = async (port: number): Promise<boolean> => {
  const { createServer } = await import('node:net');
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
};

/** The configuration of the agent in the demo: what a user would write, with a short day. */
const agentConfig = (options: FleetOptions): unknown => ({
  time: { step: STEP_MS / 1000, dayLength: DAY_LENGTH_MS / 1000, grace: 1 },
  dataDirectory: join(options.directory, 'data'),
  otlp: { port: options.ports.otlp, grpc: { port: 0 } },
  api: { port: options.ports.api },
  dimensions: {
    slices: [
      ['payment.provider'],
      ['payment.issuer'],
      ['payment.provider', 'payment.issuer'],
      ['payment.rail'],
      ['payment.tenant'],
      ['service.version'],
    ],
  },
  budgets: { falsePagesPerServiceWeek: 0.05 },
  objectives: [
    {
      name: OBJECTIVE.name,
      service: `${NAMESPACE}/gateway`,
      kind: 'latency',
      objective: OBJECTIVE.share,
      threshold: OBJECTIVE.thresholdMs / 1000,
      window: '1d',
    },
  ],
  notifiers: [{ kind: 'webhook', url: options.sinkUrl }],
  scaling: [
    {
      target: PROCESS_TARGET,
      adminUrl: `http://127.0.0.1:${options.ports.hostAdmin}`,
      service: `${NAMESPACE}/ingress`,
      signal: 'ingress.requests',
      scales: `${NAMESPACE}/gateway`,
      loadPerReplica: LOAD_PER_REPLICA,
      minReplicas: MIN_REPLICAS,
      maxReplicas: MAX_REPLICAS,
      risk: 0.005,
      lead: LEAD_MS / 1000,
      stabilization: 8,
      up: { replicas: 4, percent: 200, window: 1 },
      down: { replicas: 2, percent: 50, window: 2 },
      mode: options.scales ? 'act' : 'observe',
    },
  ],
  history: options.recordingPath === undefined ? {} : { recording: options.recordingPath, endsAt: options.historyEndsAt },
  ...(options.controlUrl === undefined ? {} : { demo: { controlUrl: options.controlUrl } }),
  logLevel: 'warn',
});

const answers = async (url: string): Promise<boolean> => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
};

export const waitFor = async (clock: Clock, what: string, url: string, timeoutMs: number, signal: AbortSignal): Promise<void> => {
  const until = clock.elapsedMs() + timeoutMs;
  while (!(await answers(url))) {
    if (signal.aborted) throw new Error('stopped');
    if (clock.elapsedMs() > until) throw new Error(`${what} did not become ready within ${timeoutMs / 1000} s`);
    await sleep(clock, 100, signal);
  }
};

export interface Fleet {
  readonly agent: Child;
  readonly apiUrl: string;
  readonly proxyUrl: string;
  readonly hostAdminUrl: string;
  readonly adminUrls: Readonly<Record<string, string>>;
  readonly dataDirectory: string;
  /** Once every process takes requests. */
  ready(clock: Clock, signal: AbortSignal): Promise<void>;
  startAgent(): Child;
}

export const startFleet = (children: Children, options: FleetOptions): Fleet => {
  const { ports, directory } = options;
  const configPath = join(directory, 'foreshock.yaml');
  writeFileSync(configPath, stringify(agentConfig(options)));
  const startAgent = (): Child =>
    children.start({
      name: 'agent',
      command: process.execPath,
      args: [...AGENT_MEMORY, script('agent/cli/foreshock.js'), 'run', '--config', configPath],
    });
  const agent = startAgent();

  const { specs, proxyUrl, hostAdminUrl, adminUrls } = startServices(children, {
    directory,
    seed: options.seed,
    runId: options.runId,
    ports,
    otlpUrl: `http://127.0.0.1:${ports.otlp}`,
    replicas: FIRST_REPLICAS,
    maxReplicas: MAX_REPLICAS,
  });
  const apiUrl = `http://127.0.0.1:${ports.api}`;
  return {
    agent,
    apiUrl,
    proxyUrl,
    hostAdminUrl,
    adminUrls,
    dataDirectory: join(directory, 'data'),
    startAgent,
    async ready(clock, signal) {
      await waitFor(clock, 'the agent', `${apiUrl}/healthz`, 30_000, signal);
      await Promise.all(specs.map((service) => waitFor(clock, service.name, service.readyUrl, 30_000, signal)));
      const until = clock.elapsedMs() + 60_000;
      for (;;) {
        if (signal.aborted) throw new Error('stopped');
        const scale = await hostScale(hostAdminUrl);
        // The agent may already have ordered fewer than the first ones: one that answers is enough to begin.
        if (scale !== undefined && scale.ready >= 1) return;
        if (clock.elapsedMs() > until) throw new Error('the gateway replicas did not become ready within 60 s');
        await sleep(clock, 100, signal);
      }
    },
  };
};

export interface HostScale {
  readonly replicas: number;
  readonly ready: number;
  readonly leadTime?: { readonly p90Ms?: number };
  readonly history: readonly { readonly at: number; readonly replicas: number; readonly ready: number }[];
}

export const hostScale = async (hostAdminUrl: string): Promise<HostScale | undefined> => {
  try {
    const response = await fetch(`${hostAdminUrl}/scale`, { signal: AbortSignal.timeout(2_000) });
    return (await response.json()) as HostScale;
  } catch {
    return undefined;
  }
};

export const startLoad = (
  children: Children,
  fleet: Pick<Fleet, 'proxyUrl'>,
  options: {
    readonly directory: string;
    readonly config: Omit<LoadConfig, 'url'>;
    readonly onSecond: (second: SecondReport) => void;
    readonly onStart: (at: number) => void;
  },
): Child => {
  const path = join(options.directory, 'load.json');
  writeFileSync(path, JSON.stringify({ ...options.config, url: fleet.proxyUrl, parentPid: process.pid }));
  return children.start({
    ...loadGenerator(path),
    // It counts its seconds by a clock of its own, which may reach the end a moment before ours.
    endsByItself: true,
    onLine(line) {
      const report = JSON.parse(line) as { readonly event?: string; readonly startedAt?: number; readonly second?: number };
      if (report.event === 'started' && report.startedAt !== undefined) options.onStart(report.startedAt);
      else if (report.second !== undefined) options.onSecond(report as unknown as SecondReport);
    },
  });
};
