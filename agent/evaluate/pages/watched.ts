import { DEFAULT_TENANT } from '../../../core/names.ts';
import type { HarmDirection, SignalKind, SignalScope, SignalTable } from '../../../core/signal.ts';
import { ENTRY, type FleetParameters } from './parameters.ts';

export const OBJECTIVE = 'payments';

const SERVICE: SignalScope = { kind: 'service' };
const resource = (attributes: Readonly<Record<string, string>> = {}): SignalScope => ({ kind: 'resource', attributes });

type Spec = readonly [field: string, name: string, kind: SignalKind, unit: string, harm: HarmDirection, scope: SignalScope];

/**
 * 'what-pages' leaves out signals without a direction of harm, but for the own time of services, which tells a slow one from
 * its callers: the others name suspects and open nothing, and are most of the work. What is left comes out the same, number by number.
 */
export type Watch = 'everything' | 'what-pages';

/** The names, kinds and directions of harm that collectors/red and collectors/normalize give. */
const SPECS: readonly Spec[] = [
  ['reporting', 'reporting', 'gauge', '1', 'none', SERVICE],
  ['requests', 'requests', 'rate', '1/s', 'fall', SERVICE],
  ['errors', 'errors', 'ratio', '1', 'rise', SERVICE],
  ['origin', 'origin_errors', 'ratio', '1', 'none', SERVICE],
  ['duration', 'duration', 'duration', 's', 'rise', SERVICE],
  ['self', 'self_duration', 'duration', 's', 'none', SERVICE],
  ['p95', 'duration_p95', 'gauge', 's', 'none', SERVICE],
  ['p50', 'duration_p50', 'gauge', 's', 'none', SERVICE],
  ['cpu', 'process.cpu.utilization', 'gauge', '1', 'none', resource()],
  ['active', 'http.server.active_requests', 'gauge', '{request}', 'none', resource()],
  ['pool', 'db.client.connection.count', 'gauge', '{connection}', 'none', resource({ state: 'used' })],
  ['poolMax', 'db.client.connection.max', 'gauge', '{connection}', 'none', resource()],
  ['timeouts', 'db.client.connection.timeouts', 'rate', '1/s', 'none', resource()],
  ['heap', 'process.memory.usage', 'gauge', 'By', 'none', resource()],
];

/** Ids of the signals of a fleet in a table. */
export interface FleetSignals {
  /** By service, by field of the step; a field that is not watched is missing. */
  readonly services: ReadonlyMap<string, Readonly<Record<string, number>>>;
  /** In order of services and their calls; none where only what pages is watched. */
  readonly edges: readonly {
    readonly caller: string;
    readonly callee: string;
    readonly requests: number;
    readonly errors: number;
    readonly duration: number;
  }[];
  /** In order of slices; `requests` is -1 where only what pages is watched. */
  readonly slices: readonly { readonly requests: number; readonly errors: number; readonly declined: number }[];
  readonly declined: number;
  readonly objective: number;
  /** Most rows a step can have. */
  readonly size: number;
}

export const registerSignals = ({ services, slices }: FleetParameters, signals: SignalTable, watch: Watch): FleetSignals => {
  const whole = watch === 'everything';
  const before = signals.size;
  const register = (service: string, name: string, kind: SignalKind, unit: string, harm: HarmDirection, scope: SignalScope): number =>
    signals.register({ tenant: DEFAULT_TENANT, service, name, scope }, kind, unit, harm).id;
  const ofServices = new Map(
    services.map(({ name: service }) => [
      service,
      Object.fromEntries(
        SPECS.filter(([field, , , , harm]) => whole || harm !== 'none' || field === 'self').map(
          ([field, name, kind, unit, harm, scope]) => [field, register(service, name, kind, unit, harm, scope)],
        ),
      ),
    ]),
  );
  const edges = (whole ? services : []).flatMap(({ name: caller, calls }) =>
    calls.map(({ callee }) => {
      const scope: SignalScope = { kind: 'edge', callee };
      return {
        caller,
        callee,
        requests: register(caller, 'requests', 'rate', '1/s', 'none', scope),
        errors: register(caller, 'errors', 'ratio', '1', 'none', scope),
        duration: register(caller, 'duration', 'duration', 's', 'none', scope),
      };
    }),
  );
  const ofSlices = slices.map(({ parts }) => {
    const scope: SignalScope = { kind: 'slice', slice: parts };
    return {
      requests: whole ? register(ENTRY, 'requests', 'rate', '1/s', 'none', scope) : -1,
      errors: register(ENTRY, 'errors', 'ratio', '1', 'rise', scope),
      declined: register(ENTRY, 'declined', 'ratio', '1', 'rise', scope),
    };
  });
  const declined = register(ENTRY, 'declined', 'ratio', '1', 'rise', SERVICE);
  const objective = register(ENTRY, `slo:${OBJECTIVE}`, 'ratio', '1', 'rise', SERVICE);
  return { services: ofServices, edges, slices: ofSlices, declined, objective, size: signals.size - before };
};
