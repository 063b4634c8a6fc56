import assert from 'node:assert/strict';
import type { ScaleStatus, ScaleStep } from '../recommendation.ts';
import type { ScaleTarget } from './target.ts';

/** A target under test, with one workload in it that may hold 0 to 5 replicas. */
export interface ScaleTargetHarness {
  readonly target: ScaleTarget;
  /** Id of the workload. */
  readonly id: string;
  /** Lets the workload have all ordered replicas ready. */
  settle(): Promise<void>;
}

export interface ScaleTargetRule {
  readonly name: string;
  check(harness: ScaleTargetHarness): Promise<void>;
}

const read = async ({ target, id }: ScaleTargetHarness): Promise<ScaleStatus> => {
  const status = await target.read(id, AbortSignal.timeout(5_000));
  assert.equal(status.kind, 'observed');
  return (status as Extract<typeof status, { readonly kind: 'observed' }>).value;
};

const stepTo = ({ id }: ScaleTargetHarness, status: ScaleStatus, to: number): ScaleStep => ({
  target: id,
  from: status.replicas,
  to,
  expectUid: status.uid,
  expectGeneration: status.generation,
});

const refusedAsStale = async (harness: ScaleTargetHarness, step: ScaleStep): Promise<void> => {
  const before = await read(harness);
  const outcome = await harness.target.apply(step, AbortSignal.timeout(5_000));
  assert.equal(outcome.ok, false);
  assert.equal(outcome.ok ? undefined : outcome.error.code, 'STALE_PLAN');
  assert.equal((await read(harness)).replicas, before.replicas, 'a refused step must change nothing');
};

/** What every ScaleTarget must do, in any order. Each rule leaves the workload usable for the next. */
export const SCALE_TARGET_CONTRACT: readonly ScaleTargetRule[] = [
  {
    name: 'reads what stands, with an identity to rest a step on',
    async check(harness) {
      const status = await read(harness);
      assert.ok(Number.isInteger(status.replicas) && status.replicas >= 0);
      assert.ok(Number.isInteger(status.ready) && status.ready >= 0);
      assert.notEqual(status.uid, '');
      assert.ok(Number.isInteger(status.generation));
    },
  },
  {
    name: 'applies a step planned on what stands, and shows it at the next read',
    async check(harness) {
      const before = await read(harness);
      const to = before.replicas === 2 ? 3 : 2;
      const outcome = await harness.target.apply(stepTo(harness, before, to), AbortSignal.timeout(5_000));
      assert.equal(outcome.ok, true);
      const after = await read(harness);
      assert.equal(after.replicas, to);
      assert.equal(after.uid, before.uid);
      assert.ok(after.generation > before.generation, 'a change must move the generation');
      await harness.settle();
      assert.equal((await read(harness)).ready, to);
    },
  },
  {
    name: 'refuses a step planned for another object',
    async check(harness) {
      const status = await read(harness);
      await refusedAsStale(harness, { ...stepTo(harness, status, status.replicas + 1), expectUid: 'another-uid' });
    },
  },
  {
    name: 'refuses a step planned on a generation that has passed',
    async check(harness) {
      const old = await read(harness);
      const to = old.replicas === 1 ? 2 : 1;
      assert.equal((await harness.target.apply(stepTo(harness, old, to), AbortSignal.timeout(5_000))).ok, true);
      await refusedAsStale(harness, { ...stepTo(harness, old, 4), from: to });
      await harness.settle();
    },
  },
  {
    name: 'refuses a step planned on another number of replicas',
    async check(harness) {
      const status = await read(harness);
      await refusedAsStale(harness, { ...stepTo(harness, status, 4), from: status.replicas + 1 });
    },
  },
  {
    name: 'says absent for a workload it does not hold',
    async check({ target }) {
      const status = await target.read('nowhere/nothing', AbortSignal.timeout(5_000));
      assert.deepEqual(status, { kind: 'absent', reason: 'never-seen' });
    },
  },
  {
    name: 'answers a call whose signal was aborted with a value, not with an exception',
    async check(harness) {
      const status = await read(harness);
      const aborted = await harness.target.read(harness.id, AbortSignal.abort());
      assert.deepEqual(aborted, { kind: 'absent', reason: 'read-failed' });
      const outcome = await harness.target.apply(stepTo(harness, status, status.replicas + 1), AbortSignal.abort());
      assert.equal(outcome.ok ? undefined : outcome.error.code, 'UNAVAILABLE');
      assert.equal((await read(harness)).replicas, status.replicas);
    },
  },
];
