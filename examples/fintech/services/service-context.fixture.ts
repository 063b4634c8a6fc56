import { metrics, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { fail, type Outcome, succeed } from '../../../core/outcome.ts';
import { seededRandom } from '../../../core/random.ts';
import { createSimulatedClock, type SimulatedClock } from '../../../core/simulated-clock.ts';
import { type ServiceName, serviceConfigSchema } from '../config.ts';
import type { Call, Reply } from '../http/instrumented-server.ts';
import type { PeerFailure, PeerReply } from '../http/peer.ts';
import type { Payment } from '../payment.ts';
import type { ServiceContext, ServiceParts } from './service-parts.ts';

export const aPayment = (id: string, over: Partial<Payment> = {}): Payment => ({
  id,
  amountMinor: 1_250,
  currency: 'EUR',
  tenant: 'alpine-bank',
  rail: 'card',
  issuer: 'birch',
  ...over,
});

/** What a scripted peer answers; undefined: the transport fails. */
export type PeerScript = (path: string, body: unknown) => PeerReply | undefined;

export interface SimulatedContext extends ServiceContext {
  readonly clock: SimulatedClock;
}

/** A service's surroundings in simulated time, with the no-op telemetry of the OpenTelemetry API and scripted peers. */
export const simulatedContext = (
  service: ServiceName,
  peers: Partial<Record<ServiceName, PeerScript>> = {},
  config: object = {},
): SimulatedContext => ({
  config: serviceConfigSchema.parse({ service, timeScale: 0.01, ...config }),
  clock: createSimulatedClock(0),
  random: seededRandom(11),
  telemetry: {
    tracer: trace.getTracer('test'),
    meter: metrics.getMeter('test'),
    extract: (parent) => parent,
    inject: () => {},
    prometheusHandler: undefined,
    shutdown: async () => {},
  },
  peer: (name) => ({
    name,
    async post(path, body): Promise<Outcome<PeerReply, PeerFailure>> {
      const reply = peers[name]?.(path, body);
      return reply === undefined ? fail('UNREACHABLE', `${name} cannot be reached`) : succeed(reply);
    },
    close: () => {},
  }),
});

const promisesSettled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Moves time in steps of a millisecond and lets promises settle before the first and after each. */
export const pass = async (clock: SimulatedClock, ms: number): Promise<void> => {
  await promisesSettled();
  for (let passed = 0; passed < ms; passed += 1) {
    clock.advance(1);
    await promisesSettled();
  }
};

export const post = (service: ServiceParts, path: string, body: unknown): Promise<Reply> => {
  const route = service.routes.find((each) => each.path === path);
  if (route === undefined) throw new Error(`no route ${path}`);
  const call: Call = { body, context: ROOT_CONTEXT, span: trace.getTracer('test').startSpan('test') };
  return route.handle(call);
};
