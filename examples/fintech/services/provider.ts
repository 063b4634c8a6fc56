import { z } from 'zod';
import { sleep } from '../../../core/clock.ts';
import { createFaultBoard } from '../faults.ts';
import type { Reply } from '../http/instrumented-server.ts';
import { describeProblem, ISSUERS, type Issuer, type PaymentAnswer, type Provider, paymentSchema } from '../payment.ts';
import { drawFor, drawServiceTime, type ServiceTime } from '../service-time.ts';
import { badRequest, type ServiceContext, type ServiceParts } from './service-parts.ts';

const LATENCY: Readonly<Record<Provider, ServiceTime>> = {
  'psp-north': { medianMs: 38, sigma: 0.12 },
  'psp-south': { medianMs: 48, sigma: 0.12 },
};

/** What issuers decline on an ordinary day: funds, limits, wrong codes. */
export const BASE_DECLINE_SHARE: Readonly<Record<Issuer, number>> = { birch: 0.05, cedar: 0.045, maple: 0.06, willow: 0.05 };

const errorBurst = z.strictObject({
  kind: z.literal('error-burst'),
  share: z.number().gt(0).max(1).default(0.6),
  durationMs: z.number().positive().optional(),
});
const declineIssuer = z.strictObject({
  kind: z.literal('decline-issuer'),
  issuer: z.enum(ISSUERS),
  share: z.number().gt(0).max(1).default(0.9),
  durationMs: z.number().positive().optional(),
});
const providerFault = z.discriminatedUnion('kind', [errorBurst, declineIssuer]);
type ProviderFault = z.infer<typeof providerFault>;

/** A payment service provider. The answer to a payment is a function of its id, so asking again changes nothing. */
export const createProvider = (provider: Provider, { clock, random, config }: ServiceContext): ServiceParts => {
  const faults = createFaultBoard<ProviderFault>(providerFault, clock);

  const declineShare = (issuer: Issuer): number => {
    const broken = faults.find('decline-issuer')?.fault;
    return broken !== undefined && broken.issuer === issuer ? broken.share : BASE_DECLINE_SHARE[issuer];
  };

  return {
    routes: [
      {
        path: '/authorizations',
        async handle({ body }): Promise<Reply> {
          const parsed = paymentSchema.safeParse(body);
          if (!parsed.success) return badRequest(describeProblem(parsed.error));
          const { id, tenant, rail, issuer } = parsed.data;
          const dimensions = { 'payment.tenant': tenant, 'payment.rail': rail, 'payment.provider': provider, 'payment.issuer': issuer };
          await sleep(clock, drawServiceTime(random, LATENCY[provider]));

          const burst = faults.find('error-burst')?.fault;
          if (burst !== undefined && random() < burst.share) {
            const status = random() < 0.5 ? 502 : 503;
            const answer: PaymentAnswer = { id, outcome: 'failed', provider, reason: 'acquirer_unavailable' };
            return { status, body: answer, attributes: { ...dimensions, 'payment.outcome': 'failed' } };
          }
          const declined = drawFor(config.seed, provider, id) < declineShare(issuer);
          const answer: PaymentAnswer = declined
            ? { id, outcome: 'declined', provider, reason: 'issuer_declined' }
            : { id, outcome: 'approved', provider };
          return { status: 200, body: answer, attributes: { ...dimensions, 'payment.outcome': answer.outcome } };
        },
      },
    ],
    adminRoutes: {},
    faults,
    warmUp: async () => {},
    close: () => {},
  };
};
