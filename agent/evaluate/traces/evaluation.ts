import { type Failure, type Outcome, succeed } from '../../../core/outcome.ts';
import { type CutShort, describeErrors, describeLatency, type TracedSpan } from '../../../detectors/trace-attribution/index.ts';
import { METHODS, type Method, minuteSpans, rankFault } from './rankings.ts';
import { readTraceCases, readTraceMinute, type TraceFault } from './trace-minutes.ts';

export interface JudgedFault {
  readonly id: string;
  readonly type: string;
  readonly service: string;
  readonly requests: number;
  /** Spans whose parent never came. */
  readonly orphans: number;
  /** Place of the right service, from 1; 0 when it is not listed at all. */
  readonly place: Readonly<Record<Method, number>>;
  /** Chance of a guess among the services that had spans: first, and among three. */
  readonly guess: { readonly top1: number; readonly top3: number };
  /** Sum of the shares of all terms; 1 by construction. */
  readonly total: number;
  readonly because: string;
}

export interface TraceEvaluation {
  readonly faults: readonly JudgedFault[];
  /** Faults of which no request was recorded: they are not counted. */
  readonly withoutTraces: readonly { readonly id: string; readonly type: string; readonly service: string }[];
}

const cutInWords = ({ service, operation, after, before, now }: CutShort): string =>
  `${(100 * now).toFixed(0)} % of ${operation} of ${service} stop ${after === undefined ? 'at once' : `after ${after}`}, before ${(100 * before).toFixed(0)} %`;

const judge = (fault: TraceFault, reference: readonly TracedSpan[], current: readonly TracedSpan[]): JudgedFault | undefined => {
  const ranked = rankFault(reference, current);
  if (ranked === undefined) return undefined;
  const placeOf = (method: Method): number => ranked.byMethod[method].indexOf(fault.service) + 1;
  const { attribution, errors, cuts, services, requests, orphans } = ranked;
  return {
    id: fault.id,
    type: fault.type,
    service: fault.service,
    requests,
    orphans,
    place: Object.fromEntries(Object.keys(METHODS).map((method) => [method, placeOf(method as Method)])) as Record<Method, number>,
    guess: { top1: 1 / services, top3: Math.min(1, 3 / services) },
    total: attribution.terms.reduce((sum, term) => sum + term.share, 0),
    because: [
      describeLatency('the entry', attribution),
      ...(errors.change === 0 ? [] : [describeErrors('the entry', errors)]),
      ...cuts.slice(0, 1).map(cutInWords),
    ].join('; '),
  };
};

/**
 * For every fault with traces the change of the entry's latency between the fault-free minutes and the minutes of the
 * fault, and the place of the right service. `told` is called once a fault.
 */
export const evaluateTraces = async (
  folder: string,
  told: (done: number, of: number) => void,
): Promise<Outcome<TraceEvaluation, Failure>> => {
  const cases = await readTraceCases(folder);
  if (!cases.ok) return cases;
  const load = async (names: readonly string[]): Promise<Outcome<readonly TracedSpan[], Failure>> => {
    const minutes: (readonly TracedSpan[])[] = [];
    for (const name of names) {
      const minute = await readTraceMinute(folder, name);
      if (!minute.ok) return minute;
      minutes.push(minute.value);
    }
    return succeed(minuteSpans(minutes));
  };
  const reference = await load(cases.value.normalMinutes);
  if (!reference.ok) return reference;
  const faults: JudgedFault[] = [];
  const withoutTraces: { id: string; type: string; service: string }[] = [];
  for (const [at, fault] of cases.value.faults.entries()) {
    const current = await load(fault.minutes);
    if (!current.ok) return current;
    const judged = judge(fault, reference.value, current.value);
    if (judged === undefined) withoutTraces.push({ id: fault.id, type: fault.type, service: fault.service });
    else faults.push(judged);
    told(at + 1, cases.value.faults.length);
  }
  return succeed({ faults, withoutTraces });
};
