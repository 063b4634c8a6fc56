import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { METRIC_PREFIX } from '../../core/names.ts';
import type { Signal } from '../../core/signal.ts';
import type { Incident } from '../incident/incident.ts';
import { watchEventLoopLag } from './event-loop-lag.ts';
import { createGaugeFamily } from './gauge-family.ts';
import { UNREADY_CODES, type UnreadyCode } from './health.ts';
import { createIncidentGauges } from './incident-gauges.ts';
import { createMirroredCounter } from './mirrored-counter.ts';
import { createModelGauges, type ModelReadings } from './model-gauges.ts';
import { createObjectiveGauges, type ObjectiveReading } from './objective-gauges.ts';

/** Totals of one kind since the start. */
interface IntakeTally {
  readonly accepted: number;
  /** By reason: can never be accepted. */
  readonly rejected: Readonly<Record<string, number>>;
  /** By reason: the sender was told to come again. */
  readonly refused: Readonly<Record<string, number>>;
}

/** As the intake's ledger counts: a ledger snapshot is one. */
interface IntakeTotals {
  readonly requests: IntakeTally;
  readonly data_points: IntakeTally;
  readonly spans: IntakeTally;
  readonly events: IntakeTally;
  readonly redelivered: number;
}

export interface SignalReading {
  readonly signal: Pick<Signal, 'service' | 'name' | 'scope'>;
  readonly observed: number;
  /** NaN while nothing is expected yet. */
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
}

interface ScalingReading {
  readonly target: string;
  /** NaN where absent. */
  readonly load: number;
  readonly desired: number;
  /** By state: 'ordered', 'ready', 'reactive'. */
  readonly replicas: Readonly<Record<string, number>>;
  /** Left out while there is none. */
  readonly forecast?: readonly { readonly quantile: number; readonly load: number }[];
}

/** In units of the currency; NaN where unknown. */
interface CostReading {
  readonly currency: string;
  readonly monthToDate: number;
  readonly budget: number;
  readonly hourly: readonly { readonly service: string; readonly cost: number }[];
}

interface NotifierReading {
  readonly notifier: string;
  readonly delivered: number;
  readonly retried: number;
  readonly repeated: number;
  readonly givenUp: number;
  readonly pending: number;
}

export interface Telemetry {
  setIntake(totals: IntakeTotals): void;
  stepClosed(closed: { readonly lateTotal: number }): void;
  /** From the close of a step to the finding it gave. */
  observeStepToFinding(seconds: number): void;
  setFindings(findings: readonly { readonly service: string; readonly detector: string }[]): void;
  /** Only service-level and objective signals are shown, and no more than SIGNALS_SHOWN of them. */
  setSignals(readings: readonly SignalReading[]): void;
  /** Open ones are counted; open ones and the newest of the resolved, INCIDENTS_SHOWN in all, are named. */
  setIncidents(incidents: readonly Incident[]): void;
  setObjectives(readings: readonly ObjectiveReading[]): void;
  setModels(readings: ModelReadings): void;
  paged(): void;
  suppressed(reason: string): void;
  setScaling(readings: readonly ScalingReading[]): void;
  setCost(reading: CostReading): void;
  setNotifiers(readings: readonly NotifierReading[]): void;
  setDecisionLogSequence(sequence: number): void;
  /** Why the agent is not ready; none when it is. */
  setUnready(codes: readonly UnreadyCode[]): void;
  /** Lag since this was last asked, for readiness. */
  eventLoopLagSeconds(): number;
  readonly contentType: string;
  /** The text of /metrics. */
  expose(): Promise<string>;
  close(): void;
}

/** Our own metrics must not become the cardinality problem they report. */
export const SIGNALS_SHOWN = 2_000;

const FINDING_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const isShown = ({ signal: { scope, name } }: SignalReading): boolean => scope.kind === 'service' || name.startsWith('slo:');

const countBy = <Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
};

/** The agent's own metrics in a registry of their own. Base units and suffixes as Prometheus names them. */
export const createTelemetry = (): Telemetry => {
  const registry = new Registry();
  const named = (name: string): string => `${METRIC_PREFIX}${name}`;
  collectDefaultMetrics({ register: registry, prefix: METRIC_PREFIX });

  const accepted = createMirroredCounter(registry, named('ingest_accepted_total'), 'Requests, points, spans and events that are on disk.', [
    'kind',
  ]);
  const rejected = createMirroredCounter(
    registry,
    named('ingest_rejected_total'),
    'Requests, points, spans and events that can never be accepted.',
    ['kind', 'reason'],
  );
  const refused = createMirroredCounter(
    registry,
    named('ingest_refused_total'),
    'Requests, points, spans and events whose sender was told to come again.',
    ['kind', 'reason'],
  );
  const redelivered = createMirroredCounter(
    registry,
    named('events_redelivered_total'),
    'Business events that came again after they had been taken in, and were not counted twice.',
    [],
  );
  const steps = new Counter({ name: named('steps_closed_total'), help: 'Closed steps.', registers: [registry] });
  const late = createMirroredCounter(registry, named('late_total'), 'Points that came after their step had closed.', []);
  const stepToFinding = new Histogram({
    name: named('step_to_finding_seconds'),
    help: 'From the close of a step to the finding it gave.',
    buckets: FINDING_SECONDS,
    registers: [registry],
  });
  const findings = createGaugeFamily(registry, named('findings_open'), 'Open findings.', ['service', 'detector']);
  const signalLabels = ['service', 'signal', 'scope'] as const;
  const observed = createGaugeFamily(
    registry,
    named('signal_observed'),
    'Value of a signal in the newest closed step, in its own unit.',
    signalLabels,
  );
  const expected = createGaugeFamily(registry, named('signal_expected'), 'Value that was expected of it.', signalLabels);
  const lower = createGaugeFamily(registry, named('signal_lower'), 'Lower end of the expected band.', signalLabels);
  const upper = createGaugeFamily(registry, named('signal_upper'), 'Upper end of the expected band.', signalLabels);
  const unshown = new Gauge({
    name: named('signals_unshown'),
    help: 'Signals left out of these metrics to bound their number.',
    registers: [registry],
  });
  const incidents = createIncidentGauges(registry);
  const objectives = createObjectiveGauges(registry);
  const models = createModelGauges(registry);
  const pages = new Counter({ name: named('pages_total'), help: 'Incidents that people were told of.', registers: [registry] });
  const suppressions = new Counter({
    name: named('suppressed_total'),
    help: 'Incidents that nobody was told of, by reason.',
    labelNames: ['reason'],
    registers: [registry],
  });
  const desired = createGaugeFamily(registry, named('desired_replicas'), 'Replicas the agent wants.', ['target']);
  const replicas = createGaugeFamily(registry, named('replicas'), 'Replicas as ordered, ready, and as a reactive autoscaler would order.', [
    'target',
    'state',
  ]);
  const load = createGaugeFamily(registry, named('load'), 'Load of a scaled workload, in the unit of its signal.', ['target']);
  const forecast = createGaugeFamily(registry, named('forecast_load'), 'Forecast of its load at the lead time.', ['target', 'quantile']);
  const monthToDate = createGaugeFamily(
    registry,
    named('cost_month_to_date'),
    'Estimated cost of this month in UTC up to the last full hour, in units of the currency.',
    ['currency'],
  );
  const costBudget = createGaugeFamily(registry, named('cost_budget'), 'Budget of this month, in units of the currency.', ['currency']);
  const hourlyCost = createGaugeFamily(
    registry,
    named('cost_hourly'),
    'What the replicas that stand cost in an hour, in units of the currency, without idle nodes and volumes.',
    ['service', 'currency'],
  );
  const notifications = createMirroredCounter(registry, named('notifications_total'), 'Attempts to tell somebody, by outcome.', [
    'notifier',
    'outcome',
  ]);
  const pending = createGaugeFamily(registry, named('notifications_pending'), 'Messages still owed.', ['notifier']);
  const sequence = new Gauge({
    name: named('decision_log_sequence'),
    help: 'Sequence number of the newest durable decision.',
    registers: [registry],
  });

  const unready = createGaugeFamily(registry, named('unready'), '1 for each reason why the agent is not ready, 0 for the others.', [
    'reason',
  ]);

  // Scrapes and probes each read their own, since reading begins a new period.
  const scraped = watchEventLoopLag();
  const probed = watchEventLoopLag();
  new Gauge({
    name: named('event_loop_lag_seconds'),
    help: 'How late timers ran, 99th percentile since the last reading.',
    registers: [registry],
    collect() {
      this.set(scraped.readSeconds());
    },
  });

  return {
    setIntake({ requests, data_points, spans, events, redelivered: comeAgain }) {
      redelivered.set({}, comeAgain);
      for (const [kind, tally] of Object.entries({ requests, data_points, spans, events })) {
        accepted.set({ kind }, tally.accepted);
        for (const [reason, total] of Object.entries(tally.rejected)) rejected.set({ kind, reason }, total);
        for (const [reason, total] of Object.entries(tally.refused)) refused.set({ kind, reason }, total);
      }
    },
    stepClosed({ lateTotal }) {
      steps.inc();
      late.set({}, lateTotal);
    },
    observeStepToFinding: (seconds) => stepToFinding.observe(seconds),
    setFindings(open) {
      const byLabels = countBy(open, ({ service, detector }) => JSON.stringify([service, detector]));
      findings.replace(
        [...byLabels].map(([key, value]) => {
          const [service, detector] = JSON.parse(key) as [string, string];
          return { labels: { service, detector }, value };
        }),
      );
    },
    setSignals(readings) {
      const shown = readings.filter(isShown).slice(0, SIGNALS_SHOWN);
      const rows = (pick: (reading: SignalReading) => number) =>
        shown.map((reading) => ({
          labels: { service: reading.signal.service, signal: reading.signal.name, scope: reading.signal.scope.kind },
          value: pick(reading),
        }));
      observed.replace(rows((reading) => reading.observed));
      expected.replace(rows((reading) => reading.expected));
      lower.replace(rows((reading) => reading.lower));
      upper.replace(rows((reading) => reading.upper));
      unshown.set(readings.length - shown.length);
    },
    setIncidents: incidents.replace,
    setObjectives: objectives.replace,
    setModels: models.replace,
    paged: () => pages.inc(),
    suppressed: (reason) => suppressions.inc({ reason }),
    setScaling(readings) {
      desired.replace(readings.map(({ target, desired: value }) => ({ labels: { target }, value })));
      load.replace(readings.map(({ target, load: value }) => ({ labels: { target }, value })));
      replicas.replace(
        readings.flatMap(({ target, replicas: states }) =>
          Object.entries(states).map(([state, value]) => ({ labels: { target, state }, value })),
        ),
      );
      forecast.replace(
        readings.flatMap(({ target, forecast: ahead = [] }) =>
          ahead.map(({ quantile, load: value }) => ({ labels: { target, quantile: String(quantile) }, value })),
        ),
      );
    },
    setCost({ currency, monthToDate: spent, budget, hourly }) {
      monthToDate.replace([{ labels: { currency }, value: spent }]);
      costBudget.replace([{ labels: { currency }, value: budget }]);
      hourlyCost.replace(hourly.map(({ service, cost }) => ({ labels: { service, currency }, value: cost })));
    },
    setNotifiers(readings) {
      for (const { notifier, delivered, retried, repeated, givenUp } of readings) {
        notifications.set({ notifier, outcome: 'delivered' }, delivered);
        notifications.set({ notifier, outcome: 'retried' }, retried);
        notifications.set({ notifier, outcome: 'repeated' }, repeated);
        notifications.set({ notifier, outcome: 'given-up' }, givenUp);
      }
      pending.replace(readings.map(({ notifier, pending: value }) => ({ labels: { notifier }, value })));
    },
    setDecisionLogSequence: (value) => sequence.set(value),
    setUnready: (codes) => unready.replace(UNREADY_CODES.map((reason) => ({ labels: { reason }, value: codes.includes(reason) ? 1 : 0 }))),
    eventLoopLagSeconds: () => probed.readSeconds(),
    contentType: registry.contentType,
    expose: () => registry.metrics(),
    close() {
      scraped.close();
      probed.close();
      registry.clear();
    },
  };
};
