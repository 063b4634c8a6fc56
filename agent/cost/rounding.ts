import { addUp, type Bridge, type Effects, type ServiceBridge } from './bridge.ts';
import { type Micros, roundToCoins } from './money.ts';

/** Costs in coins that add up to their rounded sum: the same service has the same figure wherever the same costs are shown. */
export const roundByService = (costs: readonly (readonly [service: string, cost: Micros])[], coin: Micros): ReadonlyMap<string, Micros> => {
  const named = costs.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const rounded = roundToCoins(
    named.map(([, cost]) => cost),
    coin,
  );
  return new Map(named.map(([service], index) => [service, rounded[index] as Micros]));
};

export interface RoundedBridge {
  readonly services: readonly ServiceBridge[];
  readonly all: ServiceBridge;
}

const effectsOf = ({ volume, rate, efficiency, appeared, gone }: Effects): readonly Micros[] => [volume, rate, efficiency, appeared, gone];

/** Zero stays zero: an effect that is not there gets no coin of a rounding. */
const roundEffects = (one: ServiceBridge, before: Micros, after: Micros, coin: Micros): ServiceBridge => {
  const effects = effectsOf(one);
  const there = effects.flatMap((effect, index) => (effect === 0n ? [] : [index]));
  // What cannot be explained by any effect is a coin of rounding; it goes to efficiency.
  const places = there.length === 0 ? [2] : there;
  const rounded = roundToCoins(
    places.map((index) => effects[index] as Micros),
    coin,
    after - before,
  );
  const [volume = 0n, rate = 0n, efficiency = 0n, appeared = 0n, gone = 0n] = effects.map((_, index) => {
    const place = places.indexOf(index);
    return place < 0 ? 0n : (rounded[place] as Micros);
  });
  return { service: one.service, before, after, volume, rate, efficiency, appeared, gone };
};

export const roundBridge = (bridge: Bridge, coin: Micros): RoundedBridge => {
  const before = roundByService(
    bridge.services.map((one) => [one.service, one.before]),
    coin,
  );
  const after = roundByService(
    bridge.services.map((one) => [one.service, one.after]),
    coin,
  );
  const services = bridge.services.map((one) => roundEffects(one, before.get(one.service) ?? 0n, after.get(one.service) ?? 0n, coin));
  return { services, all: { service: 'all', ...addUp(services) } };
};
