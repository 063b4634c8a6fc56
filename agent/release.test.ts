import { describe, expect, it } from 'vitest';
import { createSimulatedClock } from '../core/simulated-clock.ts';
import { createSimulatedKubernetes } from '../core/simulated-kubernetes.ts';
import { parseConfig } from './config/load.ts';
import type { Config } from './config/schema.ts';
import { createElector } from './leadership/elector.ts';
import { type ReleaseReport, releaseEverything } from './release.ts';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/observability/leases';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/payments/deployments';
const ELECTION = { namespace: 'observability', name: 'foreshock', durationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 };
const CONFIG = 'kubernetes: { enabled: true, namespaces: [payments], lease: { namespace: observability } }';

const configOf = (text: string): Config => {
  const parsed = parseConfig(text, 'release.yaml');
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
};

/** A gateway that was scaled from 2 to 7, and an agent that may hold the lease. */
const createStory = () => {
  const clock = createSimulatedClock(Date.UTC(2026, 2, 2, 9));
  const api = createSimulatedKubernetes(clock);
  const annotations = { 'foreshock.dev/original-replicas': '2' };
  api.create(DEPLOYMENTS, 'gateway', { spec: { replicas: 7, template: { spec: {} } }, status: {}, metadata: { annotations } }, 'foreshock');
  const told: string[] = [];
  const pass = async (ms: number): Promise<void> => {
    for (let at = 0; at < ms; at += 250) {
      clock.advance(250);
      for (let turn = 0; turn < 40; turn += 1) await Promise.resolve();
    }
  };
  return {
    api,
    told,
    pass,
    agent: createElector({ identity: 'agent-a', ...ELECTION }, { api, clock, random: () => 0, tell: () => undefined }),
    replicas: () => api.read(`${DEPLOYMENTS}/gateway`)?.spec.replicas,
    /** What was released, and after how many seconds. */
    async release(isForced = false, config = configOf(CONFIG)): Promise<ReleaseReport & { readonly seconds: number }> {
      let report: ReleaseReport | undefined;
      const startedAt = clock.now();
      const releasing = releaseEverything(config, { api, clock, tell: (what) => told.push(what) }, isForced).then((made) => {
        report = made;
      });
      for (let waited = 0; report === undefined && waited < 240; waited += 1) {
        await pass(250);
        await new Promise(setImmediate);
      }
      await releasing;
      return { ...(report as unknown as ReleaseReport), seconds: (clock.now() - startedAt) / 1_000 };
    },
  };
};

describe('foreshock release', () => {
  it('names an agent that holds the lease and lives, and touches nothing', async () => {
    const { agent, pass, release, replicas, told } = createStory();
    agent.start();
    await pass(3_000);
    const { lines, complete, seconds } = await release();
    expect(complete).toBe(false);
    expect(lines).toEqual([expect.stringMatching(/^nothing was released: agent-a holds the lease observability\/foreshock, renews it/)]);
    expect(told).toEqual(['agent-a holds the lease observability/foreshock: is it renewed within 15 s?']);
    expect(seconds).toBeLessThan(5);
    expect(replicas()).toBe(7);
  });

  it('releases all the same when it is told to', async () => {
    const { agent, pass, release, replicas, api } = createStory();
    agent.start();
    await pass(3_000);
    const before = api.requests.length;
    expect(await release(true)).toMatchObject({ complete: true, lines: [expect.stringContaining('replicas 7 -> 2')] });
    expect(replicas()).toBe(2);
    expect(api.requests.slice(before)[0]).toContain('/deployments');
  });

  it('does not wait for an agent that stopped in order, nor where there never was a lease', async () => {
    const { agent, pass, release, replicas, api } = createStory();
    agent.start();
    await pass(3_000);
    const stopping = agent.stop();
    await pass(500);
    await stopping;
    expect(await release()).toMatchObject({ complete: true });
    expect(replicas()).toBe(2);
    api.remove(`${LEASES}/foreshock`);
    expect(await release()).toMatchObject({ complete: true, lines: ['nothing of ours stands in payments'] });
  });

  it('waits for the end of the lease of an agent that was killed', async () => {
    const { api, release, replicas } = createStory();
    api.create(LEASES, 'foreshock', { spec: { holderIdentity: 'agent-z', leaseDurationSeconds: 15 } });
    const { complete, seconds } = await release();
    expect(complete).toBe(true);
    expect(seconds).toBeGreaterThanOrEqual(15);
    expect(replicas()).toBe(2);
  });

  it.each(['FORBIDDEN', 'UNAVAILABLE'] as const)('stops when it cannot tell whether an agent lives (%s)', async (code) => {
    const { api, release, replicas } = createStory();
    api.faults(({ path }) => (path.includes('/leases/') ? { kind: 'refused', code } : undefined));
    expect(await release()).toMatchObject({ complete: false, lines: [expect.stringContaining('is not known')] });
    expect(replicas()).toBe(7);
  });

  it('asks no cluster when the configuration names none', async () => {
    const { api, release } = createStory();
    expect(await release(false, configOf(''))).toMatchObject({ complete: true });
    expect(api.requests).toEqual([]);
  });
});
