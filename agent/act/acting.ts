import type { ScaleTarget } from '../../scaler/targets/target.ts';
import { asJson, type Recorder } from '../decisions.ts';
import type { AgentPorts } from '../ports.ts';
import type { Shard } from '../shard.ts';
import type { LiveView } from '../view.ts';
import type { PlannedScale } from './plans.ts';
import type { Workload } from './workload.ts';

/** Carries out what was planned, and looks at what stands. Nothing waits for it but the end. */
export interface Acting {
  act(plans: readonly PlannedScale[]): void;
  /** Resolves when what was ordered is answered. */
  settled(): Promise<void>;
}

export interface ActingDependencies {
  readonly tenant: string;
  readonly shard: Shard;
  readonly view: LiveView;
  readonly ports: Pick<AgentPorts, 'clock' | 'log' | 'targets'>;
  readonly record: Recorder;
}

/** A scale order that is not answered by then is given up; the next plan looks at the target anew. */
const APPLY_TIMEOUT_MS = 10_000;

export const createActing = (deps: ActingDependencies): Acting => {
  const { shard, view, ports, record } = deps;
  const { clock, log } = ports;
  const { workloads } = shard.parts;
  const inFlight = new Map<Workload, Promise<void>>();
  const announced = new Map<Workload, number>();

  const apply = async (plan: PlannedScale, target: ScaleTarget): Promise<void> => {
    const { workload, step, recommendation } = plan;
    if (step === undefined) return;
    const applied = await target.apply(step, AbortSignal.timeout(APPLY_TIMEOUT_MS));
    if (!applied.ok) {
      log.warn({ target: step.target, code: applied.error.code }, applied.error.message);
      view.note('scale', `${step.target}: ${applied.error.message}`, { service: workload.service });
      return;
    }
    workload.status = { kind: 'observed', value: applied.value, at: clock.now() };
    shard.addChange({
      id: `scale-${step.target}-${recommendation.at}`,
      at: recommendation.at,
      tenant: deps.tenant,
      kind: 'scale',
      service: workload.service,
      summary: `${step.target} ${step.from} -> ${step.to}`,
      attributes: { from: String(step.from), to: String(step.to) },
      source: 'foreshock',
    });
    view.note('scale', `${step.target} ${step.from} -> ${step.to}: ${recommendation.because}`, {
      service: workload.service,
      at: recommendation.at,
    });
  };

  /** Nothing acts without a record first; a recommendation that is not acted on is recorded once when it changes. */
  const actOn = (plan: PlannedScale): void => {
    const { workload, recommendation, step } = plan;
    const { policy } = workload;
    if (step === undefined || inFlight.has(workload)) return;
    const acts = policy.mode === 'act';
    if (!acts && announced.get(workload) === recommendation.desired) return;
    announced.set(workload, recommendation.desired ?? 0);
    const inputs = asJson(plan.inputs());
    const target = ports.targets.get(policy.target);
    const work = async (): Promise<void> => {
      await record('scale', policy.target, recommendation.at, inputs);
      if (acts && target !== undefined) await apply(plan, target);
    };
    const done = work()
      .catch((error: unknown) => log.error({ err: error, target: policy.target }, 'scaling failed'))
      .finally(() => inFlight.delete(workload));
    inFlight.set(workload, done);
  };

  const readTargets = (): void => {
    for (const workload of workloads) {
      const target = ports.targets.get(workload.policy.target);
      if (target === undefined || inFlight.has(workload)) continue;
      target
        .read(workload.policy.target, AbortSignal.timeout(APPLY_TIMEOUT_MS))
        .then((status) => {
          if (!inFlight.has(workload)) workload.status = status;
        })
        .catch((error: unknown) => log.warn({ err: error, target: workload.policy.target }, 'reading the target failed'));
    }
  };

  return {
    act(plans) {
      readTargets();
      for (const plan of plans) actOn(plan);
    },
    async settled() {
      await Promise.all(inFlight.values());
    },
  };
};
