import type { Ledger } from '../../collectors/intake/index.ts';
import type { DecisionLog } from '../audit/decision-log.ts';
import type { CostKeeper } from '../cost-keeper.ts';
import type { Dispatcher } from '../notify/dispatcher.ts';
import type { Shard } from '../shard.ts';
import type { LiveView } from '../view.ts';
import type { Readiness } from './health.ts';
import type { Telemetry } from './telemetry.ts';

export interface TelemetrySources {
  readonly ledger: Ledger;
  readonly view: LiveView;
  readonly shard: Shard;
  readonly dispatcher: Dispatcher;
  readonly decisions: DecisionLog;
  readonly readiness: Readiness;
  /** Undefined where no `cost` is configured. */
  readonly costs: CostKeeper | undefined;
}

/** What a scrape shows, read from the state when it comes; counters that must not miss anything are kept as they happen. */
export const readInto = (telemetry: Telemetry, sources: TelemetrySources): void => {
  const { ledger, view, shard, dispatcher, decisions, readiness, costs } = sources;
  if (costs !== undefined) telemetry.setCost(costs.reading());
  const { detection, workloads } = shard.parts;
  telemetry.setIntake(ledger.snapshot());
  telemetry.setSignals(
    view.shownSignals().map((signal) => {
      const band = detection.bandOf(signal.id);
      const { observed, expected, lower, upper } = band ?? {
        observed: Number.NaN,
        expected: Number.NaN,
        lower: Number.NaN,
        upper: Number.NaN,
      };
      return { signal, observed, expected, lower, upper };
    }),
  );
  telemetry.setIncidents(shard.desk.book.incidents);
  telemetry.setObjectives(detection.budgets());
  telemetry.setModels(detection.models());
  telemetry.setScaling(
    workloads.map(({ policy, load, status, recommendation, forecast }) => ({
      target: policy.target,
      load: load.kind === 'observed' ? load.value : Number.NaN,
      desired: recommendation?.desired ?? Number.NaN,
      ...(forecast === undefined
        ? {}
        : {
            // At the lead: what replicas ordered now will meet.
            forecast: forecast.levels.map((quantile, level) => ({
              quantile,
              load: forecast.quantiles[level]?.[Math.round(policy.leadMs / forecast.stepMs) - 1] ?? Number.NaN,
            })),
          }),
      replicas:
        status.kind === 'absent'
          ? {}
          : {
              ordered: status.value.replicas,
              ready: status.value.ready,
              ...(recommendation?.reactive === undefined ? {} : { reactive: recommendation.reactive }),
            },
    })),
  );
  telemetry.setNotifiers(dispatcher.stats());
  telemetry.setDecisionLogSequence(decisions.tip().sequence);
  telemetry.setUnready(readiness.reasons.map(({ code }) => code));
};
