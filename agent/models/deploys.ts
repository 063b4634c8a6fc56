import type { ChangeEvent } from '../../core/change.ts';
import type { ClosedStep, Signal, SignalTable } from '../../core/signal.ts';
import type { TimeScale } from '../../core/time.ts';
import {
  createDeployWatch,
  type DeployVerdict,
  type DeployWatch,
  JUDGED_SIGNALS,
  type ModelReading,
  observeDeploys,
  restoreDeployWatch,
  snapshotDeployWatch,
  watchDeploy,
} from '../../detectors/deploy-verdict/index.ts';
import { modelStateAt, type SeasonalBank } from '../../detectors/seasonal/index.ts';

/** Verdicts on what was rolled out to services, by the residuals of the models of their golden signals. */
export interface Deploys {
  watch(change: ChangeEvent): void;
  /** A step that the bank has scored; the verdicts that are due with it. */
  observe(step: ClosedStep, bank: SeasonalBank): readonly DeployVerdict[];
  verdictOn(changeId: string): DeployVerdict | undefined;
  snapshot(): Uint8Array;
  /** Bytes that cannot be read are no state: watching begins anew. */
  restore(bytes: Uint8Array | undefined): void;
}

/** What somebody rolled out to a service; routes, nodes, calendars and replicas are no rollout of it. */
const ROLLOUTS: ReadonlySet<ChangeEvent['kind']> = new Set(['deploy', 'config', 'flag', 'migration']);
/** As many as changes are kept. */
const VERDICTS_KEPT = 200;

interface Written {
  readonly watch: string;
  readonly verdicts: readonly DeployVerdict[];
}

const isJudged = ({ scope, name }: Signal): boolean => scope.kind === 'service' && JUDGED_SIGNALS.includes(name);

export const createDeploys = (options: { readonly scale: TimeScale; readonly signals: SignalTable }): Deploys => {
  const { scale, signals } = options;
  let watch: DeployWatch = createDeployWatch(scale);
  let verdicts = new Map<string, DeployVerdict>();
  const judged: Signal[] = [];
  let known = 0;

  const learnSignals = (): void => {
    const all = signals.all();
    for (; known < all.length; known += 1) if (isJudged(all[known] as Signal)) judged.push(all[known] as Signal);
  };

  const keep = (verdict: DeployVerdict): void => {
    verdicts.set(verdict.changeId, verdict);
    if (verdicts.size > VERDICTS_KEPT) verdicts.delete(verdicts.keys().next().value as string);
  };

  const readingsAt = (bank: SeasonalBank, index: number): readonly ModelReading[] =>
    judged.flatMap(({ id, key, service, name }): readonly ModelReading[] => {
      const state = modelStateAt(bank, id, index);
      return state === undefined || !state.settled || !state.knowsDay ? [] : [{ key, service, name, ...state }];
    });

  return {
    watch({ id, kind, service, at }) {
      if (service === undefined || !ROLLOUTS.has(kind) || verdicts.has(id)) return;
      watchDeploy(watch, { id, service, at });
    },
    observe(step, bank) {
      learnSignals();
      const given = observeDeploys(watch, step, readingsAt(bank, step.index));
      for (const verdict of given) keep(verdict);
      return given;
    },
    verdictOn: (changeId) => verdicts.get(changeId),
    snapshot: () => {
      const inner = new TextDecoder().decode(snapshotDeployWatch(watch));
      return new TextEncoder().encode(JSON.stringify({ watch: inner, verdicts: [...verdicts.values()] } satisfies Written));
    },
    restore(bytes) {
      watch = createDeployWatch(scale);
      verdicts = new Map();
      if (bytes === undefined) return;
      try {
        const written = JSON.parse(new TextDecoder().decode(bytes)) as Written;
        watch = restoreDeployWatch(new TextEncoder().encode(written.watch), scale) ?? watch;
        verdicts = new Map(written.verdicts.map((verdict) => [verdict.changeId, verdict]));
      } catch {
        // Written by nobody of ours: nothing of it is kept.
      }
    },
  };
};
