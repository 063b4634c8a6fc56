import type { IntakeSide } from '../collectors/intake/index.ts';
import { openKubernetesCollector } from '../collectors/kubernetes/index.ts';
import { type EventMemory, type NatsConnections, startNatsCollector } from '../collectors/nats/index.ts';
import { createOtlpReceiver } from '../collectors/otlp/index.ts';
import type { ChangeEvent } from '../core/change.ts';
import type { Clock } from '../core/clock.ts';
import type { KubernetesApi } from '../core/kubernetes-api.ts';
import { type Outcome, succeed } from '../core/outcome.ts';
import { seededRandom } from '../core/random.ts';
import { isOfCluster } from '../scaler/targets/registry.ts';
import type { Config } from './config/schema.ts';
import type { AgentPorts } from './ports.ts';

/** What every collector is built on. */
export interface CollectingGround {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: AgentPorts['log'];
  readonly intake: IntakeSide;
  /** Asked only where the configuration names a cluster. */
  readonly kubernetes: KubernetesApi;
  /** What somebody did on purpose. Resolves when it is on disk; the same id twice is one change. */
  readonly addChange: (change: ChangeEvent) => Promise<void>;
  /** Shared with the notifiers. */
  readonly nats: NatsConnections;
  /** Which business events were taken in, as of the restored state. */
  readonly eventMemory: EventMemory;
}

/** A collector at work. */
export interface OpenCollector {
  /** Where it listens; absent for one that pulls. */
  readonly port?: number;
  /** Where it listens for gRPC, if it does. */
  readonly grpcPort?: number;
  /** Stops taking, and resolves when what it took is acknowledged or given back. */
  close(): Promise<void>;
}

/** Resolves with undefined when the configuration does not ask for this collector. */
type Opening = (ground: CollectingGround) => Promise<Outcome<OpenCollector | undefined>>;

const openOtlp: Opening = async ({ config, clock, log, intake }) => {
  const { host, port, grpc } = config.otlp;
  const receiver = createOtlpReceiver(
    { host, port, grpcPort: grpc.port, tenant: config.tenant },
    { intake, clock, onBug: (error) => log.error({ err: error }, 'an export request met a bug; its sender keeps the data') },
  );
  const listening = await receiver.start();
  return listening.ok ? succeed({ ...listening.value, close: () => receiver.close() }) : listening;
};

const openNats: Opening = async ({ config, clock, log, intake, nats, eventMemory }) => {
  if (config.nats.length === 0) return succeed(undefined);
  const { step: stepMs, grace: graceMs, dayLength: dayLengthMs } = config.time;
  const scale = { tenant: config.tenant, stepMs, graceMs, dayLengthMs };
  // A server that is away is no reason not to start: reading begins when it comes.
  return succeed(startNatsCollector(config.nats, { ...scale, intake, memory: eventMemory, connections: nats, clock, log }));
};

const openKubernetes: Opening = async ({ config, clock, log, intake, addChange, kubernetes: api }) => {
  const { enabled, namespaces, nodes } = config.kubernetes;
  if (!enabled) return succeed(undefined);
  // What a workload is scaled by and what is known of its pods stand under one name.
  const services = new Map(config.scaling.filter(isOfCluster).map(({ target, scales, service }) => [target, scales ?? service]));
  const random = seededRandom(clock.now());
  const options = { tenant: config.tenant, stepMs: config.time.step, namespaces, nodes, services };
  return succeed(openKubernetesCollector(options, { api, clock, random, intake, addChange, log }));
};

/** One line a collector. */
const collectors = {
  otlp: openOtlp,
  nats: openNats,
  kubernetes: openKubernetes,
} satisfies Readonly<Record<string, Opening>>;

type CollectorName = keyof typeof collectors;

export interface Collecting {
  /** Undefined when this collector is not configured, or listens nowhere. */
  port(name: CollectorName): number | undefined;
  grpcPort(name: CollectorName): number | undefined;
  close(): Promise<void>;
}

/** Opens the doors of every collector that is configured; all of them, or none. */
export const openCollectors = async (ground: CollectingGround): Promise<Outcome<Collecting>> => {
  const open = new Map<CollectorName, OpenCollector>();
  const close = async (): Promise<void> => {
    await Promise.all([...open.values()].map((collector) => collector.close()));
  };
  for (const name of Object.keys(collectors) as CollectorName[]) {
    const opened = await collectors[name](ground);
    if (!opened.ok) {
      await close();
      return opened;
    }
    if (opened.value !== undefined) open.set(name, opened.value);
  }
  return succeed({ port: (name) => open.get(name)?.port, grpcPort: (name) => open.get(name)?.grpcPort, close });
};
