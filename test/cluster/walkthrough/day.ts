/** A day of payments with one fault, on processes that follow the pods of the Deployment. */
import { type Clock, sleep } from '../../../core/clock.ts';
import type { Children } from '../../../examples/fintech/demo/children.ts';
import { watchCpuWait } from '../../../examples/fintech/demo/cpu-wait.ts';
import { DAY_LENGTH_MS, LOAD_PER_REPLICA, OBJECTIVE, startLoad, waitFor } from '../../../examples/fintech/demo/fleet.ts';
import { PROCESS_TARGET, type Services, startServices } from '../../../examples/fintech/demo/services.ts';
import type { Terminal } from '../../../examples/fintech/demo/terminal.ts';
import { freeFintechPorts, freePorts } from '../../../examples/fintech/launch.ts';
import { createProcessTarget } from '../../../scaler/targets/process/index.ts';
import type { Cluster } from '../testbed/cluster.ts';
import type { Load, Sight } from './ahead.ts';
import { followPods } from './containers.ts';
import { FAULT, LOAD_MS, REPLICAS, TARGET, WORKLOAD } from './scene.ts';
import { watchReplicas } from './watching.ts';

const READY_LIMIT_MS = 60_000;
const SETTLE_MS = 4_000;
/** Six o'clock, when the load of the recorded days begins to rise. */
const MORNING_SHARE = 0.25;
/** What the command takes, about, on two cores: for the progress line alone. */
const EXPECTED_SECONDS = 175;

export interface Stage {
  readonly directory: string;
  readonly seed: number;
  readonly clock: Clock;
  readonly terminal: Terminal;
  readonly children: Children;
  readonly cluster: Cluster;
  /** Aborted when the command shall end, by a person or by a failure. */
  readonly signal: AbortSignal;
  /** Since the command began. */
  secondsSoFar(): number;
  /** Ends the command, with the reason. */
  fail(reason: string): void;
}

export const endIfStopped = ({ signal }: Pick<Stage, 'signal'>): void => {
  if (signal.aborted) throw new Error('stopped');
};

export const say = (stage: Stage, kind: 'fault' | 'page' | 'scale' | 'info', text: string): void =>
  stage.terminal.event(stage.secondsSoFar(), kind, text);

export const startPaymentServices = async (stage: Stage, otlpUrl: string): Promise<Services> => {
  const { directory, seed, clock, children, signal } = stage;
  const [proxy = 0, hostAdmin = 0] = await freePorts(2);
  const services = startServices(children, {
    directory,
    seed,
    runId: seed.toString(36),
    ports: { proxy, hostAdmin, services: await freeFintechPorts() },
    otlpUrl,
    replicas: REPLICAS.first,
    maxReplicas: REPLICAS.most,
  });
  await Promise.all(services.specs.map(({ name, readyUrl }) => waitFor(clock, name, readyUrl, READY_LIMIT_MS, signal)));
  await waitFor(clock, 'the gateway host', `${services.hostAdminUrl}/scale`, READY_LIMIT_MS, signal);
  return services;
};

const switchFault = async (services: Services, on: boolean): Promise<void> => {
  const { service, kind, share } = FAULT;
  const url = `${services.adminUrls[service]}/admin/faults`;
  const headers = { 'content-type': 'application/json' };
  const request = on ? { method: 'POST', headers, body: JSON.stringify({ kind, share }) } : { method: 'DELETE' };
  const response = await fetch(on ? url : `${url}/${kind}`, { ...request, signal: AbortSignal.timeout(5_000) });
  if (!response.ok) throw new Error(`switching ${kind} of ${service} answered ${response.status}`);
};

/** Payments as the recorded days have them; resolves with the time of the first one. */
const startPayments = (stage: Stage, services: Services, historyEndsAt: number, onSecond: (offered: number) => void): Promise<number> =>
  new Promise((resolve) => {
    const { directory, seed, clock, children, terminal } = stage;
    startLoad(children, services, {
      directory,
      config: {
        seed,
        dayLengthMs: DAY_LENGTH_MS,
        // Late start: the day goes on where it would have been, so that it stays in phase with the recorded ones.
        startPhase: Math.max(0, clock.now() - historyEndsAt) / DAY_LENGTH_MS,
        slowMs: OBJECTIVE.thresholdMs,
        surges: [],
      },
      onStart: resolve,
      onSecond({ offered, p95Ms, failed }) {
        onSecond(offered);
        terminal.progress(stage.secondsSoFar(), EXPECTED_SECONDS, `${offered} payments/s, p95 ${p95Ms ?? '-'} ms, ${failed} failed`);
      },
    });
    stage.signal.addEventListener('abort', () => resolve(Number.NaN), { once: true });
  });

export interface Day {
  readonly load: Load;
  readonly sights: readonly Sight[];
  readonly faultAt: number;
  readonly cpuWaitShare: number;
}

/** The payments go on after it returns, until the children are stopped; `follows` ends what looks at the pods. */
export const liveThroughADay = async (stage: Stage, services: Services, historyEndsAt: number, follows: AbortSignal): Promise<Day> => {
  const { clock, cluster, signal } = stage;
  const host = createProcessTarget({ adminUrl: services.hostAdminUrl, clock });
  followPods({ cluster, workload: WORKLOAD, host, hostTarget: PROCESS_TARGET, clock, signal: follows }).catch((problem: unknown) =>
    stage.fail(`processes could not follow the pods: ${String(problem)}`),
  );
  const sights: Sight[] = [];
  void watchReplicas(cluster, WORKLOAD, clock, follows, (now) => {
    const before = sights.at(-1);
    if (before !== undefined && (before.ordered !== now.ordered || before.ready !== now.ready))
      say(stage, 'scale', `${TARGET}: ${now.ordered} ordered, ${now.ready} Ready`);
    sights.push(now);
  });

  await sleep(clock, historyEndsAt - clock.now(), signal);
  const offered: number[] = [];
  const startedAt = await startPayments(stage, services, historyEndsAt, (payments) => offered.push(payments));
  endIfStopped(stage);
  const riseIn = (historyEndsAt + MORNING_SHARE * DAY_LENGTH_MS - startedAt) / 1_000;
  say(stage, 'info', `the first payment of a day of ${DAY_LENGTH_MS / 1_000} s; its morning begins to rise in ${riseIn.toFixed(0)} s`);

  const cpuWaitShare = watchCpuWait(stage.children, clock);
  const until = async (ms: number): Promise<void> => {
    await sleep(clock, Math.max(0, startedAt + ms - clock.now()), signal);
    endIfStopped(stage);
  };
  await until(FAULT.fromMs);
  const faultAt = clock.now();
  await switchFault(services, true);
  say(stage, 'fault', `fault: ${FAULT.share * 100} % errors at ${FAULT.service} (the agent is not told)`);
  await until(FAULT.untilMs);
  await switchFault(services, false);
  say(stage, 'fault', 'fault over');
  await until(LOAD_MS + SETTLE_MS);
  const load = { startedAt, offered: offered.slice(0, LOAD_MS / 1_000), perReplica: LOAD_PER_REPLICA };
  return { load, sights: [...sights], faultAt, cpuWaitShare: cpuWaitShare() };
};
