import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillPlaceholders, parseHostConfig } from './host-config.ts';
import { createLeadTimeRecord } from './lead-times.ts';
import { mayRetry, pickLeastOutstanding } from './routing.ts';
import { adjust, backOffMs, type Supervised, staleBecause } from './supervision.ts';
import { createTrafficCounters } from './traffic-counters.ts';

describe('routing', () => {
  const replica = (inFlight: number, ready = true) => ({ inFlight, ready });

  it('sends to the replica with the fewest outstanding requests', () => {
    const replicas = [replica(3), replica(1), replica(2)];
    expect(pickLeastOutstanding(replicas, undefined)).toBe(replicas[1]);
  });

  it('lets equals take turns', () => {
    const replicas = [replica(0), replica(0), replica(0)];
    let previous: (typeof replicas)[number] | undefined;
    const picked: number[] = [];
    for (let request = 0; request < 6; request += 1) {
      previous = pickLeastOutstanding(replicas, previous);
      picked.push(replicas.indexOf(previous as (typeof replicas)[number]));
    }
    expect(picked).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('skips what is not ready and what has just failed, and says so when nothing is left', () => {
    const replicas = [replica(0, false), replica(5), replica(9)];
    expect(pickLeastOutstanding(replicas, undefined)).toBe(replicas[1]);
    expect(pickLeastOutstanding(replicas, undefined, replicas[1])).toBe(replicas[2]);
    expect(pickLeastOutstanding([replica(0, false)], undefined)).toBeUndefined();
    expect(pickLeastOutstanding([], undefined)).toBeUndefined();
  });

  it.each([
    ['POST', false, false, true, 'never reached a replica'],
    ['POST', false, true, false, 'may have been executed'],
    ['POST', true, true, true, 'promises to be safe to repeat'],
    ['GET', false, true, true, 'is idempotent'],
    ['PATCH', false, true, false, 'may have been executed'],
  ])('a %s (idempotency key %s, connected %s) retries: %s, it %s', (method, idempotencyKey, connected, expected) => {
    expect(mayRetry({ method, idempotencyKey, connected })).toBe(expected);
  });
});

describe('supervision', () => {
  const of = (index: number, state: Supervised['state'], orderedAt: number): Supervised => ({ index, state, orderedAt });

  it('starts what is missing under the lowest free names, not counting what drains', () => {
    const replicas = [of(0, 'ready', 1), of(1, 'draining', 1), of(3, 'starting', 1)];
    expect(adjust(replicas, 4)).toEqual({ start: [2, 4], remove: [] });
  });

  it('removes first what does not serve yet, then the newest', () => {
    const replicas = [of(0, 'ready', 1), of(1, 'ready', 9), of(2, 'crashed', 2), of(3, 'starting', 3), of(4, 'draining', 99)];
    expect(adjust(replicas, 1).remove.map((replica) => replica.index)).toEqual([3, 2, 1]);
  });

  it('always ends at the desired number, whatever stood', () => {
    const anyReplicas = fc.array(fc.tuple(fc.constantFrom('starting', 'ready', 'draining', 'crashed'), fc.nat(100)));
    fc.assert(
      fc.property(anyReplicas, fc.nat(20), (drawn, desired) => {
        const replicas = drawn.map(([state, at], index) => of(index, state as Supervised['state'], at));
        const { start, remove } = adjust(replicas, desired);
        const standing = replicas.filter((replica) => replica.state !== 'draining' && !remove.includes(replica));
        expect(standing.length + start.length).toBe(desired);
        expect(new Set([...replicas.map((replica) => replica.index), ...start]).size).toBe(replicas.length + start.length);
      }),
    );
  });

  it('waits twice as long after every crash, ten seconds at most', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 50].map(backOffMs)).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  });

  it('says why an order is stale', () => {
    const standing = { uid: 'a', generation: 3, replicas: 2 };
    expect(staleBecause(standing, { expectUid: 'a', expectGeneration: 3 })).toBeUndefined();
    expect(staleBecause(standing, { expectUid: 'b', expectGeneration: 3 })).toBe('planned for uid b, this is a');
    expect(staleBecause(standing, { expectUid: 'a', expectGeneration: 2 })).toBe('planned on generation 2, now is 3');
    expect(staleBecause(standing, { expectUid: 'a', expectGeneration: 3, expectReplicas: 5 })).toBe('planned on 5 replicas, now are 2');
  });
});

describe('traffic counters', () => {
  it('count by second, with zeros for quiet ones and without the one that still runs', () => {
    const traffic = createTrafficCounters(10_200);
    traffic.count('arrivals', 10_900);
    traffic.count('arrivals', 12_100);
    traffic.count('serverErrors', 12_200);
    traffic.count('arrivals', 13_000);
    expect(traffic.seconds(13_500).map(({ at, arrivals, serverErrors }) => [at, arrivals, serverErrors])).toEqual([
      [10_000, 1, 0],
      [11_000, 0, 0],
      [12_000, 1, 1],
    ]);
    expect(traffic.totals()).toMatchObject({ arrivals: 3, serverErrors: 1, completions: 0 });
  });

  it('forget what is older than their span, and keep the totals', () => {
    const traffic = createTrafficCounters(0, 3);
    for (let second = 0; second < 10; second += 1) traffic.count('arrivals', second * 1_000);
    expect(traffic.seconds(10_000).map(({ at }) => at)).toEqual([7_000, 8_000, 9_000]);
    expect(traffic.totals().arrivals).toBe(10);
  });
});

describe('lead times', () => {
  it('are unknown before the first replica, then quantiles of the last hundred', () => {
    const record = createLeadTimeRecord();
    expect(record.summary()).toEqual({ samples: 0, lastMs: undefined, p50Ms: undefined, p90Ms: undefined });
    for (let sample = 1; sample <= 150; sample += 1) record.record(sample);
    expect(record.summary()).toEqual({ samples: 100, lastMs: 150, p50Ms: 100.5, p90Ms: expect.closeTo(140.1, 9) });
  });
});

describe('host configuration', () => {
  const minimal = { target: 'process/gateway', command: 'node' };

  it('fills in what was left out', () => {
    expect(parseHostConfig(minimal, 'host.json')).toMatchObject({ ok: true, value: { replicas: 1, readyPath: '/healthz', proxyPort: 0 } });
  });

  it.each([
    [{ ...minimal, command: '' }, 'command'],
    [{ ...minimal, proxyPort: 70_000 }, 'proxyPort'],
    [{ ...minimal, readyPath: 'healthz' }, 'readyPath'],
    [{ ...minimal, replicaz: 3 }, 'replicaz'],
    [{ ...minimal, env: { PORT: 1 } }, 'env.PORT'],
    [null, 'the file'],
  ])('refuses %j, naming %s', (value, field) => {
    const outcome = parseHostConfig(value, 'host.json');
    expect(outcome.ok).toBe(false);
    if (!outcome.ok) expect(outcome.error.message).toMatch(new RegExp(`^host\\.json: .*${field}`));
  });

  it('puts port and index into arguments', () => {
    expect(fillPlaceholders('--port={port} --name=r{index} {port}', { port: 81, index: 2 })).toBe('--port=81 --name=r2 81');
  });
});
