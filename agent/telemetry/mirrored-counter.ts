import { Counter, type Registry } from 'prom-client';

/** A counter that follows a total somebody else keeps. */
export interface MirroredCounter<Label extends string> {
  /** The total so far. One that is smaller than before began anew, as a counter does after a restart. */
  set(labels: Readonly<Record<Label, string>>, total: number): void;
}

export const createMirroredCounter = <Label extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly Label[],
): MirroredCounter<Label> => {
  const counter = new Counter<Label>({ name, help, labelNames, registers: [registry] });
  const seen = new Map<string, number>();
  return {
    set(labels, total) {
      if (!Number.isFinite(total) || total < 0) return;
      const key = JSON.stringify(labelNames.map((label) => labels[label]));
      const before = seen.get(key) ?? 0;
      counter.inc(labels, total >= before ? total - before : total);
      seen.set(key, total);
    },
  };
};
