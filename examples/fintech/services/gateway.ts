import type { Context } from '@opentelemetry/api';
import { z } from 'zod';
import { sleep } from '../../../core/clock.ts';
import { createSemaphore, type Semaphore } from '../concurrency/semaphore.ts';
import { createFaultBoard } from '../faults.ts';
import type { Call, Reply } from '../http/instrumented-server.ts';
import type { Peer } from '../http/peer.ts';
import { describeProblem, type Payment, type PaymentAnswer, paymentRequestSchema } from '../payment.ts';
import { drawServiceTime } from '../service-time.ts';
import type { Telemetry } from '../telemetry.ts';
import { type BinTable, loadBinTable } from './bin-table.ts';
import { badRequest, type ServiceContext, type ServiceParts } from './service-parts.ts';

/** Own work of a payment in its slot, before and after the calls: tokenizing, signing, writing the receipt. */
const BEFORE = { medianMs: 34, sigma: 0.08 };
const AFTER = { medianMs: 34, sigma: 0.08 };

/** What a payment came to, before it is written to the caller. */
interface Result {
  readonly status: number;
  readonly answer: PaymentAnswer;
}

const failed = (id: string, reason: string, status = 502): Result => ({ status, answer: { id, outcome: 'failed', reason } });
const declined = (id: string, reason: string): Result => ({ status: 200, answer: { id, outcome: 'declined', reason } });

const observeSlots = (slots: Semaphore, { meter }: Telemetry): void => {
  meter
    .createObservableGauge('payment.slots.used', { unit: '{payment}', description: 'Payments in work.' })
    .addCallback((result) => result.observe(slots.used));
  meter
    .createObservableGauge('payment.slots.limit', { unit: '{payment}', description: 'Payments that one replica works on at once.' })
    .addCallback((result) => result.observe(slots.permits));
  meter
    .createObservableGauge('payment.queue.length', { unit: '{payment}', description: 'Payments that wait for a slot.' })
    .addCallback((result) => result.observe(slots.waiting));
};

/**
 * The front of the flow. A replica works on `slots` payments at once and queues `maxQueue` more, first come first
 * served; past that it answers 503. The queue lies inside the server span, so saturation shows as latency.
 */
export const createGateway = ({ clock, random, config, telemetry, peer }: ServiceContext): ServiceParts => {
  const slots = createSemaphore({ permits: config.slots, maxWaiting: config.maxQueue, timer: clock });
  const ledger = peer('ledger');
  const risk = peer('risk');
  const router = peer('router');
  const stopping = new AbortController();
  let bins: BinTable | undefined;
  observeSlots(slots, telemetry);

  /** The body of an answer with status 200, or the reason of the failure as a code of this peer. */
  const ask = async (
    target: Peer,
    path: string,
    body: unknown,
    context: Context,
  ): Promise<{ readonly body: unknown } | { readonly reason: string }> => {
    const reply = await target.post(path, body, context);
    if (!reply.ok) return { reason: `${target.name}_${reply.error.code.toLowerCase()}` };
    if (reply.value.status !== 200) return { reason: `${target.name}_${reply.value.status}` };
    return { body: reply.value.body };
  };

  /** Money is reserved: check, authorize, settle. */
  const authorize = async (payment: Payment, context: Context): Promise<Result> => {
    const check = await ask(risk, '/checks', payment, context);
    if ('reason' in check) return failed(payment.id, check.reason);
    if ((check.body as { readonly decision?: string }).decision === 'decline') return declined(payment.id, 'risk_declined');
    const authorization = await router.post('/authorizations', payment, context);
    if (!authorization.ok) return failed(payment.id, `router_${authorization.error.code.toLowerCase()}`);
    const answer = authorization.value.body as PaymentAnswer;
    if (authorization.value.status === 200) return { status: 200, answer };
    return {
      status: 502,
      answer: { ...failed(payment.id, answer.reason ?? 'router_failed').answer, ...(answer.provider && { provider: answer.provider }) },
    };
  };

  const pay = async (payment: Payment, context: Context): Promise<Result> => {
    await sleep(clock, drawServiceTime(random, BEFORE));
    const reservation = await ledger.post('/reservations', payment, context);
    // Whether it was posted is unknown after a timeout: the ledger gives unsettled reservations back by itself.
    if (!reservation.ok) return failed(payment.id, `ledger_${reservation.error.code.toLowerCase()}`);
    if (reservation.value.status === 402) return declined(payment.id, 'insufficient_funds');
    if (reservation.value.status !== 200) return failed(payment.id, `ledger_${reservation.value.status}`);

    const result = await authorize(payment, context);
    const { outcome, provider } = result.answer;
    const settlement =
      outcome === 'approved'
        ? await ask(ledger, '/captures', { id: payment.id, provider }, context)
        : await ask(ledger, '/releases', { id: payment.id }, context);
    await sleep(clock, drawServiceTime(random, AFTER));
    if (outcome === 'approved' && 'reason' in settlement)
      return { status: 502, answer: { ...result.answer, outcome: 'failed', reason: settlement.reason } };
    return result;
  };

  const toReply = (payment: Payment, { status, answer }: Result): Reply => ({
    status,
    body: answer,
    ...(status >= 500 && answer.reason !== undefined && { errorType: answer.reason }),
    attributes: {
      'payment.tenant': payment.tenant,
      'payment.rail': payment.rail,
      'payment.issuer': payment.issuer,
      'payment.outcome': answer.outcome,
      ...(answer.provider && { 'payment.provider': answer.provider }),
    },
  });

  const handle = async ({ body, context }: Call): Promise<Reply> => {
    const parsed = paymentRequestSchema.safeParse(body);
    if (!parsed.success) return badRequest(describeProblem(parsed.error));
    const { bin, issuer = bin === undefined ? undefined : bins?.issuerOf(Number(bin)), ...rest } = parsed.data;
    if (issuer === undefined) return badRequest('issuer: neither an issuer nor the first 8 digits of a known card');
    const payment: Payment = { ...rest, issuer };
    const slot = await slots.acquire();
    if (!slot.ok) return toReply(payment, failed(payment.id, slot.error.code === 'QUEUE_FULL' ? 'queue_full' : 'shutting_down', 503));
    try {
      return toReply(payment, await pay(payment, context));
    } finally {
      slot.value();
    }
  };

  return {
    routes: [{ path: '/payments', handle }],
    adminRoutes: {
      'GET /admin/slots': () => ({ status: 200, body: { slots: slots.permits, used: slots.used, waiting: slots.waiting } }),
    },
    faults: createFaultBoard(z.never(), clock),
    async warmUp() {
      bins = await loadBinTable(config.seed, clock, config.timeScale, stopping.signal);
    },
    close() {
      stopping.abort();
      slots.close();
    },
  };
};
