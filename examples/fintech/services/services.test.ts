import { describe, expect, it } from 'vitest';
import type { Reply } from '../http/instrumented-server.ts';
import { createGateway } from './gateway.ts';
import { createLedger, holdFactor } from './ledger.ts';
import { createProvider } from './provider.ts';
import { createRisk } from './risk.ts';
import { createRouter } from './router.ts';
import { aPayment, type PeerScript, pass, post, simulatedContext } from './service-context.fixture.ts';

const collect = (replies: readonly Promise<Reply>[]): { readonly done: Reply[] } => {
  const done: Reply[] = [];
  for (const reply of replies) void reply.then((settled) => done.push(settled));
  return { done };
};
const times = <Value>(count: number, make: (index: number) => Value): readonly Value[] =>
  Array.from({ length: count }, (_, index) => make(index));

describe('ledger under lock contention', () => {
  it('lets the hold time grow linearly to the factor and stay there', () => {
    const fault = { factor: 15, rampMs: 30_000 };
    expect([0, 15_000, 30_000, 90_000].map((elapsed) => holdFactor(fault, elapsed))).toEqual([1, 8, 15, 15]);
  });

  it('makes postings queue on the lock, and is as fast as before when the fault ends', async () => {
    const context = simulatedContext('ledger');
    const ledger = createLedger(context);
    const reserve = (round: string) => collect(times(10, (n) => post(ledger, '/reservations', aPayment(`${round}${n}`))));
    const healthy = reserve('a');
    await pass(context.clock, 40);
    expect(healthy.done).toHaveLength(10);
    expect(ledger.faults.start({ kind: 'lock-contention', factor: 20, rampMs: 1 }).ok).toBe(true);
    const contended = reserve('b');
    await pass(context.clock, 40);
    expect(contended.done.length).toBeLessThan(3);
    await pass(context.clock, 500);
    expect(contended.done.map((reply) => reply.status)).toEqual(times(10, () => 200));
    ledger.faults.end();
    const recovered = reserve('c');
    await pass(context.clock, 40);
    expect(recovered.done).toHaveLength(10);
    ledger.close();
  });
});

describe('risk under pool exhaustion', () => {
  it('answers 503 after 400 ms once every connection leaked, and recovers when the fault ends', async () => {
    const context = simulatedContext('risk');
    const risk = createRisk(context);
    const check = (count: number) => collect(times(count, (n) => post(risk, '/checks', aPayment(`p${n}`))));
    risk.faults.start({ kind: 'pool-exhaustion', leakShare: 1 });
    const leaking = check(8);
    await pass(context.clock, 30);
    expect(leaking.done.map((reply) => reply.status)).toEqual(times(8, () => 200));
    const starved = check(1);
    await pass(context.clock, 390);
    expect(starved.done).toHaveLength(0);
    await pass(context.clock, 20);
    expect(starved.done[0]).toMatchObject({ status: 503, errorType: 'pool_timeout' });
    expect(risk.adminRoutes['GET /admin/pool']?.(undefined).body).toEqual({ max: 8, used: 8, pending: 0, leaked: 8, timeouts: 1 });
    risk.faults.end('pool-exhaustion');
    const recovered = check(8);
    await pass(context.clock, 30);
    expect(recovered.done.map((reply) => reply.status)).toEqual(times(8, () => 200));
  });
});

describe('provider', () => {
  const authorize = async (fault: object | undefined, issuer: 'birch' | 'cedar'): Promise<readonly Reply[]> => {
    const context = simulatedContext('psp-north');
    const provider = createProvider('psp-north', context);
    if (fault !== undefined) expect(provider.faults.start(fault).ok).toBe(true);
    const answers = collect(times(400, (n) => post(provider, '/authorizations', aPayment(`p${n}`, { issuer }))));
    await pass(context.clock, 80);
    return answers.done;
  };
  const share = (replies: readonly Reply[], outcome: string): number =>
    replies.filter((reply) => (reply.body as { readonly outcome: string }).outcome === outcome).length / replies.length;

  it('declines about one payment in twenty on an ordinary day, the same ones when asked again', async () => {
    const first = await authorize(undefined, 'birch');
    expect(share(first, 'declined')).toBeGreaterThan(0.02);
    expect(share(first, 'declined')).toBeLessThan(0.09);
    const declinedIds = (replies: readonly Reply[]) =>
      replies
        .flatMap(({ body }) => ((body as { outcome: string; id: string }).outcome === 'declined' ? [(body as { id: string }).id] : []))
        .sort();
    expect(declinedIds(await authorize(undefined, 'birch'))).toEqual(declinedIds(first));
  });

  it('answers 502 or 503 to about 60 % of the calls in an error burst', async () => {
    const replies = await authorize({ kind: 'error-burst' }, 'birch');
    expect(share(replies, 'failed')).toBeGreaterThan(0.5);
    expect(share(replies, 'failed')).toBeLessThan(0.7);
    expect(new Set(replies.map((reply) => reply.status))).toEqual(new Set([200, 502, 503]));
  });

  it('silently declines one issuer with status 200 and leaves the others alone', async () => {
    const fault = { kind: 'decline-issuer', issuer: 'birch' };
    const broken = await authorize(fault, 'birch');
    expect(share(broken, 'declined')).toBeGreaterThan(0.8);
    expect(broken.every((reply) => reply.status === 200)).toBe(true);
    expect(share(await authorize(fault, 'cedar'), 'declined')).toBeLessThan(0.1);
  });

  it('names what is wrong with a fault it does not know', () => {
    const provider = createProvider('psp-north', simulatedContext('psp-north'));
    expect(provider.faults.start({ kind: 'decline-issuer', issuer: 'oak' })).toMatchObject({
      ok: false,
      error: { code: 'INVALID_FAULT', message: expect.stringContaining('issuer') },
    });
  });
});

describe('router', () => {
  it('passes the provider answer on, and turns a provider failure into 502 that names it', async () => {
    const context = simulatedContext('router', {
      'psp-north': () => ({ status: 503, body: {} }),
      'psp-south': (_, body) => ({ status: 200, body: { id: (body as { id: string }).id, outcome: 'approved', provider: 'psp-south' } }),
    });
    const router = createRouter(context);
    const weights = (north: number, south: number) => ({ issuer: 'birch', weights: { 'psp-north': north, 'psp-south': south } });
    expect(router.adminRoutes['POST /admin/routing']?.(weights(0, 1))).toMatchObject({ status: 200 });
    const south = collect([post(router, '/authorizations', aPayment('p1'))]);
    await pass(context.clock, 6);
    expect(south.done[0]).toMatchObject({ status: 200, body: { outcome: 'approved' }, attributes: { 'payment.provider': 'psp-south' } });
    router.adminRoutes['POST /admin/routing']?.(weights(1, 0));
    const north = collect([post(router, '/authorizations', aPayment('p1'))]);
    await pass(context.clock, 6);
    expect(north.done[0]).toMatchObject({ status: 502, errorType: 'provider_503', body: { outcome: 'failed', provider: 'psp-north' } });
  });
});

describe('gateway', () => {
  const settled: string[] = [];
  const healthy: Partial<Record<'ledger' | 'risk' | 'router', PeerScript>> = {
    ledger: (path) => {
      settled.push(path);
      return { status: 200, body: {} };
    },
    risk: () => ({ status: 200, body: { decision: 'accept' } }),
    router: (_, body) => ({ status: 200, body: { id: (body as { id: string }).id, outcome: 'approved', provider: 'psp-south' } }),
  };
  const start = (over: Partial<typeof healthy> = {}, config: object = {}) => {
    settled.length = 0;
    const context = simulatedContext('gateway', { ...healthy, ...over }, config);
    return { context, gateway: createGateway(context) };
  };
  const payOne = async (over: Partial<typeof healthy>): Promise<Reply | undefined> => {
    const { context, gateway } = start(over);
    const answer = collect([post(gateway, '/payments', aPayment('p1'))]);
    await pass(context.clock, 120);
    return answer.done[0];
  };

  it('works on two payments at once, queues the rest in order, and answers 503 past the queue', async () => {
    const { context, gateway } = start({}, { maxQueue: 4 });
    const answers = collect(times(8, (n) => post(gateway, '/payments', aPayment(`p${n}`))));
    await pass(context.clock, 1);
    expect(answers.done.map(({ status, errorType }) => ({ status, errorType }))).toEqual(
      times(2, () => ({ status: 503, errorType: 'queue_full' })),
    );
    expect(gateway.adminRoutes['GET /admin/slots']?.(undefined).body).toEqual({ slots: 2, used: 2, waiting: 4 });
    await pass(context.clock, 400);
    expect(answers.done.slice(2).map((reply) => reply.status)).toEqual(times(6, () => 200));
    expect(answers.done[2]?.attributes).toMatchObject({
      'payment.outcome': 'approved',
      'payment.provider': 'psp-south',
      'payment.issuer': 'birch',
    });
  });

  it('captures what was approved and releases what was not', async () => {
    expect((await payOne({}))?.status).toBe(200);
    expect(settled).toEqual(['/reservations', '/captures']);
    const declined = await payOne({ router: () => ({ status: 200, body: { id: 'p1', outcome: 'declined', provider: 'psp-north' } }) });
    expect(declined).toMatchObject({ status: 200, body: { outcome: 'declined' } });
    expect(settled).toEqual(['/reservations', '/releases']);
  });

  it.each([
    ['the ledger is away', { ledger: () => undefined }, 'ledger_unreachable', []],
    ['the check fails', { risk: () => ({ status: 503, body: {} }) }, 'risk_503', ['/reservations', '/releases']],
    ['the router is away', { router: () => undefined }, 'router_unreachable', ['/reservations', '/releases']],
    [
      'the provider fails',
      { router: () => ({ status: 502, body: { outcome: 'failed', provider: 'psp-north', reason: 'provider_503' } }) },
      'provider_503',
      ['/reservations', '/releases'],
    ],
  ])('fails with a reason and gives the money back when %s', async (_, over, errorType, postings) => {
    const reply = await payOne(over as Partial<typeof healthy>);
    expect(reply).toMatchObject({ status: 502, errorType, body: { outcome: 'failed' } });
    expect(settled).toEqual(postings);
  });

  it('finds the issuer by the card once its table is loaded, and refuses a payment with neither', async () => {
    const { context, gateway } = start();
    const { issuer: _, ...anonymous } = aPayment('p1');
    expect(await post(gateway, '/payments', anonymous)).toMatchObject({ status: 400 });
    const loaded = gateway.warmUp();
    await pass(context.clock, 60);
    await loaded;
    const answer = collect([post(gateway, '/payments', { ...anonymous, bin: '45123456' })]);
    await pass(context.clock, 120);
    expect(answer.done[0]).toMatchObject({
      status: 200,
      attributes: { 'payment.issuer': expect.stringMatching(/birch|cedar|maple|willow/) },
    });
  });

  it.each([
    ['amountMinor', { ...aPayment('p1'), amountMinor: 12.5 }],
    ['tenant', { ...aPayment('p1'), tenant: 'unknown-bank' }],
    ['id', { ...aPayment('p1'), id: '' }],
    ['body', 'text'],
    ['body', undefined],
  ])('answers 400 and names %s when it is wrong', async (field, body) => {
    const { gateway } = start();
    expect(await post(gateway, '/payments', body)).toMatchObject({ status: 400, body: { message: expect.stringContaining(field) } });
  });
});
