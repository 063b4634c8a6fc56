import {
  ATTR_DB_CLIENT_CONNECTION_POOL_NAME,
  ATTR_DB_CLIENT_CONNECTION_STATE,
  DB_CLIENT_CONNECTION_STATE_VALUE_IDLE,
  DB_CLIENT_CONNECTION_STATE_VALUE_USED,
  METRIC_DB_CLIENT_CONNECTION_COUNT,
  METRIC_DB_CLIENT_CONNECTION_MAX,
  METRIC_DB_CLIENT_CONNECTION_PENDING_REQUESTS,
  METRIC_DB_CLIENT_CONNECTION_TIMEOUTS,
} from '@opentelemetry/semantic-conventions/incubating';
import { z } from 'zod';
import { sleep } from '../../../core/clock.ts';
import { createPool, type Pool } from '../concurrency/pool.ts';
import { createFaultBoard } from '../faults.ts';
import { describeProblem, paymentSchema } from '../payment.ts';
import { drawServiceTime } from '../service-time.ts';
import type { Telemetry } from '../telemetry.ts';
import { badRequest, type ServiceContext, type ServiceParts } from './service-parts.ts';

const POOL_SIZE = 8;
const ACQUIRE_TIMEOUT_MS = 400;
const MAX_PENDING = 200;
/** The feature store's answer, on a connection. */
const FEATURE_STORE = { medianMs: 10, sigma: 0.15 };
/** The model, without one. */
const SCORING = { medianMs: 3, sigma: 0.1 };
/** Payments above this are declined: a rule that hardly ever holds for the amounts of the load. */
const DECLINE_ABOVE_MINOR = 200_000;

const poolExhaustion = z.strictObject({
  kind: z.literal('pool-exhaustion'),
  /** Share of the requests that keep their connection. */
  leakShare: z.number().gt(0).max(1).default(0.02),
  durationMs: z.number().positive().optional(),
});
type RiskFault = z.infer<typeof poolExhaustion>;

const observePool = (pool: Pool, { meter }: Telemetry): void => {
  const name = { [ATTR_DB_CLIENT_CONNECTION_POOL_NAME]: 'feature-store' };
  meter
    .createObservableUpDownCounter(METRIC_DB_CLIENT_CONNECTION_COUNT, { unit: '{connection}', description: 'Connections by state.' })
    .addCallback((result) => {
      result.observe(pool.used, { ...name, [ATTR_DB_CLIENT_CONNECTION_STATE]: DB_CLIENT_CONNECTION_STATE_VALUE_USED });
      result.observe(pool.idle, { ...name, [ATTR_DB_CLIENT_CONNECTION_STATE]: DB_CLIENT_CONNECTION_STATE_VALUE_IDLE });
    });
  meter
    .createObservableUpDownCounter(METRIC_DB_CLIENT_CONNECTION_MAX, { unit: '{connection}', description: 'Most connections allowed.' })
    .addCallback((result) => result.observe(pool.max, name));
  meter
    .createObservableUpDownCounter(METRIC_DB_CLIENT_CONNECTION_PENDING_REQUESTS, {
      unit: '{request}',
      description: 'Requests that wait for a connection.',
    })
    .addCallback((result) => result.observe(pool.pending, name));
  meter
    .createObservableCounter(METRIC_DB_CLIENT_CONNECTION_TIMEOUTS, {
      unit: '{timeout}',
      description: 'Requests that gave up waiting for a connection.',
    })
    .addCallback((result) => result.observe(pool.timeouts, name));
};

/** Scores a payment with features from a store, through a real connection pool. */
export const createRisk = ({ clock, random, telemetry }: ServiceContext): ServiceParts => {
  const pool = createPool({ max: POOL_SIZE, maxPending: MAX_PENDING, acquireTimeoutMs: ACQUIRE_TIMEOUT_MS, timer: clock });
  // A restart of the store's proxy closes leaked connections: the pool gets them back when the fault ends.
  const faults = createFaultBoard<RiskFault>(poolExhaustion, clock, () => pool.reclaimLeaked());
  observePool(pool, telemetry);

  return {
    routes: [
      {
        path: '/checks',
        async handle({ body }) {
          const payment = paymentSchema.safeParse(body);
          if (!payment.success) return badRequest(describeProblem(payment.error));
          const connection = await pool.acquire();
          if (!connection.ok) {
            return { status: 503, body: { error: 'POOL_TIMEOUT', message: connection.error.message }, errorType: 'pool_timeout' };
          }
          await sleep(clock, drawServiceTime(random, FEATURE_STORE));
          const exhaustion = faults.find('pool-exhaustion');
          if (exhaustion !== undefined && random() < exhaustion.fault.leakShare) connection.value.leak();
          else connection.value.release();
          await sleep(clock, drawServiceTime(random, SCORING));
          return {
            status: 200,
            body: { id: payment.data.id, decision: payment.data.amountMinor > DECLINE_ABOVE_MINOR ? 'decline' : 'accept' },
          };
        },
      },
    ],
    adminRoutes: {
      'GET /admin/pool': () => ({
        status: 200,
        body: { max: pool.max, used: pool.used, pending: pool.pending, leaked: pool.leaked, timeouts: pool.timeouts },
      }),
    },
    faults,
    warmUp: async () => {},
    close: () => pool.close(),
  };
};
