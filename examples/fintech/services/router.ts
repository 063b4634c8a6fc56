import { z } from 'zod';
import { sleep } from '../../../core/clock.ts';
import { createFaultBoard } from '../faults.ts';
import type { AdminRoutes } from '../http/admin.ts';
import type { Reply } from '../http/instrumented-server.ts';
import type { Peer } from '../http/peer.ts';
import { describeProblem, type PaymentAnswer, type Provider, paymentSchema } from '../payment.ts';
import { drawFor, drawServiceTime } from '../service-time.ts';
import { createRoutingTable, type RoutingTable } from './routing-table.ts';
import { badRequest, type ServiceContext, type ServiceParts } from './service-parts.ts';

const LOOKUP = { medianMs: 2.5, sigma: 0.1 };

const routingRoutes = (table: RoutingTable): AdminRoutes => {
  const describe = (): unknown => ({ revision: table.revision, rules: table.rules() });
  return {
    'GET /admin/routing': () => ({ status: 200, body: describe() }),
    'POST /admin/routing': (body) => {
      const changed = table.change(body);
      if (!changed.ok) return { status: 400, body: { error: changed.error.code, message: changed.error.message } };
      return { status: 200, body: { revision: table.revision, before: changed.value } };
    },
    'DELETE /admin/routing': () => {
      table.reset();
      return { status: 200, body: describe() };
    },
  };
};

/** Chooses the provider by issuer and rail and passes its answer on. No retry: an authorization may have happened. */
export const createRouter = ({ clock, random, config, telemetry, peer }: ServiceContext): ServiceParts => {
  const table = createRoutingTable();
  const providers: Readonly<Record<Provider, Peer>> = { 'psp-north': peer('psp-north'), 'psp-south': peer('psp-south') };
  const routed = telemetry.meter.createCounter('payment.routed', { unit: '{payment}', description: 'Payments sent to a provider.' });

  return {
    routes: [
      {
        path: '/authorizations',
        async handle({ body, context }): Promise<Reply> {
          const parsed = paymentSchema.safeParse(body);
          if (!parsed.success) return badRequest(describeProblem(parsed.error));
          const payment = parsed.data;
          await sleep(clock, drawServiceTime(random, LOOKUP));
          const provider = table.choose(payment.issuer, payment.rail, drawFor(config.seed, 'route', payment.id));
          const dimensions = { 'payment.rail': payment.rail, 'payment.provider': provider, 'payment.issuer': payment.issuer };
          const attributes = { 'payment.tenant': payment.tenant, ...dimensions };
          routed.add(1, dimensions);

          const failed = (status: number, reason: string): Reply => {
            const answer: PaymentAnswer = { id: payment.id, outcome: 'failed', provider, reason };
            return { status, body: answer, errorType: reason, attributes };
          };
          const answer = await providers[provider].post('/authorizations', payment, context);
          if (!answer.ok) return failed(answer.error.code === 'TIMEOUT' ? 504 : 502, `provider_${answer.error.code.toLowerCase()}`);
          if (answer.value.status !== 200) return failed(502, `provider_${answer.value.status}`);
          return { status: 200, body: answer.value.body, attributes };
        },
      },
    ],
    adminRoutes: routingRoutes(table),
    faults: createFaultBoard(z.never(), clock),
    warmUp: async () => {},
    close: () => {},
  };
};
