import { type Effect, strengthAt } from './effects.ts';

/** What acts on one service at a step, of all effects together. */
export interface Influence {
  traffic: number;
  latency: number;
  errorFactor: number;
  errors: number;
  pool: number;
  /** Share of the requests of which the step hears. */
  heard: number;
  absent: boolean;
}

export interface Acting {
  /** In the order of the services; written anew by `moveTo`. */
  readonly on: readonly Influence[];
  /** Share of each slice that is declined at least; 0 where nothing acts on it. */
  readonly declined: Float64Array;
  /** Steps come in order. */
  moveTo(index: number): void;
}

const quiet = (): Influence => ({ traffic: 0, latency: 0, errorFactor: 0, errors: 0, pool: 0, heard: 1, absent: false });

const add = (influence: Influence, effect: Effect, strength: number): void => {
  influence.traffic += effect.traffic * strength;
  influence.latency += effect.latency * strength;
  influence.errorFactor += effect.errorFactor * strength;
  influence.errors += effect.errors * strength;
  influence.pool += effect.pool * strength;
  influence.heard *= effect.heard;
  influence.absent ||= effect.absent;
};

/** `effects` in the order in which they begin; an effect on no service in particular acts on each. */
export const createActing = (services: readonly string[], slices: number, effects: readonly Effect[], from: number): Acting => {
  const on = services.map(quiet);
  const placeOf = new Map(services.map((name, place) => [name, place]));
  const declined = new Float64Array(slices);
  let upcoming = 0;
  while (upcoming < effects.length && (effects[upcoming] as Effect).to <= from) upcoming += 1;
  let acting: readonly Effect[] = [];
  /** Whether the sums still hold: nothing began or ended, and nothing comes or goes slowly. */
  let isSteady = false;

  const addUp = (index: number): void => {
    for (const influence of on) Object.assign(influence, quiet());
    declined.fill(0);
    for (const effect of acting) {
      const strength = strengthAt(effect, index);
      if (effect.service === undefined) for (const influence of on) add(influence, effect, strength);
      else {
        const influence = on[placeOf.get(effect.service) ?? -1];
        if (influence !== undefined) add(influence, effect, strength);
      }
      const { slice } = effect;
      if (slice !== undefined) declined[slice.place] = Math.max(declined[slice.place] as number, slice.declined);
    }
    isSteady = acting.every(({ course }) => course === 'at-once');
  };

  return {
    on,
    declined,
    moveTo(index) {
      const before = acting;
      if (acting.some(({ to }) => to <= index)) acting = acting.filter(({ to }) => to > index);
      const first = upcoming;
      while (upcoming < effects.length && (effects[upcoming] as Effect).from <= index) upcoming += 1;
      if (upcoming > first) acting = [...acting, ...effects.slice(first, upcoming).filter(({ to }) => to > index)];
      if (!isSteady || acting !== before) addUp(index);
    },
  };
};
