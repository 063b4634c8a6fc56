import type { Registry } from 'prom-client';
import { METRIC_PREFIX } from '../../core/names.ts';
import type { Signal } from '../../core/signal.ts';
import { createGaugeFamily } from './gauge-family.ts';

export interface ModelReadings {
  readonly warmingUp: number;
  readonly calibrated: number;
  readonly outOfCalibration: readonly { readonly signal: Pick<Signal, 'service' | 'name' | 'scope'>; readonly since: number }[];
}

export interface ModelGauges {
  replace(readings: ModelReadings): void;
}

/** Our own metrics must not become the cardinality problem they report: of slices and resources only the number is shown. */
const NAMED_MAX = 200;

export const createModelGauges = (registry: Registry): ModelGauges => {
  const models = createGaugeFamily(registry, `${METRIC_PREFIX}models`, 'Models that can wake somebody, by health.', ['health']);
  const distrusted = createGaugeFamily(
    registry,
    `${METRIC_PREFIX}model_out_of_calibration_since_seconds`,
    'Since when the model of a service-level signal is out of calibration and wakes nobody, in seconds since 1970.',
    ['service', 'signal'],
  );
  return {
    replace({ warmingUp, calibrated, outOfCalibration }) {
      models.replace([
        { labels: { health: 'warming-up' }, value: warmingUp },
        { labels: { health: 'calibrated' }, value: calibrated },
        { labels: { health: 'out-of-calibration' }, value: outOfCalibration.length },
      ]);
      distrusted.replace(
        outOfCalibration
          .filter(({ signal }) => signal.scope.kind === 'service')
          .slice(0, NAMED_MAX)
          .map(({ signal: { service, name }, since }) => ({ labels: { service, signal: name }, value: since / 1_000 })),
      );
    },
  };
};
