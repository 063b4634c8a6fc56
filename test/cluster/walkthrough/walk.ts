/** From an empty cluster to a first scaling ahead of load and a first incident. Ends everything it started, whatever happens. */
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { readDecisions } from '../../../agent/audit/decision-reader.ts';
import { type Clock, sleep } from '../../../core/clock.ts';
import { createChildren } from '../../../examples/fintech/demo/children.ts';
import { lackedCpu } from '../../../examples/fintech/demo/cpu-wait.ts';
import { type Sink, startSink } from '../../../examples/fintech/demo/sink.ts';
import type { Terminal } from '../../../examples/fintech/demo/terminal.ts';
import { type PrometheusProcess, prometheusIsHere, startPrometheus } from '../../prometheus-process.ts';
import { type Cluster, startCluster } from '../testbed/cluster.ts';
import { builtPrograms } from '../testbed/folder.ts';
import { headStartSeconds, risesOf, secondsShort } from './ahead.ts';
import { type Day, endIfStopped, liveThroughADay, type Stage, say, startPaymentServices } from './day.ts';
import { type Answer, ask } from './grafana-answers.ts';
import { deployWorkload, type Installation, install, OWN_NAMESPACE, RELEASE, type Rights, rightsOf } from './installation.ts';
import { CLI, type Outside, startOutside } from './outside-a-pod.ts';
import type { ToldIncident, WalkthroughReport } from './report.ts';
import { chartValues, FAULT, RECORDING, REPLICAS, TARGET, WORKLOAD } from './scene.ts';
import { look } from './watching.ts';

export interface WalkOptions {
  readonly directory: string;
  readonly seed: number;
  /** Shows the report and stays up until it is stopped. */
  readonly keep: boolean;
  readonly clock: Clock;
  readonly terminal: Terminal;
  readonly stop: AbortController;
  readonly onReport: (report: WalkthroughReport) => void;
}

/** From spawning the agent to the first payment: it learns its history, services start. */
const LOAD_STARTS_IN_MS = 12_000;
const PODS_LIMIT_MS = 60_000;

interface Told {
  readonly reason: string;
  readonly incident: {
    readonly id: string;
    readonly title: string;
    readonly pagedAt?: number;
    readonly decisionId?: string;
    readonly suspects: readonly { readonly label: string }[];
  };
}

const firstPodsAreReady = async (stage: Stage): Promise<void> => {
  const { cluster, clock, signal } = stage;
  const until = clock.elapsedMs() + PODS_LIMIT_MS;
  while ((await look(cluster, WORKLOAD, clock)).ready < REPLICAS.first) {
    endIfStopped(stage);
    if (clock.elapsedMs() > until) throw new Error(`the first pods of ${TARGET} were not Ready within ${PODS_LIMIT_MS / 1_000} s`);
    await sleep(clock, 200, signal);
  }
};

/** The decision behind the first order above what stood at the start: the last one before it was seen. */
const firstScaleDecision = async (log: string, orderedAt: number | undefined): Promise<string | undefined> => {
  let found: string | undefined;
  if (orderedAt === undefined) return undefined;
  for await (const { id, kind, at, subject } of readDecisions(log)) {
    if (kind === 'scale' && subject === TARGET && at <= orderedAt) found = id;
  }
  return found;
};

const indented = (output: string): readonly string[] =>
  output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => `  ${line}`);

/** What docs/installing.md asks for at the end, and what each step said. */
const giveBack = async (cluster: Cluster, directory: string): Promise<readonly string[]> => {
  const { code, stdout, stderr } = await cluster.helm(['uninstall', RELEASE, '--namespace', OWN_NAMESPACE, '--wait']);
  if (code !== 0) throw new Error(`helm uninstall ended with ${code}: ${stderr.trim()}`);
  const config = join(directory, 'release.yaml');
  const lease = { name: RELEASE, namespace: OWN_NAMESPACE };
  const kubernetes = { enabled: true, kubeconfig: cluster.kubeconfig, namespaces: [WORKLOAD.namespace], lease };
  writeFileSync(config, stringify({ kubernetes }), { mode: 0o600 });
  const released = await promisify(execFile)(process.execPath, [CLI, 'release', '--config', config]);
  return [
    `helm uninstall ${RELEASE} --namespace ${OWN_NAMESPACE} --wait`,
    ...indented(stdout),
    `npx foreshock release --config ${config}`,
    ...indented(released.stdout),
  ];
};

const missingOf = (day: Day, report: Pick<WalkthroughReport, 'rises' | 'incident' | 'answers'>): readonly string[] => {
  const [rise] = report.rises;
  const headStart = rise === undefined ? undefined : headStartSeconds(rise);
  const missing: string[] = [];
  if (rise === undefined) missing.push(`a rise of load: the most was ${Math.max(...day.load.offered)} payments/s`);
  else if (headStart === undefined || headStart < 0) missing.push(`replica ${rise.replicas} Ready before it was needed`);
  if (report.incident === undefined) missing.push(`an incident that suspects ${FAULT.service} first`);
  const silent = report.answers?.find(({ lines }) => lines.length === 0);
  if (silent !== undefined) missing.push(`an answer to ${silent.query}`);
  if (missing.length > 0 && lackedCpu(day))
    missing.push(
      `cores: processes waited ${Math.round(100 * day.cpuWaitShare)} % of the time for one, so try again on a machine with less to do`,
    );
  return missing;
};

const waysToLook = ({ kubeconfig }: Cluster, { apiUrl }: Outside, { tokenFile }: Installation): readonly string[] => [
  `KUBECONFIG=${kubeconfig} ${join(builtPrograms(), 'helm')} status ${RELEASE} --namespace ${OWN_NAMESPACE}`,
  `curl --header "authorization: Bearer $(cat ${tokenFile})" ${apiUrl}/api/v1/state`,
  'Ctrl-C ends every process, and the cluster with them',
];

const answersOf = async (
  { cluster, clock }: Stage,
  prometheus: PrometheusProcess | undefined,
  orderedAt: number | undefined,
): Promise<readonly Answer[] | undefined> => {
  if (prometheus === undefined) return undefined;
  // Two steps later the order stands in the metrics, and Prometheus has been there once more.
  const at = (orderedAt ?? clock.now()) + 3_000;
  return ask(cluster, prometheus.url, TARGET, [
    { dashboard: 'foreshock-incident', panel: 'Incidents, newest first', at: clock.now() },
    { dashboard: 'foreshock-scaler', panel: 'Load and its forecast at the lead time', at },
    { dashboard: 'foreshock-scaler', panel: 'Replicas', at },
  ]);
};

interface Prepared {
  readonly installation: Installation;
  readonly rights: Rights;
}

/** An empty cluster becomes one with a workload and a release, and the release is asked what it may do. */
const prepare = async (stage: Stage, webhook: string): Promise<Prepared> => {
  const { cluster, directory } = stage;
  say(stage, 'info', `a Kubernetes API answers on ${cluster.server}`);
  await deployWorkload(cluster, WORKLOAD, REPLICAS.first);
  const installation = await install(cluster, directory, chartValues(webhook));
  endIfStopped(stage);
  say(stage, 'info', `${installation.command}: ${installation.status}`);
  const rights = await rightsOf(cluster, installation, WORKLOAD);
  say(stage, 'info', `its ServiceAccount holds ${rights.granted.length} rules, and was denied ${rights.denied.length} things beside them`);
  await firstPodsAreReady(stage);
  return { installation, rights };
};

/** What belongs to one run and is filled while it runs. */
interface Notes {
  readonly incidents: ToldIncident[];
  prometheus: PrometheusProcess | undefined;
}

const walk = async (stage: Stage, options: WalkOptions, sink: Sink, notes: Notes): Promise<void> => {
  const { cluster, clock, directory, children, signal } = stage;
  const startedAt = clock.now() - stage.secondsSoFar() * 1_000;
  const { installation, rights } = await prepare(stage, sink.url);

  const historyEndsAt = Math.ceil((clock.now() + LOAD_STARTS_IN_MS) / 1_000) * 1_000;
  const outside = await startOutside(children, directory, installation, { recording: RECORDING, endsAt: historyEndsAt });
  say(stage, 'info', `the agent runs outside a pod, with that token and the chart's configuration: page ${outside.apiUrl}`);
  if (prometheusIsHere) notes.prometheus = await startPrometheus(new URL(outside.apiUrl).host, installation.tokenFile);
  else say(stage, 'info', 'no prometheus on the PATH: the queries of the dashboards are not asked');
  const services = await startPaymentServices(stage, outside.otlpUrl);

  const follows = new AbortController();
  signal.addEventListener('abort', () => follows.abort(), { once: true });
  const day = await liveThroughADay(stage, services, historyEndsAt, follows.signal);
  const rises = risesOf(day.load, day.sights, REPLICAS.first);
  const orderedAt = rises[0]?.orderedAt;
  const answers = await answersOf(stage, notes.prometheus, orderedAt);
  const scaleDecisionId = await firstScaleDecision(outside.decisionLog, orderedAt);

  let givenBack: readonly string[] | undefined;
  if (!options.keep) {
    follows.abort();
    await children.stopAll();
    givenBack = await giveBack(cluster, directory);
  }
  const incident = notes.incidents.find(({ pagedAt, suspect }) => pagedAt >= day.faultAt && suspect?.includes(FAULT.service));
  const seen = { rises, incident, answers };
  options.onReport({
    ...seen,
    missing: missingOf(day, seen),
    startedAt,
    endedAt: clock.now(),
    loadStartedAt: day.load.startedAt,
    faultAt: day.faultAt,
    installation,
    rights,
    secondsShort: secondsShort(day.load, day.sights),
    secondsShortUntouched: secondsShort(day.load, [{ at: day.load.startedAt, ordered: REPLICAS.first, ready: REPLICAS.first }]),
    seconds: day.load.offered.length,
    scaleDecisionId,
    otherIncidents: notes.incidents.filter((told) => told !== incident),
    cpuWaitShare: day.cpuWaitShare,
    givenBack,
    kept: options.keep ? waysToLook(cluster, outside, installation) : undefined,
    decisionLog: outside.decisionLog,
  });
  while (options.keep && !signal.aborted) await sleep(clock, 1_000, signal);
};

export const runWalkthrough = async (options: WalkOptions): Promise<void> => {
  const { directory, clock, terminal, stop } = options;
  const began = clock.elapsedMs();
  const secondsSoFar = (): number => (clock.elapsedMs() - began) / 1_000;
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  let failure: string | undefined;
  const fail = (reason: string): void => {
    failure ??= reason;
    stop.abort();
  };
  const children = createChildren(clock, (child, code) =>
    fail(`${child.name} ended unexpectedly (${code ?? 'signal'})\n${child.lastWords()}`),
  );
  const notes: Notes = { incidents: [], prometheus: undefined };
  const sink = await startSink((body) => {
    const { reason, incident } = body as Told;
    const { id, title, decisionId, suspects, pagedAt } = incident;
    terminal.event(secondsSoFar(), reason === 'first' ? 'page' : 'info', `${reason === 'first' ? 'PAGE' : reason}: ${title}`);
    if (reason === 'first') notes.incidents.push({ id, title, decisionId, suspect: suspects[0]?.label, pagedAt: pagedAt ?? clock.now() });
  });
  let cluster: Cluster | undefined;
  try {
    cluster = await startCluster({ nodes: 1 });
    const stage = { directory, seed: options.seed, clock, terminal, children, cluster, signal: stop.signal, secondsSoFar, fail };
    endIfStopped(stage);
    await walk(stage, options, sink, notes);
  } catch (problem) {
    throw failure === undefined ? problem : new Error(failure, { cause: problem });
  } finally {
    await children.stopAll();
    await notes.prometheus?.stop();
    await sink.close();
    await cluster?.stop();
  }
};
