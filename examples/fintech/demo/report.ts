import { cpus } from 'node:os';
import type { Recording } from '../../../agent/models/recording.ts';
import type { DemoFault, DemoReport } from '../../../agent/report/demo-report-model.ts';
import { lackedCpu } from './cpu-wait.ts';
import { DAY_LENGTH_MS, LEAD_MS, OBJECTIVE } from './fleet.ts';
import { describeBlame, type JudgedFault, judgeRun } from './judge.ts';
import type { RunRecord } from './run.ts';
import { judgeScaling, replicasBySecond, timelineOf } from './scaling.ts';
import type { DemoSchedule } from './schedule.ts';

/** Above this the machine, not the product, is what was measured. */
const LAG_SECOND_MS = 250;
const LAG_SHARE = 0.08;
const p99OfHistogram = (metricsText: string, name: string): number => {
  const buckets = [...metricsText.matchAll(new RegExp(`^${name}_bucket\\{le="([^"]+)"[^}]*\\} (\\d+)`, 'gm'))].map((match) => ({
    bound: match[1] === '+Inf' ? Number.POSITIVE_INFINITY : Number(match[1]),
    count: Number(match[2]),
  }));
  const total = buckets.at(-1)?.count ?? 0;
  if (total === 0) return Number.NaN;
  return buckets.find((bucket) => bucket.count >= 0.99 * total)?.bound ?? Number.NaN;
};

const faultOf = (judged: JudgedFault, index: number): DemoFault => {
  const { fault, page } = judged;
  const change = page?.suspects[0]?.change?.summary;
  return {
    id: `fault-${index + 1}`,
    kind: fault.kind,
    title: fault.title,
    startedAt: judged.startedAt,
    endedAt: judged.endedAt,
    expectedBlame: describeBlame(fault.blame),
    blamedRight: judged.blamedRight,
    ...(page === undefined ? {} : { detectedAt: page.at, incidentId: page.incidentId }),
    ...(judged.delaySeconds === undefined ? {} : { delaySeconds: judged.delaySeconds }),
    ...(judged.sloBreachedAt === undefined ? {} : { sloBreachedAt: judged.sloBreachedAt }),
    ...(judged.leadSeconds === undefined ? {} : { leadSeconds: judged.leadSeconds }),
    ...(judged.blamedFirst === undefined ? {} : { blamedFirst: judged.blamedFirst }),
    ...(page?.decisionId === undefined ? {} : { decisionId: page.decisionId }),
    ...(change === undefined ? {} : { change }),
  };
};

/** What the run showed, judged against what was really broken. */
export const assembleReport = (options: {
  readonly run: RunRecord;
  readonly schedule: DemoSchedule;
  readonly seed: number;
  readonly recording: Recording | undefined;
  readonly replayed: { readonly records: number; readonly same: number };
  readonly auditIntact: boolean;
}): DemoReport => {
  const { run, schedule, recording } = options;
  const seconds = run.seconds.map((second) => ({ offered: second.offered, bad: second.failed + second.shed + second.slow }));
  const judgement = judgeRun({
    loadStartedAt: run.loadStartedAt,
    faults: schedule.faults,
    switched: run.switched,
    pages: run.pages,
    seconds,
    objective: OBJECTIVE.share,
    dayLengthMs: DAY_LENGTH_MS,
    changeIds: run.changeIds,
  });
  const offered = run.seconds.map((second) => second.offered);
  const timeline = timelineOf(offered, replicasBySecond(run.scale, run.loadStartedAt, offered.length));
  const lagging = run.seconds.filter((second) => second.eventLoopLagMs > LAG_SECOND_MS).length;
  const busy = lagging > LAG_SHARE * run.seconds.length;
  const ingest = run.finalState?.ingest;
  const surgePage =
    schedule.surge !== undefined &&
    judgement.falsePages.some((page) => {
      const at = page.at - run.loadStartedAt - (schedule.surge?.startsAtMs ?? 0);
      return at >= 0 && at <= (schedule.surge?.durationMs ?? 0) + 12_000;
    });

  const because: string[] = [];
  for (const judged of judgement.faults) {
    if (judged.page === undefined) because.push(`${judged.fault.title}: not found`);
    else if (!judged.blamedRight)
      because.push(`${judged.fault.title}: blamed ${judged.blamedFirst ?? 'nobody'} first, it was ${describeBlame(judged.fault.blame)}`);
    if (judged.changeNamed === false) because.push(`${judged.fault.title}: the change before it was not named`);
  }
  for (const page of judgement.falsePages) because.push(`false page: ${page.title}`);
  if (ingest === undefined || !ingest.conserved) because.push('points offered are not accepted + rejected + refused');
  if (!options.auditIntact) because.push('the decision log does not verify');
  if (options.replayed.same !== options.replayed.records)
    because.push(`${options.replayed.records - options.replayed.same} of ${options.replayed.records} decisions replay differently`);
  if (busy)
    because.unshift(
      `the machine was too busy to judge: event loops lagged by more than ${LAG_SECOND_MS} ms in ${lagging} of ${run.seconds.length} seconds`,
    );

  // Waiting for a core slows services and can explain a miss or a false page. It cannot make an answer right that was.
  const machine = { cores: cpus().length, node: process.version, eventLoopLagP99Ms: run.eventLoopLagP99Ms, cpuWaitShare: run.cpuWaitShare };
  const starved = lackedCpu(machine) && because.length > 0;
  if (starved)
    because.unshift(
      `the machine was too busy to judge: its processes waited ${Math.round(100 * run.cpuWaitShare)} % of the time for a core`,
    );

  return {
    startedAt: run.loadStartedAt,
    durationSeconds: (run.loadEndedAt - run.loadStartedAt) / 1000,
    seed: options.seed,
    machine,
    verdict: busy || starved ? 'inconclusive' : because.length === 0 ? 'pass' : 'fail',
    verdictBecause: because,
    history: {
      label: recording?.label ?? 'none',
      sha256: recording?.sha256 ?? '',
      days: recording === undefined ? 0 : (recording.steps * recording.stepMs) / recording.dayLengthMs,
    },
    faults: judgement.faults.map(faultOf),
    falsePages: judgement.falsePages.map(({ at, title, incidentId }) => ({ at, title, incidentId })),
    surge: {
      startedAt: run.loadStartedAt + (schedule.surge?.startsAtMs ?? Number.NaN),
      factor: schedule.surge?.factor ?? Number.NaN,
      paged: surgePage,
    },
    ingest: ingest ?? { offered: 0, accepted: 0, rejected: {}, refused: {}, conserved: false },
    agent: {
      rssAnonMaxBytes: run.agentUse.rssAnonMaxBytes,
      cpuShareMean: run.agentUse.cpuShareMean,
      stepToFindingP99Ms: p99OfHistogram(run.metricsText, 'foreshock_step_to_finding_seconds') * 1000,
    },
    scaling: judgeScaling({
      offered,
      timeline,
      loadStartedAt: run.loadStartedAt,
      recording,
      leadMs: run.scale?.leadTime?.p90Ms ?? LEAD_MS,
    }),
    timeline,
    invitation: `${options.replayed.same} of ${options.replayed.records} decisions recompute byte for byte. Try to cheat: change one byte of ${run.dataDirectory}/decisions/decisions.ndjson and run: npx foreshock audit verify ${run.dataDirectory}/decisions/decisions.ndjson`,
  };
};
