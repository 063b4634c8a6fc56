import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../core/clock.ts';
import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';
import type { HostConfig } from './host-config.ts';
import { createLeadTimeRecord, type LeadTimes } from './lead-times.ts';
import { createReplica, endChild, freePort, probe, type Replica, spawnReplica } from './replica.ts';
import { adjust, backOffMs, PROVEN_AFTER_MS, type Precondition, staleBecause } from './supervision.ts';

/** The scale subresource of a process host. */
export interface HostScale {
  readonly target: string;
  /** Another host, another uid: what was planned for the old one is refused. */
  readonly uid: string;
  /** Grows with every accepted order that changes the number of replicas. */
  readonly generation: number;
  readonly replicas: number;
  readonly ready: number;
  readonly startedAt: number;
  readonly maxReplicas: number;
  readonly leadTime: LeadTimes;
  /** Newest last; one entry a change of either number. */
  readonly history: readonly { readonly at: number; readonly replicas: number; readonly ready: number }[];
}

export interface HostEvent {
  readonly event: string;
  readonly [detail: string]: unknown;
}

export interface Supervisor {
  readonly replicas: readonly Replica[];
  scale(): HostScale;
  /** Takes an order that rests on what stands. */
  order(replicas: number, precondition: Precondition): Outcome<HostScale, Failure<'STALE_PLAN' | 'FORBIDDEN'>>;
  /** Starts the initial replicas. */
  start(): void;
  /** Ends every replica: drains for `drainMs` at most, then SIGTERM, then SIGKILL. */
  stop(drainMs: number): Promise<void>;
  /** SIGKILL to all, synchronously: for the last moment of the process. */
  killAll(): void;
}

const HISTORY_KEPT = 500;
const DRAIN_POLL_MS = 25;

export const createSupervisor = (config: HostConfig, clock: Clock, tell: (event: HostEvent) => void): Supervisor => {
  const uid = randomUUID();
  const startedAt = clock.now();
  const leadTimes = createLeadTimeRecord();
  const replicas: Replica[] = [];
  const history: { at: number; replicas: number; ready: number }[] = [];
  let desired = config.replicas;
  let generation = 1;
  let stopping = false;

  const readyCount = (): number => replicas.filter((replica) => replica.ready).length;

  const note = (): void => {
    const last = history.at(-1);
    const ready = readyCount();
    if (last?.replicas === desired && last.ready === ready) return;
    history.push({ at: clock.now(), replicas: desired, ready });
    if (history.length > HISTORY_KEPT) history.shift();
  };

  const becomeReady = (replica: Replica): void => {
    replica.state = 'ready';
    replica.readyAt = clock.now();
    if (replica.restarts === 0) leadTimes.record(replica.readyAt - replica.orderedAt);
    tell({ event: 'ready', replica: replica.index, port: replica.port, afterMs: replica.readyAt - replica.orderedAt });
    note();
  };

  const pollUntilReady = async (replica: Replica, child: Replica['child'], since: number): Promise<void> => {
    const ready = await probe(config, replica.port, Math.max(config.readyPollMs, 1_000));
    if (replica.child !== child || replica.state !== 'starting') return;
    if (ready) {
      becomeReady(replica);
      return;
    }
    if (clock.now() - since > config.readyTimeoutMs) {
      tell({ event: 'never-ready', replica: replica.index, afterMs: clock.now() - since });
      child?.kill('SIGKILL');
      return;
    }
    replica.cancel = clock.after(config.readyPollMs, () => void pollUntilReady(replica, child, since));
  };

  const crashed = (replica: Replica, how: string): void => {
    replica.cancel();
    const served = replica.readyAt === undefined ? 0 : clock.now() - replica.readyAt;
    replica.restarts = served >= PROVEN_AFTER_MS ? 1 : replica.restarts + 1;
    replica.state = 'crashed';
    replica.readyAt = undefined;
    replica.child = undefined;
    const wait = backOffMs(replica.restarts);
    tell({ event: 'crashed', replica: replica.index, how, restartInMs: wait });
    note();
    replica.cancel = clock.after(wait, () => {
      replica.state = 'starting';
      void launch(replica);
    });
  };

  const launch = async (replica: Replica): Promise<void> => {
    try {
      replica.port = await freePort(config.listenHost);
    } catch (error) {
      crashed(replica, String(error));
      return;
    }
    // While the port was sought, the replica may have been removed.
    if (replica.state !== 'starting') return;
    const child = spawnReplica(config, replica);
    replica.child = child;
    let over = false;
    const ended = (how: string): void => {
      if (over) return;
      over = true;
      if (replica.child === child && replica.state !== 'draining') crashed(replica, how);
    };
    child.once('error', (error) => ended(error.message));
    child.once('exit', (code, signal) => ended(signal ?? `exit code ${code}`));
    void pollUntilReady(replica, child, clock.now());
  };

  const drained = (replica: Replica, drainMs: number): Promise<void> =>
    new Promise((resolve) => {
      const until = clock.now() + drainMs;
      const look = (): void => {
        if (replica.inFlight === 0 || clock.now() >= until) resolve();
        else clock.after(DRAIN_POLL_MS, look);
      };
      look();
    });

  const remove = async (replica: Replica, drainMs: number): Promise<void> => {
    replica.cancel();
    replica.state = 'draining';
    note();
    await drained(replica, drainMs);
    await endChild(replica.child, config.killMs, clock);
    replica.agent.destroy();
    const position = replicas.indexOf(replica);
    if (position >= 0) replicas.splice(position, 1);
    tell({ event: 'removed', replica: replica.index });
  };

  const reconcile = (): void => {
    const { start, remove: surplus } = adjust(replicas, desired);
    for (const replica of surplus) void remove(replica, config.drainMs);
    for (const index of start) {
      const replica = createReplica(index, clock.now());
      replicas.push(replica);
      void launch(replica);
    }
    note();
  };

  const scale = (): HostScale => ({
    target: config.target,
    uid,
    generation,
    replicas: desired,
    ready: readyCount(),
    startedAt,
    maxReplicas: config.maxReplicas,
    leadTime: leadTimes.summary(),
    history,
  });

  return {
    replicas,
    scale,
    order(wanted, precondition) {
      const stale = staleBecause({ uid, generation, replicas: desired }, precondition);
      if (stale !== undefined) return fail('STALE_PLAN', `${config.target}: ${stale}`);
      if (stopping) return fail('FORBIDDEN', `${config.target}: the host is stopping`);
      if (wanted > config.maxReplicas)
        return fail('FORBIDDEN', `${config.target}: at most ${config.maxReplicas} replicas here, not ${wanted}`);
      if (wanted !== desired) {
        tell({ event: 'ordered', from: desired, to: wanted });
        desired = wanted;
        generation += 1;
        reconcile();
      }
      return succeed(scale());
    },
    start: reconcile,
    async stop(drainMs) {
      stopping = true;
      await Promise.all(
        replicas.map((replica) =>
          replica.state === 'draining' ? endChild(replica.child, config.killMs, clock) : remove(replica, drainMs),
        ),
      );
    },
    killAll() {
      for (const replica of replicas) replica.child?.kill('SIGKILL');
    },
  };
};
