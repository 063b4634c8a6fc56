import type { AgentState } from '../../agent/api/contract.ts';

/** A service's name as it is shown where it stands on its own. */
export type ShortName = (name: string) => string;

const lastPart = (name: string): string => name.slice(name.lastIndexOf('/') + 1) || name;

/**
 * "payments/gateway" is shown as "gateway" as long as one service alone among `known` goes by that name; where two
 * namespaces share it, both are shown whole: at night nobody should restart the other team's gateway.
 */
export const shortNames = (known: Iterable<string>): ShortName => {
  const owners = new Map<string, string | undefined>();
  for (const name of new Set(known)) owners.set(lastPart(name), owners.has(lastPart(name)) ? undefined : name);
  return (name) => {
    const short = lastPart(name);
    return !owners.has(short) || owners.get(short) === name ? short : name;
  };
};

/** Every service the page can show on its own. */
export const serviceNamesOf = (state: AgentState): readonly string[] => [
  ...state.services.map((card) => card.name),
  ...state.graph.nodes.map((node) => node.name),
  ...state.slo.map((slo) => slo.service),
  ...state.changes.flatMap((change) => change.service ?? []),
  ...state.incidents.flatMap((incident) => incident.services),
];
