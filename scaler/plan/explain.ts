import type { LimitReason, PlanInput } from '../recommendation.ts';
import type { Demand } from './recommend.ts';

/** Numbers for people: whole from ten up, else one decimal. */
const number = (value: number): string => (Math.abs(value) >= 10 ? Math.round(value).toString() : Number(value.toFixed(1)).toString());

const seconds = (ms: number): string => `${number(Math.max(0, ms) / 1_000)} s`;

const level = (risk: number): string => `q${Number(((1 - risk) * 100).toFixed(3))}`;

const LIMIT_WORDS: Readonly<Partial<Record<LimitReason, string>>> = {
  stabilization: 'a decrease waits for the stabilization window and the time ahead',
  'rate-limit': 'the rate limit allows no more at once',
  min: 'the minimum holds',
  max: 'the maximum holds',
  freeze: 'scaling is frozen',
};

const demandWords = (input: PlanInput, demand: Demand, load: number): string => {
  const { basis } = demand;
  if (basis.kind === 'cold-start') {
    return `load is ${number(load)}/s and ${basis.because}, so it is provided for with a quarter of headroom (${number(basis.load)}/s)`;
  }
  const ahead = `load may reach ${number(basis.load)}/s within ${seconds(basis.at - input.now)} (${level(input.policy.risk)})`;
  return demand.reactiveFloor ? `load is ${number(load)}/s, above what the forecast provides for; ${ahead}` : ahead;
};

const counterfactual = (reactive: number, current: number): string =>
  reactive === current ? `HPA would hold ${reactive}` : `HPA would order ${reactive}`;

/** One sentence: what is ordered, on which numbers, what bound it, and what a plain autoscaler would do. */
export const explain = (
  input: PlanInput,
  demand: Demand,
  outcome: {
    readonly load: number;
    readonly current: number;
    readonly desired: number;
    readonly reactive: number;
    readonly limitedBy: readonly LimitReason[];
  },
): string => {
  const { current, desired, limitedBy, load } = outcome;
  const verb = desired === current ? 'holds' : desired > current ? 'orders' : 'reduces to';
  const bounds = limitedBy.flatMap((reason) => LIMIT_WORDS[reason] ?? []);
  const wanted = demand.raw === desired ? [] : [`demand alone asks for ${demand.raw}`];
  return `${verb} ${desired}: ${[demandWords(input, demand, load), ...wanted, ...bounds, counterfactual(outcome.reactive, current)].join(', ')}`;
};
