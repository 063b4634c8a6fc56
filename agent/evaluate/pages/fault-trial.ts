import { DEFAULT_TENANT } from '../../../core/names.ts';
import type { ClosedStep } from '../../../core/signal.ts';
import { DAY_MS, MINUTE_MS, type TimeScale } from '../../../core/time.ts';
import { type BurnRate, burnWindows, createBurnRate, scoreBurn } from '../../../detectors/burn-rate/index.ts';
import { createDraws, seedOf } from './draws.ts';
import type { Surroundings } from './effects.ts';
import { drawFault, type Fault, type FaultKind, isRamp } from './faults.ts';
import { createFleet } from './fleet.ts';
import { type Agent, type AgentWanted, employ, type Knowledge } from './on-call.ts';
import { ENTRY, type FleetParameters, UNREACHED } from './parameters.ts';
import { OBJECTIVE } from './watched.ts';

/** One fault and when somebody was told. */
export interface FaultTrial {
  readonly draw: number;
  readonly kind: FaultKind;
  readonly service: string;
  /** Requests a second of the broken service when it broke. */
  readonly rate: number;
  readonly stepMs: number;
  /** From the beginning of the first broken step to the page; Infinity where nobody was told. */
  readonly delayMs: number;
  /** From the page to the burn rate of 14.4: NaN where neither came, Infinity where only the page did. */
  readonly leadMs: number;
  /** Somebody had been told of something else already: the trial says nothing. */
  readonly spoiled: boolean;
}

/** Quiet steps before the fault, so that another chance than that of the weeks before has settled. */
const LEAD_IN_MS = 10 * MINUTE_MS;

const rateBefore = (step: ClosedStep, id: number): number => {
  const row = step.signal.subarray(0, step.length).indexOf(id);
  return row < 0 ? Number.NaN : (step.value[row] as number);
};

/** The shares the objective counts, as the rule of the SRE Workbook sees them. */
const countBurn = (burn: BurnRate, step: ClosedStep, id: number): boolean => {
  const row = step.signal.subarray(0, step.length).indexOf(id);
  if (row < 0) return false;
  const total = step.weight[row] as number;
  const bad = (step.value[row] as number) * total;
  scoreBurn(burn, { index: step.index, endsAt: step.endsAt, good: total - bad, bad });
  return burnWindows(burn)[0]?.firing === true;
};

/** Services that break at step `at`, in the hands of an agent that knows them up to `from`. */
export interface Breakdown {
  readonly draw: number;
  readonly fault: Fault;
  readonly scale: TimeScale;
  readonly from: number;
  readonly at: number;
  readonly objective: { readonly name: string; readonly service: string; readonly target: number };
  next(): ClosedStep;
}

/** Lives through a fault until somebody was told, and for a ramp until the burn rate would have told too. */
export const waitForPage = (agent: Agent, { draw, fault, scale, from, at, objective, next }: Breakdown): FaultTrial => {
  const { kind, service } = fault;
  const { stepMs } = scale;
  const find = (of: string, name: string): number =>
    agent.signals.all().find((signal) => signal.service === of && signal.name === name && signal.scope.kind === 'service')?.id ?? -1;
  const requests = find(service, 'requests');
  const promise = find(objective.service, `slo:${objective.name}`);
  const burn = createBurnRate({
    objective: objective.name,
    service: objective.service,
    tenant: DEFAULT_TENANT,
    target: objective.target,
    scale,
  });
  const ramp = isRamp(kind);
  let rate = 0;
  let pagedAt = Number.POSITIVE_INFINITY;
  let burntAt = Number.POSITIVE_INFINITY;
  let spoiled = false;
  for (let index = from; index < fault.effect.to; index += 1) {
    const step = next();
    // Once somebody was told, only the burn rate is waited for.
    const pages = pagedAt < Number.POSITIVE_INFINITY ? [] : agent.live(step);
    const isBurning = countBurn(burn, step, promise);
    if (index < at) {
      rate += (rateBefore(step, requests) || 0) / (at - from);
      spoiled ||= pages.length > 0;
      continue;
    }
    if (pages.length > 0) pagedAt = Math.min(pagedAt, step.endsAt);
    if (isBurning) burntAt = Math.min(burntAt, step.endsAt);
    if (pagedAt < Number.POSITIVE_INFINITY && (!ramp || burntAt < Number.POSITIVE_INFINITY)) break;
  }
  return { draw, kind, service, rate, stepMs, delayMs: pagedAt - at * stepMs, leadMs: burntAt - pagedAt, spoiled };
};

/** Breaks a fleet that the agent knows, once. */
export const tryFault = (
  kind: FaultKind,
  number: number,
  parameters: FleetParameters,
  surroundings: Surroundings,
  knowledge: Knowledge,
  options: AgentWanted,
): FaultTrial => {
  const { stepMs, draw } = parameters;
  const seed = seedOf(parameters.seed, 500, number);
  const from = knowledge.index + 1;
  const at = from + Math.round(LEAD_IN_MS / stepMs);
  const reached = parameters.services.filter(({ name }) => name !== UNREACHED).map(({ name }) => name);
  const fault = drawFault(kind, at, { stepMs, entry: ENTRY, reached, slices: parameters.slices.length }, createDraws(seed));
  const effects = [...surroundings.effects, fault.effect].sort((a, b) => a.from - b.from);
  const { agent, fleet } = employ(
    parameters,
    (signals) => createFleet(parameters, signals, effects, { watch: options.watch, from, seed }),
    surroundings.changes,
    options,
  );
  agent.resume(knowledge);
  return waitForPage(agent, {
    draw,
    fault,
    scale: { stepMs, dayLengthMs: DAY_MS },
    from,
    at,
    objective: { name: OBJECTIVE, service: ENTRY, target: parameters.objective },
    next: () => fleet.next(),
  });
};
