import { Agent, request as httpRequest } from 'node:http';
import { z } from 'zod';
import { type Clock, sleep } from '../../core/clock.ts';
import { systemClock } from '../../core/system-clock.ts';
import { parseConfig } from './config.ts';
import { readJson } from './http/body.ts';
import { type Arrival, loadPlan, loadShapeSchema } from './load.ts';
import { type Answered, createLoadReport } from './load-report.ts';
import type { Payment, PaymentAnswer } from './payment.ts';
import { runUntilStopped, say } from './process-life.ts';

/** Longer than any bound inside the flow. */
const ANSWER_TIMEOUT_MS = 15_000;
/** After the last arrival, for answers on their way. */
const DRAIN_MS = 3_000;
const LAG_PROBE_MS = 20;

const loadConfigSchema = loadShapeSchema.extend({
  dayLengthMs: z.coerce.number().positive().default(120_000),
  startPhase: z.coerce.number().min(0).lt(1).default(0),
  scale: z.coerce.number().positive().default(1),
  /** Base URL that takes POST /payments: the proxy before the gateway replicas, or one replica. */
  url: z.url({ protocol: /^http$/ }),
  seed: z.coerce.number().int().default(1),
  /** Seconds; absent: until SIGTERM. */
  duration: z.coerce.number().positive().max(86_400).optional(),
  /** Payments without an answer; one more is shed. */
  maxOutstanding: z.coerce.number().int().positive().max(20_000).default(2_000),
  /** An answer later than this counts as slow: what the objective allows. */
  slowMs: z.coerce.number().positive().optional(),
  parentPid: z.coerce.number().int().positive().optional(),
});

/** The file given with --config. `duration` is seconds; the rest as in LoadShape. */
export type LoadConfig = z.input<typeof loadConfigSchema>;

interface Sender {
  readonly outstanding: number;
  send(payment: Payment): Promise<Answered>;
  close(): void;
}

const createSender = (url: string, clock: Clock): Sender => {
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 256, timeout: 30_000 });
  let outstanding = 0;

  const exchange = (id: string, text: string): Promise<Answered> =>
    new Promise((resolve) => {
      // Every service is idempotent by the payment id, so a proxy may try again when a replica goes away.
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), 'idempotency-key': id };
      const request = httpRequest({ agent, host: hostname, port, path: '/payments', method: 'POST', headers });
      const cancelTimeout = clock.after(ANSWER_TIMEOUT_MS, () => request.destroy(new Error('no answer in time')));
      const settle = (answered: Answered): void => {
        cancelTimeout();
        resolve(answered);
      };
      request.on('error', () => settle('failed'));
      request.on('response', async (response) => {
        const body = await readJson(response);
        const outcome = body.ok && response.statusCode === 200 ? (body.value as PaymentAnswer | undefined)?.outcome : 'failed';
        settle(outcome ?? 'failed');
      });
      request.end(text);
    });

  return {
    get outstanding() {
      return outstanding;
    },
    async send(payment) {
      outstanding += 1;
      const answered = await exchange(payment.id, JSON.stringify(payment));
      outstanding -= 1;
      return answered;
    },
    close: () => agent.destroy(),
  };
};

const main = async (config: z.output<typeof loadConfigSchema>): Promise<void> => {
  const clock = systemClock;
  const { url, seed, duration, maxOutstanding, slowMs, parentPid, ...shape } = config;
  const plan = loadPlan(seed, shape);
  const sender = createSender(url, clock);
  const report = createLoadReport(slowMs);
  const stopping = new AbortController();
  const startedAt = clock.elapsedMs();
  const elapsed = (): number => clock.elapsedMs() - startedAt;
  const endsAtMs = duration === undefined ? Number.POSITIVE_INFINITY : duration * 1_000;
  say({ event: 'started', startedAt: clock.now(), pid: process.pid, seed });

  const until = async (atMs: number): Promise<void> => {
    while (!stopping.signal.aborted && elapsed() < atMs) await sleep(clock, atMs - elapsed(), stopping.signal);
  };
  /** On the whole seconds of the plan, without drift. */
  const reportSeconds = async (): Promise<void> => {
    for (let second = 1; !stopping.signal.aborted; second += 1) {
      await until(second * 1_000);
      // Stopped within a second: what is in it shows in the totals alone.
      if (elapsed() < second * 1_000) return;
      say({ ...report.closeSecond() });
    }
  };

  /** Never waits for an answer: a slow flow meets the same arrivals as a fast one. */
  const submit = async ({ index, atMs }: Arrival): Promise<void> => {
    report.offer();
    if (sender.outstanding >= maxOutstanding) return report.shed();
    const answered = await sender.send(plan.payment(index));
    // From when it was due, not from when it was sent: a late sender must not make the flow look fast.
    report.answer(answered, elapsed() - atMs);
  };

  const run = async (): Promise<void> => {
    for (const arrival of plan.arrivals()) {
      await until(Math.min(arrival.atMs, endsAtMs));
      if (stopping.signal.aborted || arrival.atMs >= endsAtMs) return;
      void submit(arrival);
    }
  };

  let probedAt = clock.elapsedMs();
  clock.every(LAG_PROBE_MS, () => {
    const now = clock.elapsedMs();
    report.lag(Math.max(0, now - probedAt - LAG_PROBE_MS));
    probedAt = now;
  });
  const finished = run();
  const reported = reportSeconds();
  await runUntilStopped({
    clock,
    parentPid,
    start: async () => {},
    finished,
    async stop() {
      stopping.abort();
      await Promise.all([finished, reported]);
      for (let waited = 0; sender.outstanding > 0 && waited < DRAIN_MS; waited += 50) await sleep(clock, 50);
      sender.close();
      say({ event: 'totals', ...report.totals(), offeredPerSecond: report.offeredPerSecond() });
    },
    flush: async () => {},
    flushWithinMs: 0,
  });
};

const config = parseConfig(loadConfigSchema, process.argv.slice(2));
if (config.ok) {
  main(config.value).catch((error: unknown) => {
    process.stderr.write(`load-generator: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
} else {
  process.stderr.write(`${config.error.message}\n`);
  process.exitCode = 2;
}
