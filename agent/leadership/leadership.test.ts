import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/random.ts';
import { createSimulatedClock } from '../../core/simulated-clock.ts';
import { createSimulatedKubernetes } from '../../core/simulated-kubernetes.ts';
import { createElector, type Elector } from './elector.ts';

const LEASE = '/apis/coordination.k8s.io/v1/namespaces/payments/leases/foreshock';

const createStory = () => {
  const clock = createSimulatedClock(Date.UTC(2026, 2, 2, 9));
  const api = createSimulatedKubernetes(clock);
  const told: string[] = [];
  /** Each with its own way to the API server. */
  const electorOf = (identity: string, path = { broken: false }): Elector =>
    createElector(
      { identity, namespace: 'payments', name: 'foreshock', durationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 },
      {
        clock,
        random: seededRandom(identity.length),
        tell: (what) => told.push(`${identity}: ${what}`),
        api: {
          watch: api.watch,
          request: (request, signal) =>
            path.broken
              ? Promise.resolve({ ok: false, error: { code: 'UNAVAILABLE', message: 'no route', retryable: true } })
              : api.request(request, signal),
        },
      },
    );
  const pass = async (ms: number): Promise<void> => {
    for (let at = 0; at < ms; at += 250) {
      clock.advance(250);
      for (let turn = 0; turn < 12; turn += 1) await Promise.resolve();
    }
  };
  return { clock, api, told, electorOf, pass };
};

const leads = (elector: Elector): boolean => elector.permit().ok;

describe('the lease', () => {
  it('goes to the first agent, and the second waits and names it', async () => {
    const { electorOf, pass, told } = createStory();
    const [a, b] = [electorOf('agent-a'), electorOf('agent-bb')];
    a.start();
    await pass(500);
    b.start();
    await pass(60_000);
    expect([leads(a), leads(b)]).toEqual([true, false]);
    expect(b.permit()).toMatchObject({ error: { code: 'NOT_LEADER', message: expect.stringContaining('agent-a') } });
    expect(told).toEqual([
      expect.stringContaining('agent-a: this agent scales'),
      expect.stringContaining('agent-bb: another agent scales: agent-a'),
    ]);
  });

  it('is never held by two, however the connections break', async () => {
    const random = seededRandom(7);
    const { electorOf, pass } = createStory();
    const paths = [{ broken: false }, { broken: false }, { broken: false }];
    const agents = paths.map((path, index) => electorOf(`agent-${'x'.repeat(index + 1)}`, path));
    for (const agent of agents) agent.start();
    let led = 0;
    for (let round = 0; round < 2_000; round += 1) {
      for (const path of paths) if (random() < 0.02) path.broken = !path.broken;
      await pass(250);
      const holders = agents.filter(leads).length;
      expect(holders).toBeLessThanOrEqual(1);
      led += holders;
    }
    expect(led).toBeGreaterThan(500);
  });

  it('ends for a holder that cannot renew before anybody else may take it', async () => {
    const { electorOf, pass } = createStory();
    const path = { broken: false };
    const [a, b] = [electorOf('agent-a', path), electorOf('agent-bb')];
    a.start();
    b.start();
    await pass(20_000);
    expect(leads(a)).toBe(true);
    path.broken = true;
    await pass(6_000);
    expect([leads(a), leads(b)]).toEqual([false, false]);
    await pass(16_000);
    expect([leads(a), leads(b)]).toEqual([false, true]);
  });

  it('is taken over within five seconds of an orderly stop', async () => {
    const { electorOf, pass, api } = createStory();
    const [a, b] = [electorOf('agent-a'), electorOf('agent-bb')];
    a.start();
    b.start();
    await pass(10_000);
    const stopping = a.stop();
    await pass(500);
    await stopping;
    expect(leads(a)).toBe(false);
    await pass(4_500);
    expect(leads(b)).toBe(true);
    expect(api.read(LEASE)?.spec).toMatchObject({ holderIdentity: 'agent-bb', leaseTransitions: 1 });
  });

  it('is resumed at once by an agent that was killed and came back', async () => {
    const { electorOf, pass, api } = createStory();
    const path = { broken: false };
    electorOf('agent-a', path).start();
    await pass(5_000);
    path.broken = true;
    const again = electorOf('agent-a');
    again.start();
    await pass(250);
    expect(leads(again)).toBe(true);
    expect(api.read(LEASE)?.spec).toMatchObject({ leaseTransitions: 0 });
  });

  it('does not trust the clock of the holder: times of another year change nothing', async () => {
    const { electorOf, pass, api } = createStory();
    api.create('/apis/coordination.k8s.io/v1/namespaces/payments/leases', 'foreshock', {
      spec: { holderIdentity: 'agent-z', leaseDurationSeconds: 15, renewTime: '1999-01-01T00:00:00.000000Z' },
    });
    const a = electorOf('agent-a');
    a.start();
    await pass(14_000);
    expect(leads(a)).toBe(false);
    await pass(6_000);
    expect(leads(a)).toBe(true);
  });

  it('says why nothing is scaled when the lease may not be read', async () => {
    const { electorOf, pass, api, told } = createStory();
    api.faults(() => ({ kind: 'refused', code: 'FORBIDDEN' }));
    const a = electorOf('agent-a');
    a.start();
    await pass(30_000);
    expect(leads(a)).toBe(false);
    expect(told).toEqual([expect.stringContaining('no lease, so nothing is scaled')]);
  });
});
