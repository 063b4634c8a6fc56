import type { Incident } from '../../agent/incident/incident.ts';
import type { SignalScope } from '../../core/signal.ts';

type Finding = Incident['findings'][number];

/**
 * The finding the title speaks of: the strongest harmful one of the service whose users are hurt, else that service's
 * strongest, else the strongest at all. Findings come strongest first.
 */
export const symptomFinding = (incident: Pick<Incident, 'symptomService' | 'findings'>): Finding | undefined => {
  const ofSymptom = incident.findings.filter((finding) => finding.service === incident.symptomService);
  return ofSymptom.find((finding) => finding.harmful) ?? ofSymptom[0] ?? incident.findings[0];
};

const ESCAPED = /%(25|7c|3d|2c)/g;
const unescapePart = (part: string): string =>
  part.replace(ESCAPED, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

const pairsOf = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text
      .split(',')
      .filter((pair) => pair.includes('='))
      .map((pair) => [unescapePart(pair.slice(0, pair.indexOf('='))), unescapePart(pair.slice(pair.indexOf('=') + 1))]),
  );

/** The scope a model key (core/signal.ts: tenant|service|name|scope) ends in; of the whole service when it says nothing we know. */
export const scopeOfKey = (key: string): SignalScope => {
  const text = key.split('|')[3] ?? '';
  const colon = text.indexOf(':');
  const rest = text.slice(colon + 1);
  switch (text.slice(0, Math.max(0, colon))) {
    case 'operation':
      return { kind: 'operation', operation: unescapePart(rest) };
    case 'edge':
      return { kind: 'edge', callee: unescapePart(rest) };
    case 'slice':
      return { kind: 'slice', slice: pairsOf(rest) };
    case 'resource':
      return { kind: 'resource', attributes: pairsOf(rest) };
    default:
      return { kind: 'service' };
  }
};

const pairsText = (pairs: Readonly<Record<string, string>>): string =>
  Object.entries(pairs)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');

/** What part of a service a signal speaks of, in few words; empty for the whole service. */
export const scopeText = (scope: SignalScope, nameOf: (service: string) => string): string => {
  switch (scope.kind) {
    case 'service':
      return '';
    case 'operation':
      return scope.operation;
    case 'edge':
      return `→ ${nameOf(scope.callee)}`;
    case 'slice':
      return pairsText(scope.slice);
    case 'resource':
      return pairsText(scope.attributes);
  }
};
