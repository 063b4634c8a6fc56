import { z } from 'zod';
import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';
import { describeProblem, ISSUERS, type Issuer, PROVIDERS, type Provider, RAILS, type Rail } from '../payment.ts';

/** Relative, not negative; at least one above zero. */
export type ProviderWeights = Readonly<Record<Provider, number>>;

export interface RoutingRule {
  readonly issuer: Issuer;
  readonly rail: Rail;
  readonly weights: ProviderWeights;
}

const weight = z.number().min(0).max(1_000_000);
const changeSchema = z.strictObject({
  issuer: z.enum(ISSUERS),
  /** Absent: all rails. */
  rail: z.enum(RAILS).optional(),
  weights: z
    .strictObject({ 'psp-north': weight, 'psp-south': weight })
    .refine((weights) => PROVIDERS.some((provider) => weights[provider] > 0), 'one weight must be above zero'),
});

/** Each issuer has a home; a tenth of the traffic keeps the other provider warm. */
const HOME_WEIGHTS: Readonly<Record<Issuer, ProviderWeights>> = {
  birch: { 'psp-north': 1, 'psp-south': 9 },
  cedar: { 'psp-north': 9, 'psp-south': 1 },
  maple: { 'psp-north': 6, 'psp-south': 4 },
  willow: { 'psp-north': 4, 'psp-south': 6 },
};

export interface RoutingTable {
  /** Provider for a uniform draw in [0, 1). */
  choose(issuer: Issuer, rail: Rail, draw: number): Provider;
  /** Changes one issuer, on one rail or on all; returns the rules that changed, as they were before. */
  change(body: unknown): Outcome<readonly RoutingRule[], Failure<'INVALID_ROUTING'>>;
  reset(): void;
  rules(): readonly RoutingRule[];
  /** Counts changes since the start. */
  readonly revision: number;
}

export const createRoutingTable = (): RoutingTable => {
  const weights = new Map<string, ProviderWeights>();
  let revision = 0;
  const key = (issuer: Issuer, rail: Rail): string => `${issuer}|${rail}`;
  const weightsOf = (issuer: Issuer, rail: Rail): ProviderWeights => weights.get(key(issuer, rail)) ?? HOME_WEIGHTS[issuer];
  const ruleOf = (issuer: Issuer, rail: Rail): RoutingRule => ({ issuer, rail, weights: weightsOf(issuer, rail) });

  return {
    choose(issuer, rail, draw) {
      const rule = weightsOf(issuer, rail);
      return draw * (rule['psp-north'] + rule['psp-south']) < rule['psp-north'] ? 'psp-north' : 'psp-south';
    },
    change(body) {
      const parsed = changeSchema.safeParse(body);
      if (!parsed.success) return fail('INVALID_ROUTING', `cannot change the routing: ${describeProblem(parsed.error)}`);
      const { issuer, rail, weights: changed } = parsed.data;
      const rails = rail === undefined ? RAILS : [rail];
      const before = rails.map((each) => ruleOf(issuer, each));
      for (const each of rails) weights.set(key(issuer, each), changed);
      revision += 1;
      return succeed(before);
    },
    reset() {
      weights.clear();
      revision += 1;
    },
    rules: () => ISSUERS.flatMap((issuer) => RAILS.map((rail) => ruleOf(issuer, rail))),
    get revision() {
      return revision;
    },
  };
};
