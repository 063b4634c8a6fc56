import { CALL_TIMES, isCallTime } from '../../core/call-times.ts';
import type { Signal } from '../../core/signal.ts';
import type { CallGraphTime, CallTime, ServiceTime } from '../../detectors/trace-attribution/index.ts';
import { type SignalWindow, summarize } from './signal-window.ts';

/** What services and calls took before an onset and since. */
export interface CallTimes {
  readonly reference: CallGraphTime;
  readonly current: CallGraphTime;
}

/** Steps before the onset that belong to neither: the onset is an estimate. */
const ONSET_GAP_STEPS = 4;

const graphTimes = (window: SignalWindow, signals: readonly Signal[], from: number, to: number): CallGraphTime => {
  const services = new Map<string, { requests: number; seconds: number; ownSeconds: number }>();
  const calls = new Map<string, { caller: string; callee: string; calls: number; seconds: number; answeredSeconds: number }>();
  for (const signal of signals) {
    const { value, weight } = summarize(window, signal.id, from, to);
    if (!(weight > 0)) continue;
    if (signal.scope.kind === 'edge') {
      const { callee } = signal.scope;
      const key = `${signal.service}\u0000${callee}`;
      const call = calls.get(key) ?? { caller: signal.service, callee, calls: 0, seconds: 0, answeredSeconds: 0 };
      calls.set(key, call);
      if (signal.name === CALL_TIMES.answered) call.answeredSeconds = value * weight;
      else Object.assign(call, { calls: weight, seconds: value * weight });
    } else {
      const service = services.get(signal.service) ?? { requests: 0, seconds: 0, ownSeconds: 0 };
      services.set(signal.service, service);
      if (signal.name === CALL_TIMES.own) service.ownSeconds = value * weight;
      else Object.assign(service, { requests: weight, seconds: value * weight });
    }
  }
  return {
    services: [...services].map(([service, times]): ServiceTime => ({ service, ...times })),
    calls: [...calls.values()].filter((call): call is CallTime => call.calls > 0),
  };
};

/** Both sides of an onset, from what the window still holds; undefined when it holds nothing from before. */
export const callTimesAround = (window: SignalWindow, signals: readonly Signal[], onsetIndex: number): CallTimes | undefined => {
  const timed = signals.filter(isCallTime);
  const reference = graphTimes(window, timed, window.newest - window.steps + 1, onsetIndex - 1 - ONSET_GAP_STEPS);
  if (reference.services.length === 0) return undefined;
  return { reference, current: graphTimes(window, timed, onsetIndex, window.newest) };
};
