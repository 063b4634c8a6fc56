import type { SignalScope } from '../../core/signal.ts';
import {
  EDGE_SPECS,
  type GroupFamily,
  type LearnedCallee,
  type Objective,
  OVERFLOW,
  objectiveSpecs,
  REPORTING_SPECS,
  SERVICE_SPECS,
  type ServiceEntry,
  type SignalSpec,
  SLICE_SPECS,
  type SpanGroup,
} from './service-entry.ts';

/** Everything a restart needs to give every service and group its place again. */
export interface RegistryState {
  readonly entries: readonly {
    readonly tenant: string;
    readonly name: string;
    readonly learned: readonly (readonly [address: string, LearnedCallee])[];
  }[];
  /** By entry. */
  readonly lastReport: Float64Array;
  /** By slice group: its dimensions, so that a changed configuration is noticed. */
  readonly sliceGroups: readonly (readonly string[])[];
  /** By group; null where one was forgotten. */
  readonly groups: readonly ({
    readonly owner: number;
    readonly family: GroupFamily;
    readonly detail: string;
    readonly sliceGroup: number;
    readonly values: readonly number[];
  } | null)[];
  readonly first: Float64Array;
  readonly last: Float64Array;
}

export interface ServiceRegistry {
  entries(): readonly ServiceEntry[];
  entry(tenant: string, name: string): ServiceEntry;
  find(tenant: string, name: string): ServiceEntry | undefined;
  /** Only entries whose last DNS-like label names exactly one service; see resolvePeer. */
  byBareName(tenant: string, bare: string): ServiceEntry | undefined;
  /** Undefined at the places of forgotten groups. */
  groups(): readonly (SpanGroup | undefined)[];
  serviceGroup(entry: ServiceEntry): SpanGroup;
  edgeGroup(entry: ServiceEntry, callee: string): SpanGroup;
  sliceGroup(entry: ServiceEntry, sliceGroup: number, values: readonly number[]): SpanGroup;
  forget(group: SpanGroup): void;
  state(): RegistryState;
}

export interface RegistryOptions {
  readonly sliceGroups: readonly (readonly string[])[];
  readonly objectives: readonly Objective[];
  readonly textOf: (id: number) => string;
  /** Asks for room for new signals; `what` names what is folded when there is none. */
  readonly admit: (signals: number, what: () => string) => boolean;
}

/** Dictionary ids stay below 2^26, so a pair is exact in a float64: no string is built for the usual one or two values. */
export const sliceKey = (values: readonly number[]): number | string => {
  if (values.length === 1) return values[0] as number;
  if (values.length === 2) return (values[0] as number) * 67_108_864 + (values[1] as number);
  return values.join(',');
};

const bareName = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

const sliceOf = (names: readonly string[], values: readonly number[], textOf: (id: number) => string): Readonly<Record<string, string>> => {
  // No span has an absent value in a slice, so all zeros name the overflow slice.
  const overflowing = values.every((value) => value === 0);
  return Object.fromEntries(names.map((name, i) => [name, overflowing ? OVERFLOW : textOf(values[i] as number)]));
};

export const createServiceRegistry = (options: RegistryOptions, restored?: RegistryState): ServiceRegistry => {
  const { sliceGroups, objectives } = options;
  const entries: ServiceEntry[] = [];
  const byTenant = new Map<string, Map<string, ServiceEntry>>();
  const bare = new Map<string, Map<string, ServiceEntry | undefined>>();
  const groups: (SpanGroup | undefined)[] = [];
  const free: number[] = [];

  const create = (
    owner: ServiceEntry,
    family: GroupFamily,
    detail: string,
    scope: SignalScope,
    specs: readonly SignalSpec[],
    sliceGroup = -1,
    values: readonly number[] = [],
    index = free.pop() ?? groups.length,
  ): SpanGroup => {
    const group: SpanGroup = {
      index,
      family,
      owner,
      detail,
      sliceGroup,
      values,
      ids: new Int32Array(specs.length).fill(-1),
      tenant: owner.tenant,
      service: owner.name,
      scope,
      specs,
      first: Number.POSITIVE_INFINITY,
      last: Number.NEGATIVE_INFINITY,
    };
    groups[index] = group;
    return group;
  };

  const noteBareName = (entry: ServiceEntry): void => {
    let names = bare.get(entry.tenant);
    if (names === undefined) {
      names = new Map();
      bare.set(entry.tenant, names);
    }
    const short = bareName(entry.name);
    names.set(short, names.has(short) ? undefined : entry);
  };

  const register = (tenant: string, name: string, names: Map<string, ServiceEntry>): ServiceEntry => {
    const entry: ServiceEntry = {
      index: entries.length,
      tenant,
      name,
      reporting: { ids: new Int32Array(1).fill(-1), tenant, service: name, scope: { kind: 'service' }, specs: REPORTING_SPECS },
      objectives: [],
      slices: sliceGroups.map(() => new Map()),
      edges: new Map(),
      learned: new Map(),
      red: undefined,
      lastReport: Number.NEGATIVE_INFINITY,
    };
    entries.push(entry);
    names.set(name, entry);
    noteBareName(entry);
    return entry;
  };

  const addObjective = (entry: ServiceEntry, objective: Objective, index?: number): void => {
    const { name, kind, thresholdSeconds } = objective;
    const group = create(entry, 'objective', name, { kind: 'service' }, objectiveSpecs(name), -1, [], index);
    const thresholdNanos = kind === 'latency' ? (thresholdSeconds as number) * 1e9 : Number.POSITIVE_INFINITY;
    entry.objectives.push({ group, objective, thresholdNanos });
  };

  const addObjectives = (entry: ServiceEntry): void => {
    for (const objective of objectives) {
      const applies = objective.service === entry.name || objective.service === bareName(entry.name);
      if (applies && !entry.objectives.some((known) => known.objective === objective)) addObjective(entry, objective);
    }
  };

  const tenantNames = (tenant: string): Map<string, ServiceEntry> => {
    let names = byTenant.get(tenant);
    if (names === undefined) {
      names = new Map();
      byTenant.set(tenant, names);
    }
    return names;
  };

  const edgeGroup = (entry: ServiceEntry, callee: string): SpanGroup => {
    const known = entry.edges.get(callee);
    if (known !== undefined) return known;
    if (callee !== OVERFLOW && !options.admit(EDGE_SPECS.length, () => `edge ${entry.name} -> ${callee}`))
      return edgeGroup(entry, OVERFLOW);
    const group = create(entry, 'edge', callee, { kind: 'edge', callee }, EDGE_SPECS);
    entry.edges.set(callee, group);
    return group;
  };

  const sliceGroup = (entry: ServiceEntry, at: number, values: readonly number[]): SpanGroup => {
    const known = entry.slices[at]?.get(sliceKey(values));
    if (known !== undefined) return known;
    const names = sliceGroups[at] as readonly string[];
    const slice = sliceOf(names, values, options.textOf);
    const label = (): string => `slice ${entry.name} ${names.map((name) => `${name}=${slice[name]}`).join(', ')}`;
    if (values.some((value) => value !== 0) && !options.admit(SLICE_SPECS.length, label)) {
      return sliceGroup(
        entry,
        at,
        values.map(() => 0),
      );
    }
    const group = create(entry, 'slice', '', { kind: 'slice', slice }, SLICE_SPECS, at, [...values]);
    entry.slices[at]?.set(sliceKey(values), group);
    return group;
  };

  /** A group whose objective or slice is no longer configured stays a hole: its place may be in kept steps. */
  const restoreGroup = (state: RegistryState, index: number): void => {
    const known = state.groups[index];
    groups[index] = undefined;
    if (known === null || known === undefined) {
      free.push(index);
      return;
    }
    const owner = entries[known.owner] as ServiceEntry;
    const { detail, values } = known;
    if (known.family === 'service') owner.red = create(owner, 'service', '', { kind: 'service' }, SERVICE_SPECS, -1, [], index);
    else if (known.family === 'edge') {
      owner.edges.set(detail, create(owner, 'edge', detail, { kind: 'edge', callee: detail }, EDGE_SPECS, -1, [], index));
    } else if (known.family === 'objective') {
      const objective = objectives.find(({ name }) => name === detail);
      if (objective !== undefined) addObjective(owner, objective, index);
    } else {
      const dimensions = JSON.stringify(state.sliceGroups[known.sliceGroup]);
      const at = sliceGroups.findIndex((names) => JSON.stringify(names) === dimensions);
      if (at < 0) return;
      const slice = sliceOf(sliceGroups[at] as readonly string[], values, options.textOf);
      owner.slices[at]?.set(sliceKey(values), create(owner, 'slice', '', { kind: 'slice', slice }, SLICE_SPECS, at, values, index));
    }
    const group = groups[index] as SpanGroup | undefined;
    if (group === undefined) return;
    group.first = state.first[index] as number;
    group.last = state.last[index] as number;
  };

  const restore = (state: RegistryState): void => {
    for (const [index, { tenant, name, learned }] of state.entries.entries()) {
      const entry = register(tenant, name, tenantNames(tenant));
      entry.lastReport = state.lastReport[index] as number;
      for (const [address, callee] of learned) entry.learned.set(address, callee);
    }
    for (let index = 0; index < state.groups.length; index++) restoreGroup(state, index);
    for (const entry of entries) addObjectives(entry);
  };
  if (restored !== undefined) restore(restored);

  return {
    entries: () => entries,
    entry(tenant, name) {
      const names = tenantNames(tenant);
      const known = names.get(name);
      if (known !== undefined) return known;
      const entry = register(tenant, name, names);
      addObjectives(entry);
      return entry;
    },
    find: (tenant, name) => byTenant.get(tenant)?.get(name),
    byBareName: (tenant, name) => bare.get(tenant)?.get(name),
    groups: () => groups,
    serviceGroup(entry) {
      entry.red ??= create(entry, 'service', '', { kind: 'service' }, SERVICE_SPECS);
      return entry.red;
    },
    edgeGroup,
    sliceGroup,
    forget(group) {
      if (group.family === 'edge') group.owner.edges.delete(group.detail);
      else if (group.family === 'slice') group.owner.slices[group.sliceGroup]?.delete(sliceKey(group.values));
      else return;
      groups[group.index] = undefined;
      free.push(group.index);
    },
    state: () => ({
      entries: entries.map(({ tenant, name, learned }) => ({ tenant, name, learned: [...learned] })),
      lastReport: Float64Array.from(entries, (entry) => entry.lastReport),
      sliceGroups,
      groups: groups.map((group) => {
        if (group === undefined) return null;
        const { owner, family, detail, sliceGroup: at, values } = group;
        return { owner: owner.index, family, detail, sliceGroup: at, values };
      }),
      first: Float64Array.from(groups, (group) => group?.first ?? Number.NaN),
      last: Float64Array.from(groups, (group) => group?.last ?? Number.NaN),
    }),
  };
};
