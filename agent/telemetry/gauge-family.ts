import { Gauge, type Registry } from 'prom-client';

interface GaugeRow<Label extends string> {
  readonly labels: Readonly<Record<Label, string>>;
  /** NaN is absent, and not shown. */
  readonly value: number;
}

/** Gauges that are set all at once: what is not among the rows any more is gone, not frozen at its last value. */
export interface GaugeFamily<Label extends string> {
  replace(rows: readonly GaugeRow<Label>[]): void;
}

export const createGaugeFamily = <Label extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly Label[],
): GaugeFamily<Label> => {
  const gauge = new Gauge<Label>({ name, help, labelNames, registers: [registry] });
  return {
    replace(rows) {
      gauge.reset();
      for (const { labels, value } of rows) if (!Number.isNaN(value)) gauge.set(labels, value);
    },
  };
};
