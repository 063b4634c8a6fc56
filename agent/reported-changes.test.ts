import { describe, expect, it } from 'vitest';
import type { ChangeEvent } from '../core/change.ts';
import { createSimulatedClock } from '../core/simulated-clock.ts';
import type { ReportedChange } from './api/agent-view.ts';
import { createReportedChanges } from './reported-changes.ts';

const deploy: ReportedChange = {
  id: 'run-7',
  kind: 'deploy',
  service: 'ledger',
  summary: 'ledger 4.17.2',
  attributes: { version: '4.17.2' },
};
const flag: ReportedChange = { id: 'flag-1', kind: 'flag', summary: 'retries off', attributes: {} };

const setUp = (failsAt = Number.POSITIVE_INFINITY) => {
  const clock = createSimulatedClock(1_000);
  const stored: ChangeEvent[] = [];
  let attempts = 0;
  const post = createReportedChanges({
    tenant: 'default',
    clock,
    known: () => stored,
    async add(change) {
      attempts += 1;
      // The disk takes its time: whoever comes meanwhile must wait.
      await new Promise((resolve) => setImmediate(resolve));
      if (attempts === failsAt) throw new Error('no space left on device');
      stored.push(change);
    },
  });
  return { clock, stored, post };
};

describe('reported changes', () => {
  it('are stored once, however often and however closely they are reported', async () => {
    const { clock, stored, post } = setUp();
    const [first, second] = await Promise.all([post([deploy]), post([deploy])]);
    expect(first).toMatchObject({ ok: true, value: [{ id: 'run-7', at: 1_000, status: 'stored' }] });
    expect(second).toMatchObject({ ok: true, value: [{ id: 'run-7', at: 1_000, status: 'known' }] });
    clock.advance(60_000);
    expect(await post([flag, deploy, flag])).toMatchObject({
      ok: true,
      value: [
        { id: 'flag-1', at: 61_000, status: 'stored' },
        { id: 'run-7', at: 1_000, status: 'known' },
        { id: 'flag-1', at: 61_000, status: 'known' },
      ],
    });
    expect(stored.map(({ id, tenant, source }) => [id, tenant, source])).toEqual([
      ['run-7', 'default', 'api'],
      ['flag-1', 'default', 'api'],
    ]);
  });

  it('are refused together when one lies ahead of our clock, as microseconds do, and would be the newest for good', async () => {
    const { clock, stored, post } = setUp();
    const ahead = { ...flag, at: clock.now() + 600_001 };
    expect(await post([deploy, ahead])).toMatchObject({
      ok: false,
      error: { code: 'INVALID_CHANGE', message: expect.stringContaining('changes.1.at: more than 600 s ahead of our clock') },
    });
    expect(stored).toEqual([]);
    expect(await post([{ ...flag, at: clock.now() + 600_000 }])).toMatchObject({ ok: true });
  });

  it.each([
    { ...deploy, summary: 'ledger 4.17.3' },
    { ...deploy, kind: 'config' as const },
    { ...deploy, service: 'router' },
    { ...deploy, attributes: {} },
    { ...deploy, at: 5 },
  ])('with an id that stands for something else are refused, and nothing beside them is stored', async (other) => {
    const { stored, post } = setUp();
    await post([deploy]);
    expect(await post([flag, other])).toMatchObject({
      ok: false,
      error: { code: 'CHANGE_ID_TAKEN', retryable: false, message: expect.stringContaining('"run-7"') },
    });
    expect(stored).toHaveLength(1);
  });

  it('without an id are the same when they say the same of the same time', async () => {
    const { stored, post } = setUp();
    const { id: _id, ...anonymous } = { ...deploy, at: 500 };
    const outcome = await post([anonymous, anonymous, { ...anonymous, at: 501 }]);
    expect(outcome.ok && outcome.value.map(({ status }) => status)).toEqual(['stored', 'known', 'stored']);
    expect(stored.map(({ at }) => at)).toEqual([500, 501]);
  });

  it('that met a full disk are reported again without being stored twice', async () => {
    const { stored, post } = setUp(2);
    expect(await post([deploy, flag])).toMatchObject({ ok: false, error: { code: 'CHANGE_NOT_STORED', retryable: true } });
    expect(await post([deploy, flag])).toMatchObject({ ok: true, value: [{ status: 'known' }, { status: 'stored' }] });
    expect(stored.map(({ id }) => id)).toEqual(['run-7', 'flag-1']);
  });
});
