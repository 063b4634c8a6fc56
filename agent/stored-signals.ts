import type { Store } from '../core/ports.ts';
import type { SignalTable } from '../core/signal.ts';
import type { DurationMs } from '../core/time.ts';
import type { Archive } from './api/archive.ts';

/** What the API reads of signals: the table of those that are watched, and the store behind it. */
export const createStoredSignals = (
  signals: SignalTable,
  store: Pick<Store, 'readSignal'>,
  stepMs: DurationMs,
): Pick<Archive, 'signals' | 'steps'> => ({
  signals: () => signals.all().map(({ key, service, name, scope, kind, unit, harm }) => ({ key, service, name, scope, kind, unit, harm })),
  steps(wanted, from, to, limit) {
    const signal = signals.find(wanted);
    if (signal === undefined) return undefined;
    const { key, service, name, scope, kind, unit } = signal;
    const first = Math.ceil(from / stepMs);
    const end = Math.max(first, Math.ceil(to / stepMs));
    const until = Math.min(end, first + limit);
    const { value, weight } = store.readSignal(key, first, until);
    // Durations are kept as logarithms.
    const natural = (stored: number): number => (kind === 'duration' ? Math.exp(stored) : stored);
    return {
      key,
      service,
      name,
      scope,
      kind,
      unit,
      stepSeconds: stepMs / 1_000,
      from: first * stepMs,
      to: until * stepMs,
      values: Array.from(value, (stored) => (Number.isFinite(stored) ? natural(stored) : null)),
      weights: Array.from(weight, (stored) => (Number.isFinite(stored) ? stored : 0)),
      ...(until < end ? { next: until * stepMs } : {}),
    };
  },
});
