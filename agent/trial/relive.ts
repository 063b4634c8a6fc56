import { createEventMemory } from '../../collectors/nats/index.ts';
import type { ServiceGraph } from '../../core/graph.ts';
import { DEFAULT_TENANT } from '../../core/names.ts';
import { createSignalTable } from '../../core/signal.ts';
import { DAY_MS, type Instant, stepIndexAt, type TimeScale } from '../../core/time.ts';
import type { Judgement } from '../incident/desk.ts';
import { deskOptionsOf } from '../incident/desk-options.ts';
import type { Incident, Severity } from '../incident/incident.ts';
import { createDetection } from '../models/detection.ts';
import { createSilence } from '../models/silence.ts';
import { createShard, type StepSource } from '../shard.ts';
import type { Column, Grid } from './columns.ts';
import { emptyColumn } from './columns.ts';
import { closedSteps, type TrialSignal } from './signals.ts';

/** A page that would have gone out. */
export interface OurPage {
  readonly id: string;
  readonly severity: Severity;
  readonly service: string;
  readonly services: readonly string[];
  /** One sentence with the numbers. */
  readonly because: string;
  /** Model key of the signal that people would have felt. */
  readonly signal: string;
  readonly startedAt: Instant;
  readonly pagedAt: Instant;
  /** Absent while the history ends before it does. */
  readonly resolvedAt: Instant | undefined;
  readonly suspects: readonly string[];
}

export interface Withheld {
  readonly at: Instant;
  readonly service: string;
  readonly reason: string;
  readonly because: string;
}

export interface ExpectedBand {
  readonly lower: Column;
  readonly upper: Column;
}

export interface Relived {
  readonly pages: readonly OurPage[];
  readonly withheld: readonly Withheld[];
  /** By model key, what was expected of each step before it was seen. */
  readonly bands: ReadonlyMap<string, ExpectedBand>;
}

export interface ReliveOptions {
  readonly grid: Grid;
  /** Steps from which is only learned. */
  readonly learnSteps: number;
  readonly falsePagesPerServiceWeek: number;
  readonly graph: ServiceGraph;
}

/** Steps come from the history, the call graph from what was read: nothing is collected here. */
const historySource = (graph: ServiceGraph): StepSource => ({
  consume: () => undefined,
  closeSteps: () => ({ steps: [], revisions: [], late: 0 }),
  graph: () => graph,
  snapshot: () => new Uint8Array(0),
  restore: () => false,
});

const pageOf = ({ incident, decision }: Judgement, at: Instant): OurPage => {
  const symptom = incident.findings.find(({ harmful, service }) => harmful && service === decision.symptomService) ?? incident.findings[0];
  return {
    id: incident.id,
    severity: decision.severity,
    service: decision.symptomService,
    services: incident.services,
    because: symptom?.because ?? decision.because,
    signal: symptom?.signal ?? '',
    startedAt: incident.startedAt,
    pagedAt: at,
    resolvedAt: undefined,
    suspects: decision.suspects.slice(0, 3).map(({ label, because }) => (because[0] === undefined ? label : `${label}: ${because[0]}`)),
  };
};

/** Between pieces of work the process looks up: for progress, and for whoever wants it to stop. */
const STEPS_AT_ONCE = 100;

/**
 * Lives through the history once, forward, with the shard of the live agent: the same detection, the same incident desk,
 * the same decision whether to wake somebody. A step is judged by what came before it and by nothing else.
 */
export const relive = async (
  signals: readonly TrialSignal[],
  options: ReliveOptions,
  breathe: (done: number) => Promise<void>,
): Promise<Relived> => {
  const { grid, learnSteps, graph } = options;
  const scale: TimeScale = { stepMs: grid.stepMs, dayLengthMs: DAY_MS };
  const table = createSignalTable();
  const seasonal = { scale, falseFindingsPerServiceWeek: options.falsePagesPerServiceWeek };
  const shard = createShard(
    { scale, dimensions: [], desk: deskOptionsOf(scale, []) },
    {
      signals: table,
      source: historySource(graph),
      detection: createDetection({ tenant: DEFAULT_TENANT, scale, seasonal, signals: table, objectives: [], forests: 'left-out' }),
      silence: createSilence({ tenant: DEFAULT_TENANT, signals: table, stepMs: scale.stepMs }),
      workloads: [],
      events: createEventMemory(),
    },
  );
  const bands = new Map<string, ExpectedBand>(
    signals.map((_, row) => [String(row), { lower: emptyColumn(grid), upper: emptyColumn(grid) }]),
  );
  const pages = new Map<string, OurPage>();
  const withheld: Withheld[] = [];
  const firstIndex = stepIndexAt(grid.firstEnd - grid.stepMs, grid.stepMs);

  const resolve = (incident: Incident): void => {
    const page = pages.get(incident.id);
    if (page !== undefined && incident.state === 'resolved') pages.set(page.id, { ...page, resolvedAt: incident.resolvedAt });
  };

  for (const step of closedSteps(signals, grid, table)) {
    const at = step.index - firstIndex;
    if (at % STEPS_AT_ONCE === 0) await breathe(at);
    if (at < learnSteps) shard.learn(step);
    else {
      const outcome = shard.correlate(step, shard.detect(step));
      for (const judgement of outcome.pages) pages.set(judgement.incident.id, pageOf(judgement, step.endsAt));
      for (const { decision } of outcome.suppressions)
        withheld.push({ at: step.endsAt, service: decision.symptomService, reason: decision.reason, because: decision.because });
      outcome.resolved.forEach(resolve);
    }
    for (let row = 0; row < step.length; row += 1) {
      const id = step.signal[row] as number;
      const band = shard.parts.detection.bandOf(id);
      const column = bands.get(String(id));
      if (band === undefined || column === undefined) continue;
      column.lower[at] = band.lower;
      column.upper[at] = band.upper;
    }
  }
  await breathe(grid.steps);
  return {
    pages: [...pages.values()].sort((a, b) => a.pagedAt - b.pagedAt),
    withheld,
    bands: new Map(table.all().map(({ id, key }) => [key, bands.get(String(id)) as ExpectedBand])),
  };
};
