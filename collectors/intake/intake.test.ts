import { describe, expect, it } from 'vitest';
import type { Batch } from '../../core/batch.ts';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import type { IdentityDelta } from '../../core/ports.ts';
import { HOUR_MS } from '../../core/time.ts';
import { createIdentities, OVERFLOW } from './identify.ts';
import { createIntake } from './intake.ts';
import { isConserved } from './ledger.ts';

type Appended = Outcome<number, Failure<'LOG_UNAVAILABLE'>>;

const NOW = 1_800_000_000_000;

const batchOf = (...streams: number[]): Batch => ({
  tenant: 'default',
  receivedAt: NOW,
  samples: {
    length: streams.length,
    stream: Uint32Array.from(streams),
    type: new Uint8Array(streams.length),
    time: new Float64Array(streams.length).fill(NOW),
    start: new Float64Array(streams.length).fill(Number.NaN),
    value: new Float64Array(streams.length).fill(1),
  },
});

const identityOf = (name: string, tenant = 'default') => ({
  hash: name.padEnd(32, '0'),
  tenant,
  service: 'shop/pay',
  instance: '',
  metric: name,
  unit: '',
  type: 'gauge' as const,
  attributes: {},
});

/** A store that answers when the test says so. */
const createManualStore = () => {
  const calls: { readonly delta: IdentityDelta; readonly answer: (outcome: Appended) => void }[] = [];
  return {
    calls,
    loadIdentity: () => ({ texts: [], streams: [] }),
    appendBatch: (_batch: Batch, delta: IdentityDelta) => new Promise<Appended>((answer) => calls.push({ delta, answer })),
  };
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const start = (store = createManualStore()) => {
  const consumed: number[] = [];
  const side = createIntake(
    { dimensions: [], outcomeAttribute: 'payment.outcome', streams: 3 },
    { store, clock: { now: () => NOW }, consume: (_batch, position) => consumed.push(position) },
  );
  return { store, side, consumed };
};

const unavailable: Appended = fail('LOG_UNAVAILABLE', 'disk full', { retryable: true });

describe('intake', () => {
  it('is conserved at any moment: what is on its way to the disk is neither lost nor accepted', async () => {
    // A state read while the disk was writing said that the sums do not agree.
    const { store, side } = start();
    const id = side.identities.streamIdOf(identityOf('a'), NOW);
    side.ledger.offer('data_points', 2);
    const answered = side.intake.accept(batchOf(id, id));
    await turn();
    const during = side.ledger.snapshot().data_points;
    expect(during).toMatchObject({ offered: 2, accepted: 0, underWay: 2 });
    expect(isConserved(during)).toBe(true);
    store.calls[0]?.answer(unavailable);
    await answered;
    const after = side.ledger.snapshot().data_points;
    expect(after).toMatchObject({ underWay: 0, refused: { log_unavailable: 2 } });
    expect(isConserved(after)).toBe(true);
    side.ledger.offer('data_points', 1);
    expect(isConserved(side.ledger.snapshot().data_points)).toBe(false);
  });

  it('hands a batch on and acknowledges it only after the log has it', async () => {
    const { store, side, consumed } = start();
    const id = side.identities.streamIdOf(identityOf('a'), NOW);
    let acknowledged = false;
    const accepting = side.intake.accept(batchOf(id)).then((outcome) => {
      acknowledged = true;
      return outcome;
    });
    await turn();
    expect({ consumed, acknowledged }).toEqual({ consumed: [], acknowledged: false });
    store.calls[0]?.answer(succeed(41));
    expect(await accepting).toEqual(succeed(41));
    expect(consumed).toEqual([41]);
  });

  it('sends names again that a failed append did not store, and holds later batches until it is known', async () => {
    const { store, side, consumed } = start();
    const id = side.identities.streamIdOf(identityOf('a'), NOW);
    const first = side.intake.accept(batchOf(id));
    const second = side.intake.accept(batchOf(id));
    await turn();
    expect(store.calls).toHaveLength(1);
    store.calls[0]?.answer(unavailable);
    expect(await first).toMatchObject({ ok: false, error: { code: 'LOG_UNAVAILABLE', retryable: true } });
    await turn();
    expect(store.calls[1]?.delta.streams.map(({ metric }) => metric)).toEqual(['a']);
    expect(store.calls[1]?.delta.firstText).toBe(0);
    store.calls[1]?.answer(succeed(1));
    await second;
    expect(consumed).toEqual([1]);
    const { data_points } = side.ledger.snapshot();
    expect(data_points).toMatchObject({ accepted: 1, refused: { log_unavailable: 1 } });
  });

  it('writes batches without news side by side and still hands them on in log order', async () => {
    const { store, side, consumed } = start();
    const id = side.identities.streamIdOf(identityOf('a'), NOW);
    const first = side.intake.accept(batchOf(id));
    await turn();
    store.calls[0]?.answer(succeed(1));
    await first;
    const second = side.intake.accept(batchOf(id));
    const third = side.intake.accept(batchOf(id));
    await turn();
    expect(store.calls).toHaveLength(3);
    store.calls[2]?.answer(succeed(3));
    await turn();
    expect(consumed).toEqual([1]);
    store.calls[1]?.answer(succeed(2));
    await Promise.all([second, third]);
    expect(consumed).toEqual([1, 2, 3]);
  });

  it('refuses rather than fails when the store throws', async () => {
    const { side } = start({ ...createManualStore(), appendBatch: () => Promise.reject(new Error('EIO')) });
    expect(await side.intake.accept(batchOf())).toMatchObject({ ok: false, error: { code: 'LOG_UNAVAILABLE', retryable: true } });
  });

  it('gives a stream its old id after a restart', () => {
    const descriptor = { id: 0, ...identityOf('a') };
    const identities = createIdentities({ texts: ['', 'shop/pay'], streams: [descriptor] }, { streams: 3, texts: 10 });
    expect(identities.streamIdOf(identityOf('a'), NOW)).toBe(0);
    expect(identities.textIdOf('shop/pay')).toBe(1);
    expect(identities.pending()).toEqual({ firstText: 2, texts: [], streams: [] });
  });
});

describe('limits of identity', () => {
  it('folds streams beyond the limit of a tenant into one, and keeps known ones whole', () => {
    const identities = createIdentities({ texts: [], streams: [] }, { streams: 2, texts: 10 });
    const ids = ['a', 'b', 'c', 'd'].map((name) => identities.streamIdOf(identityOf(name), NOW));
    expect(ids[2]).toBe(ids[3]);
    expect(identities.streams.describe(ids[2] as number).metric).toBe(OVERFLOW);
    expect(identities.streamIdOf(identityOf('a'), NOW)).toBe(ids[0]);
    expect(identities.isOverflow(identities.streamIdOf(identityOf('e', 'other'), NOW))).toBe(false);
  });

  it('lets new pods in once the streams of old ones have been silent for two hours', () => {
    const identities = createIdentities({ texts: [], streams: [] }, { streams: 2, texts: 10 });
    const a = identities.streamIdOf(identityOf('a'), NOW);
    identities.streamIdOf(identityOf('b'), NOW);
    expect(identities.isOverflow(identities.streamIdOf(identityOf('c'), NOW + HOUR_MS))).toBe(true);
    identities.touch(Uint32Array.of(a), NOW + 2 * HOUR_MS);
    expect(identities.isOverflow(identities.streamIdOf(identityOf('c'), NOW + 2 * HOUR_MS))).toBe(false);
    expect(identities.isOverflow(identities.streamIdOf(identityOf('d'), NOW + 2 * HOUR_MS))).toBe(true);
  });

  it('folds texts beyond the limit and keeps 0 for the absent one', () => {
    const identities = createIdentities({ texts: [], streams: [] }, { streams: 2, texts: 3 });
    expect(identities.textIdOf('')).toBe(0);
    const ids = ['a', 'b', 'c', 'd'].map((text) => identities.textIdOf(text));
    expect(ids.slice(0, 2)).toEqual([1, 2]);
    expect(ids[2]).toBe(ids[3]);
    expect(identities.texts.textOf(ids[2] as number)).toBe(OVERFLOW);
  });
});
