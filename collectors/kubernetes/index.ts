import type { ChangeEvent } from '../../core/change.ts';
import type { Clock } from '../../core/clock.ts';
import { type KubernetesApi, pathOf } from '../../core/kubernetes-api.ts';
import type { DurationMs } from '../../core/time.ts';
import type { IntakeSide } from '../intake/index.ts';
import { changesOfHpa, changesOfNode, changesOfWorkload } from './changes.ts';
import { type Reading, readingsOfHpa, readingsOfPod, readingsOfWorkload } from './readings.ts';
import { createReflector, type Reflector, type ReflectorOptions } from './reflector.ts';
import { createSampleWriter } from './sample-writer.ts';
import { type HpaState, type PodState, readHpa, readNode, readPod, readWorkload, type WorkloadState, workloadKey } from './states.ts';

export interface KubernetesCollectorOptions {
  readonly tenant: string;
  readonly stepMs: DurationMs;
  readonly namespaces: readonly string[];
  readonly nodes: boolean;
  /** Services by `deployment/NAMESPACE/NAME`, where the configuration names them. */
  readonly services: ReadonlyMap<string, string>;
}

export interface KubernetesCollectorDependencies {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly random: () => number;
  readonly intake: IntakeSide;
  readonly addChange: (change: ChangeEvent) => Promise<void>;
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}

export interface KubernetesCollector {
  close(): Promise<void>;
}

interface Namespace {
  readonly workloads: readonly Reflector<WorkloadState>[];
  readonly hpas: Reflector<HpaState>;
  readonly pods: Reflector<PodState>;
}

/** Changes the disk has refused are offered again; more than these are given up, oldest first. */
const OWED_MAX = 1_000;

/**
 * Workloads, pods and autoscalers of a cluster as series and changes. What is not known at a step is absent in it:
 * a lost watch brings no zeros, and no value of before.
 */
export const openKubernetesCollector = (
  options: KubernetesCollectorOptions,
  deps: KubernetesCollectorDependencies,
): KubernetesCollector => {
  const { tenant, services } = options;
  const { clock, log } = deps;
  const writer = createSampleWriter(tenant, deps);
  const serviceOfKey = new Map<string, string>();
  let owed: ChangeEvent[] = [];
  let handing: Promise<void> = Promise.resolve();

  /**
   * The configuration's name, else what the workload says of its telemetry, else NAMESPACE/NAME. Labels such as
   * app.kubernetes.io/name are not asked: several workloads of one release share them.
   */
  const serviceOf = (workload: WorkloadState): string =>
    services.get(workloadKey(workload)) ?? workload.serviceName ?? `${workload.namespace}/${workload.name}`;
  const serviceFor = (key: string): string => services.get(key) ?? serviceOfKey.get(key) ?? key.slice(key.indexOf('/') + 1);

  const handOn = async (): Promise<void> => {
    const waiting = owed;
    owed = [];
    for (const [index, change] of waiting.entries()) {
      try {
        await deps.addChange(change);
      } catch (error) {
        owed = [...waiting.slice(index), ...owed].slice(-OWED_MAX);
        log.warn({ err: error }, 'a change of the cluster could not be stored and will be offered again');
        return;
      }
    }
  };
  const report = (changes: readonly ChangeEvent[]): void => {
    if (changes.length === 0) return;
    owed.push(...changes);
    handing = handing.then(handOn);
  };

  const reflect = <Item>(reflector: ReflectorOptions<Item>): Reflector<Item> =>
    createReflector(reflector, { ...deps, tell: (level, what) => log[level]({ collector: 'kubernetes' }, what) });

  const workloadsOf = (kind: WorkloadState['kind'], namespace: string): Reflector<WorkloadState> =>
    reflect({
      what: `${kind}s in ${namespace}`,
      path: `${pathOf('/apis/apps/v1/namespaces', namespace)}/${kind}s`,
      read: (object) => readWorkload(kind, object),
      onChange(before, after) {
        if (after === undefined) return;
        const service = serviceOf(after);
        serviceOfKey.set(workloadKey(after), service);
        if (before !== undefined) report(changesOfWorkload(before, after, { tenant, now: clock.now(), service }));
      },
    });

  const open = (namespace: string): Namespace => ({
    workloads: [workloadsOf('deployment', namespace), workloadsOf('statefulset', namespace)],
    hpas: reflect({
      what: `HorizontalPodAutoscalers in ${namespace}`,
      path: `${pathOf('/apis/autoscaling/v2/namespaces', namespace)}/horizontalpodautoscalers`,
      read: readHpa,
      onChange(before, after) {
        if (before === undefined || after === undefined) return;
        report(changesOfHpa(before, after, { tenant, now: clock.now(), service: serviceFor(after.scaled) }));
      },
    }),
    pods: reflect({ what: `pods in ${namespace}`, path: `${pathOf('/api/v1/namespaces', namespace)}/pods`, read: readPod, onChange() {} }),
  });

  const namespaces = options.namespaces.map(open);
  const nodes = options.nodes
    ? reflect({
        what: 'nodes',
        path: '/api/v1/nodes',
        read: readNode,
        onChange(before, after) {
          if (after !== undefined) report(changesOfNode(before, after, { tenant, now: clock.now() }));
        },
      })
    : undefined;

  const readings = (): readonly Reading[] => {
    const found: Reading[] = [];
    for (const { workloads, hpas, pods } of namespaces) {
      for (const reflector of workloads)
        for (const workload of reflector.items() ?? []) found.push(...readingsOfWorkload(workload, serviceOf(workload)));
      for (const hpa of hpas.items() ?? []) found.push(...readingsOfHpa(hpa, serviceFor(hpa.scaled)));
      for (const pod of pods.items() ?? []) if (pod.workload !== undefined) found.push(...readingsOfPod(pod, serviceFor(pod.workload)));
    }
    return found;
  };

  const stopSampling = clock.every(options.stepMs, () => {
    writer.write(readings());
    if (owed.length > 0) handing = handing.then(handOn);
  });

  return {
    async close() {
      stopSampling();
      const reflectors = namespaces.flatMap(({ workloads, hpas, pods }) => [...workloads, hpas, pods]);
      await Promise.all([...reflectors.map((reflector) => reflector.close()), nodes?.close()]);
      await writer.settled();
      await handing;
    },
  };
};
