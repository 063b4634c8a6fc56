import { mkdirSync, rmSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { AgentState } from '../../../agent/api/contract.ts';
import { type Clock, sleep } from '../../../core/clock.ts';
import type { SecondReport } from '../load-report.ts';
import { type Child, createChildren, processUse } from './children.ts';
import { type ControlState, reportChange, startControl, switchOff, switchOn } from './control.ts';
import { watchCpuWait } from './cpu-wait.ts';
import { DAY_LENGTH_MS, type Fleet, fleetPorts, type HostScale, hostScale, OBJECTIVE, startFleet, startLoad } from './fleet.ts';
import type { ReceivedPage } from './judge.ts';
import type { DemoSchedule } from './schedule.ts';
import { startSink } from './sink.ts';
import type { Terminal } from './terminal.ts';

export interface RunOptions {
  readonly directory: string;
  readonly durationMs: number;
  readonly seed: number;
  readonly keep: boolean;
  readonly schedule: DemoSchedule;
  readonly recordingPath: string | undefined;
  readonly scales: boolean;
  /** Kill the agent with SIGKILL at this time and start it again: for the test that nothing acknowledged is lost. */
  readonly killAgentAtMs?: number;
}

export interface AgentUse {
  readonly rssAnonMaxBytes: number;
  readonly cpuShareMean: number;
}

/** Everything a run left behind, before anybody judges it. */
export interface RunRecord {
  readonly loadStartedAt: number;
  readonly loadEndedAt: number;
  readonly seconds: readonly SecondReport[];
  readonly pages: readonly ReceivedPage[];
  readonly switched: readonly { readonly on: number; readonly off: number }[];
  readonly changeIds: readonly (string | undefined)[];
  readonly scale: HostScale | undefined;
  readonly finalState: AgentState | undefined;
  readonly metricsText: string;
  readonly agentUse: AgentUse;
  readonly eventLoopLagP99Ms: number;
  /** Share of the run in which the median process had work and no core to do it on; NaN where the system does not tell. */
  readonly cpuWaitShare: number;
  readonly dataDirectory: string;
  readonly pageLiveAfterMs: number;
}

/** From spawning to load: processes start, the agent learns its history. */
const LOAD_STARTS_IN_MS = 9_000;
/** After the last payment: answers, telemetry and the last steps arrive. */
const SETTLE_AFTER_MS = 4_000;

interface WebhookBody {
  readonly reason: string;
  readonly incident: {
    readonly id: string;
    readonly title: string;
    readonly pagedAt?: number;
    readonly decisionId?: string;
    readonly suspects: ReceivedPage['suspects'];
  };
}

/** A busy machine may need more than one attempt. */
const fetchJson = async <T>(url: string, attempts = 4): Promise<T | undefined> => {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
      return (await response.json()) as T;
    } catch {
      // Asked again.
    }
  }
  return undefined;
};

const fetchText = async (url: string): Promise<string> => {
  try {
    return await (await fetch(url, { signal: AbortSignal.timeout(5_000) })).text();
  } catch {
    return '';
  }
};

/** Starts everything, breaks what the schedule says, and ends everything, whatever happens. */
export const runDemo = async (options: RunOptions, clock: Clock, terminal: Terminal, stop: AbortController): Promise<RunRecord> => {
  const { directory, durationMs, schedule } = options;
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });

  let failure: string | undefined;
  const children = createChildren(clock, (child, code) => {
    failure ??= `${child.name} ended unexpectedly (${code ?? 'signal'})\n${child.lastWords()}`;
    stop.abort();
  });
  const startedAt = clock.elapsedMs();
  let loadStartedAt = 0;
  const second = (): number | undefined => (loadStartedAt === 0 ? undefined : (clock.now() - loadStartedAt) / 1000);

  const pages: ReceivedPage[] = [];
  const sink = await startSink((body) => {
    const { reason, incident } = body as WebhookBody;
    if (reason !== 'first') {
      terminal.event(second(), 'info', `${reason}: ${incident.title}`);
      return;
    }
    const { id, title, suspects, pagedAt, decisionId } = incident;
    pages.push({ at: pagedAt ?? clock.now(), title, incidentId: id, decisionId, suspects });
    terminal.event(second(), 'page', `PAGE ${title}`);
  });
  const controlState: ControlState = { phase: 'starting', remainingSeconds: durationMs / 1000, eventLoopLagMs: 0, buttons: false };
  let fleet: Fleet | undefined;
  const control = await startControl(
    controlState,
    () => fleet,
    (text) => terminal.event(second(), 'fault', text),
  );
  const lag = monitorEventLoopDelay({ resolution: 10 });
  lag.enable();

  try {
    const ports = await fleetPorts({ api: 8080, otlp: 4318 });
    const historyEndsAt = Math.ceil((clock.now() + LOAD_STARTS_IN_MS) / 1000) * 1000;
    const running = startFleet(children, {
      directory,
      seed: options.seed,
      runId: options.seed.toString(36),
      ports,
      sinkUrl: sink.url,
      controlUrl: control.url,
      recordingPath: options.recordingPath,
      historyEndsAt,
      scales: options.scales,
    });
    fleet = running;
    let agent: Child = running.agent;
    terminal.event(
      undefined,
      'info',
      `page ${running.apiUrl}   OTLP http://127.0.0.1:${ports.otlp}   payments ${running.proxyUrl}   pager ${sink.url}`,
    );
    await running.ready(clock, stop.signal);
    const pageLiveAfterMs = clock.elapsedMs() - startedAt;
    terminal.event(undefined, 'info', `everything is ready after ${(pageLiveAfterMs / 1000).toFixed(1)} s`);
    await sleep(clock, historyEndsAt - clock.now(), stop.signal);

    const seconds: SecondReport[] = [];
    // Late start: the day goes on where it would have been, so that it stays in phase with the recorded ones.
    const startPhase = Math.max(0, clock.now() - historyEndsAt) / DAY_LENGTH_MS;
    startLoad(children, running, {
      directory,
      config: {
        seed: options.seed,
        duration: durationMs / 1000,
        dayLengthMs: DAY_LENGTH_MS,
        startPhase,
        slowMs: OBJECTIVE.thresholdMs,
        surges: schedule.surge === undefined ? [] : [schedule.surge],
        ...(options.keep ? { duration: undefined } : {}),
      },
      onStart: (at) => {
        loadStartedAt = at;
      },
      onSecond: (report) => seconds.push(report),
    });
    while (loadStartedAt === 0 && !stop.signal.aborted) await sleep(clock, 20, stop.signal);

    const switched = schedule.faults.map(() => ({ on: Number.NaN, off: Number.NaN }));
    const changeIds: (string | undefined)[] = schedule.faults.map(() => undefined);
    const cancels: (() => void)[] = [];
    const at = (ms: number, what: string, work: () => Promise<void>): void => {
      cancels.push(
        clock.after(Math.max(0, loadStartedAt + ms - clock.now()), () => {
          work().catch((error: unknown) => {
            failure ??= `${what} failed: ${String(error)}`;
            stop.abort();
          });
        }),
      );
    };
    schedule.faults.forEach((fault, index) => {
      at(fault.startsAtMs, fault.title, async () => {
        const entry = switched[index] as { on: number; off: number };
        entry.on = clock.now();
        terminal.event(second(), 'fault', `fault: ${fault.title} (the agent is not told)`);
        changeIds[index] = await switchOn(running, fault, `routing-${options.seed}-${index}`, seconds.at(-1)?.offered ?? 10);
      });
      at(fault.startsAtMs + fault.durationMs, `the end of ${fault.title}`, async () => {
        await switchOff(running, fault);
        (switched[index] as { on: number; off: number }).off = clock.now();
        terminal.event(second(), 'fault', `fault over: ${fault.title}`);
      });
    });
    const { surge } = schedule;
    if (surge !== undefined)
      at(surge.startsAtMs, 'the surge', async () =>
        terminal.event(second(), 'fault', `surge: ${surge.factor.toFixed(1)} times the load, which no season explains`),
      );
    schedule.harmlessChanges.forEach((change, index) => {
      const { atMs, ...rest } = change;
      at(atMs, 'a harmless change', () => reportChange(running, { id: `harmless-${options.seed}-${index}`, ...rest }));
    });
    if (options.killAgentAtMs !== undefined) {
      at(options.killAgentAtMs, 'killing the agent', async () => {
        terminal.event(second(), 'bad', 'the agent is killed (SIGKILL) and started again');
        agent.stop('SIGKILL');
        await agent.exited;
        agent = running.startAgent();
      });
    }

    let rssAnonMaxBytes = Number.NaN;
    const firstUse = processUse(agent.pid);
    const firstUseAt = clock.elapsedMs();
    let cpuShareMean = Number.NaN;
    const observeAgent = (): void => {
      const use = processUse(agent.pid);
      if (use.rssAnonBytes !== undefined) rssAnonMaxBytes = Math.max(Number.isNaN(rssAnonMaxBytes) ? 0 : rssAnonMaxBytes, use.rssAnonBytes);
      if (use.cpuSeconds !== undefined && firstUse.cpuSeconds !== undefined && use.cpuSeconds >= firstUse.cpuSeconds) {
        cpuShareMean = (use.cpuSeconds - firstUse.cpuSeconds) / ((clock.elapsedMs() - firstUseAt) / 1000);
      }
    };
    const cpuWaitShare = watchCpuWait(children, clock);
    const phaseNow = (elapsedMs: number): string => {
      const fault = schedule.faults.find(
        ({ startsAtMs, durationMs: length }) => elapsedMs >= startsAtMs && elapsedMs < startsAtMs + length,
      );
      if (fault !== undefined) return `fault: ${fault.title}`;
      return surge !== undefined && elapsedMs >= surge.startsAtMs && elapsedMs < surge.startsAtMs + surge.durationMs ? 'surge' : 'running';
    };

    const endsAt = loadStartedAt + durationMs;
    while (!stop.signal.aborted && clock.now() < endsAt) {
      const elapsedMs = clock.now() - loadStartedAt;
      const newest = seconds.at(-1);
      controlState.phase = phaseNow(elapsedMs);
      controlState.remainingSeconds = Math.max(0, Math.round((endsAt - clock.now()) / 1000));
      controlState.eventLoopLagMs = newest?.eventLoopLagMs ?? 0;
      observeAgent();
      const told = `${pages.length} page${pages.length === 1 ? '' : 's'}`;
      terminal.progress(
        elapsedMs / 1000,
        durationMs / 1000,
        newest === undefined ? 'starting' : `${newest.offered}/s offered, p95 ${newest.p95Ms ?? '-'} ms, ${newest.failed} failed, ${told}`,
      );
      await sleep(clock, 1000 - ((clock.now() - loadStartedAt) % 1000), stop.signal);
    }
    const plannedPages = [...pages];
    const waitShare = cpuWaitShare();
    if (options.keep && !stop.signal.aborted) {
      controlState.buttons = true;
      controlState.phase = 'yours: break something';
      terminal.event(
        second(),
        'info',
        `the planned run is over; ${running.apiUrl} stays live with buttons that break things, Ctrl-C ends it`,
      );
      while (!stop.signal.aborted) await sleep(clock, 1000, stop.signal);
    }
    for (const cancel of cancels) cancel();
    if (failure !== undefined) throw new Error(failure);
    if (!options.keep && stop.signal.aborted) throw new Error('stopped');
    await sleep(clock, SETTLE_AFTER_MS);
    observeAgent();

    const finalState = await fetchJson<AgentState>(`${running.apiUrl}/api/v1/state`);
    const metricsText = await fetchText(`${running.apiUrl}/metrics`);
    const scale = await hostScale(running.hostAdminUrl);
    return {
      loadStartedAt,
      loadEndedAt: endsAt,
      seconds: seconds.slice(0, Math.round(durationMs / 1000)),
      pages: plannedPages,
      switched,
      changeIds,
      scale,
      finalState,
      metricsText,
      agentUse: { rssAnonMaxBytes, cpuShareMean },
      eventLoopLagP99Ms: Math.max(lag.percentile(99) / 1e6 - 10, 0),
      cpuWaitShare: waitShare,
      dataDirectory: running.dataDirectory,
      pageLiveAfterMs,
    };
  } catch (error) {
    if (failure !== undefined) throw new Error(failure, { cause: error });
    throw error;
  } finally {
    lag.disable();
    await children.stopAll();
    await sink.close();
    await control.close();
  }
};
