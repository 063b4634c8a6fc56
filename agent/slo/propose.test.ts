import { describe, expect, it } from 'vitest';
import { gaussian, seededRandom } from '../../core/random.ts';
import { objectivesOf } from './open-slo.ts';
import { parseOpenSlo } from './open-slo-files.ts';
import { proposalDocuments, propose, type ServiceHistory } from './propose.ts';

const history = (badShare: number, more: Partial<ServiceHistory> = {}): ServiceHistory => {
  const random = seededRandom(4);
  return {
    service: 'pay/Gateway',
    days: 30,
    stretches: Array.from({ length: 30 }, () => ({ total: 100_000, bad: Math.round(100_000 * badShare * (0.5 + random())) })),
    durations: Array.from({ length: 500 }, () => ({
      median: 0.1 * Math.exp(0.1 * gaussian(random)),
      p95: 0.2 * Math.exp(0.1 * gaussian(random)),
      weight: 10,
    })),
    ...more,
  };
};

describe('a proposed objective', () => {
  it('is one that the service has kept, with room, and says why', () => {
    const { proposals, notes } = propose(history(0.0004), seededRandom(1));
    expect(notes).toEqual([]);
    expect(proposals).toMatchObject([
      { kind: 'availability', target: 0.999 },
      { kind: 'latency', target: 0.99, thresholdSeconds: 0.5 },
    ]);
    expect(proposals[0]?.reason).toMatch(
      /^in 30 days \d+ of 3000000 requests failed \(0.0\d+ %, at most 0.0\d+ % with 95 %\); 99.9 % allows about 2800 in 28 days$/,
    );
  });

  it('promises less after little was seen, and nothing after nothing', () => {
    const day = propose(history(0, { days: 1, stretches: [{ total: 2_000, bad: 0 }], durations: [] }), seededRandom(1));
    // No failure in 2,000 leaves up to 0.15 %.
    expect(day.proposals).toMatchObject([{ kind: 'availability', target: 0.995 }]);
    expect(day.notes).toEqual(['pay/Gateway: durations of 0 steps are too few to propose a threshold']);
    expect(propose(history(0, { stretches: [], durations: [] }), seededRandom(1)).proposals).toEqual([]);
    expect(propose(history(0.4), seededRandom(1)).notes[0]).toMatch(/too many, or too few requests/);
  });

  it('promises less where bad days come in between', () => {
    const stretches = Array.from({ length: 30 }, (_, i) => ({ total: 100_000, bad: i % 10 === 0 ? 1_000 : 10 }));
    expect(propose(history(0, { stretches }), seededRandom(1)).proposals[0]?.target).toBe(0.995);
  });

  it('is ready to be saved as it is', () => {
    const { proposals } = propose(history(0.0004, { service: 'pay/"Gateway": {x}\n- y' }), seededRandom(1));
    const read = parseOpenSlo(proposalDocuments(proposals), 'proposed.yaml');
    const mapped = objectivesOf(read.documents);
    expect([...read.problems, ...mapped.problems]).toEqual([]);
    expect(mapped.objectives).toMatchObject([
      { name: 'pay-gateway-x-y-availability', service: 'pay/"Gateway": {x}\n- y', kind: 'availability', objective: 0.999 },
      { name: 'pay-gateway-x-y-latency', kind: 'latency', threshold: 500, objective: 0.99 },
    ]);
  });
});
