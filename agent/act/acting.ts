import { MINUTE_MS } from '../../core/time.ts';
import type { ScaleStep } from '../../scaler/recommendation.ts';
import type { ScaleFailure, ScaleTarget } from '../../scaler/targets/target.ts';
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
/** What is forbidden stays so until a person changes it; it is tried again now and then, not every step. */
const FORBIDDEN_PAUSE_MS = MINUTE_MS;

export const createActing = (deps: ActingDependencies): Acting => {
  const { shard, view, ports, record } = deps;
  const { clock, log } = ports;
  const { workloads } = shard.parts;
  const inFlight = new Map<Workload, Promise<void>>();
  const announced = new Map<Workload, number>();
  /** The last thing that kept a workload from being scaled, until it is scaled again. */
  const kept = new Map<Workload, string>();
  const pausedUntil = new Map<Workload, number>();

  const refused = (workload: Workload, { code, message }: ScaleFailure): void => {
    if (code === 'FORBIDDEN') pausedUntil.set(workload, clock.elapsedMs() + FORBIDDEN_PAUSE_MS);
    if (kept.get(workload) === message) return;
    kept.set(workload, message);
    log.warn({ target: workload.policy.target, code }, message);
    view.note('scale', message, { service: workload.service });
  };

  /** Whether nothing that is known beforehand stands against the step; told once. */
  const mayTry = async (workload: Workload, target: ScaleTarget, step: ScaleStep): Promise<boolean> => {
    if ((pausedUntil.get(workload) ?? 0) > clock.elapsedMs()) return false;
    const objection = await target.objection?.(step, AbortSignal.timeout(APPLY_TIMEOUT_MS));
    if (objection !== undefined) refused(workload, objection);
    return objection === undefined;
  };

  const apply = async (plan: PlannedScale, target: ScaleTarget): Promise<void> => {
    const { workload, step, recommendation } = plan;
    if (step === undefined) return;
    const applied = await target.apply(step, AbortSignal.timeout(APPLY_TIMEOUT_MS));
    if (!applied.ok) {
      refused(workload, applied.error);
      return;
    }
    kept.delete(workload);
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
    const inputs = asJson(plan.inputs());
    const target = ports.targets.get(policy.target);
    const work = async (): Promise<void> => {
      if (acts && target !== undefined && !(await mayTry(workload, target, step))) return;
      announced.set(workload, recommendation.desired ?? 0);
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
