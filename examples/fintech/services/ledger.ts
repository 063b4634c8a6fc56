import { z } from 'zod';
import { sleep } from '../../../core/clock.ts';
import { createLock } from '../concurrency/lock.ts';
import { createFaultBoard } from '../faults.ts';
import type { Reply, Route } from '../http/instrumented-server.ts';
import { describeProblem, PROVIDERS, paymentSchema, TENANTS } from '../payment.ts';
import { drawServiceTime } from '../service-time.ts';
import { createLedgerBook, type PostingOutcome } from './ledger-book.ts';
import { badRequest, type ServiceContext, type ServiceParts } from './service-parts.ts';

/** Ten billion euros each: enough for weeks of load. */
const OPENING_MINOR = 1_000_000_000_000;
/** Before the lock: reading and checking. */
const PREPARE = { medianMs: 4.5, sigma: 0.1 };
/** Under the lock: writing the posting. About 300 postings a second pass the lock. */
const HOLD = { medianMs: 2, sigma: 0.1 };
const LOCK_TIMEOUT_MS = 2_000;
const MAX_WAITING = 500;
/** A reservation nobody settled is given back after this. */
const RESERVATION_TTL_MS = 60_000;
const SWEEP_MS = 5_000;

const lockContention = z.strictObject({
  kind: z.literal('lock-contention'),
  /** The hold time reaches this multiple at the end of the ramp and stays there. */
  factor: z.number().min(1).max(200).default(15),
  rampMs: z.number().positive().default(30_000),
  durationMs: z.number().positive().optional(),
});
type LedgerFault = z.infer<typeof lockContention>;

const captureSchema = z.object({ id: z.string().min(1), provider: z.enum(PROVIDERS) });
const releaseSchema = z.object({ id: z.string().min(1) });
const reserveSchema = paymentSchema.pick({ id: true, tenant: true, amountMinor: true });

/** Multiple of the hold time: linear from 1 to `factor` over the ramp. */
export const holdFactor = (fault: { readonly factor: number; readonly rampMs: number }, elapsedMs: number): number =>
  1 + (fault.factor - 1) * Math.min(1, elapsedMs / fault.rampMs);

export const createLedger = ({ clock, random, telemetry }: ServiceContext): ServiceParts => {
  const book = createLedgerBook({ opening: Object.fromEntries(TENANTS.map((tenant) => [tenant, OPENING_MINOR])) });
  const lock = createLock({ maxWaiting: MAX_WAITING, waitTimeoutMs: LOCK_TIMEOUT_MS, timer: clock });
  const faults = createFaultBoard<LedgerFault>(lockContention, clock);
  telemetry.meter
    .createObservableGauge('ledger.lock.waiting', { unit: '{posting}', description: 'Postings that wait for the journal lock.' })
    .addCallback((result) => result.observe(lock.waiting));

  const holdTime = (): number => {
    const contention = faults.find('lock-contention');
    return drawServiceTime(random, HOLD) * (contention === undefined ? 1 : holdFactor(contention.fault, contention.elapsedMs));
  };

  const replyTo = (id: string, outcome: PostingOutcome): Reply => {
    if (outcome.ok) return { status: 200, body: { id, state: outcome.value } };
    const status = outcome.error.code === 'UNKNOWN_PAYMENT' ? 404 : outcome.error.code === 'INSUFFICIENT_FUNDS' ? 402 : 409;
    return { status, body: { error: outcome.error.code, message: outcome.error.message } };
  };

  /** A posting: checked outside the lock, written and held under it. */
  const posting = <Body extends { readonly id: string }>(
    path: string,
    schema: z.ZodType<Body>,
    write: (body: Body) => PostingOutcome,
  ): Route => ({
    path,
    async handle({ body }) {
      const parsed = schema.safeParse(body);
      if (!parsed.success) return badRequest(describeProblem(parsed.error));
      await sleep(clock, drawServiceTime(random, PREPARE));
      const written = await lock.run(async () => {
        const outcome = write(parsed.data);
        await sleep(clock, holdTime());
        return outcome;
      });
      if (written.ok) return replyTo(parsed.data.id, written.value);
      return { status: 503, body: { error: 'LOCK_UNAVAILABLE', message: written.error.message }, errorType: 'lock_timeout' };
    },
  });

  const stopSweeping = clock.every(SWEEP_MS, () => {
    void lock.run(async () => book.releaseOlderThan(clock.elapsedMs() - RESERVATION_TTL_MS));
  });

  return {
    routes: [
      posting('/reservations', reserveSchema, ({ id, tenant, amountMinor }) => book.reserve(id, tenant, amountMinor, clock.elapsedMs())),
      posting('/captures', captureSchema, ({ id, provider }) => book.capture(id, provider)),
      posting('/releases', releaseSchema, ({ id }) => book.release(id)),
    ],
    adminRoutes: {
      'GET /admin/invariants': () => ({ status: 200, body: book.invariants() }),
      'GET /admin/balances': () => ({ status: 200, body: book.balances() }),
    },
    faults,
    warmUp: async () => {},
    close() {
      stopSweeping();
      lock.close();
    },
  };
};
