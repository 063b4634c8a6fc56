import type { HpaState, PodState, WorkloadState } from './states.ts';

/** One value of one series, by names of the OpenTelemetry semantic conventions for Kubernetes. */
export interface Reading {
  readonly service: string;
  readonly instance: string;
  readonly metric: string;
  readonly unit: string;
  readonly type: 'gauge' | 'counter';
  /** Of a counter; NaN when unknown. */
  readonly start: number;
  readonly value: number;
  readonly attributes: Readonly<Record<string, string>>;
}

const gauge = (service: string, metric: string, unit: string, value: number, attributes: Reading['attributes']): Reading => ({
  service,
  instance: '',
  metric,
  unit,
  type: 'gauge',
  start: Number.NaN,
  value,
  attributes,
});

const placeOf = ({ kind, namespace, name }: WorkloadState): Reading['attributes'] => ({
  'k8s.namespace.name': namespace,
  [`k8s.${kind}.name`]: name,
});

export const readingsOfWorkload = (workload: WorkloadState, service: string): readonly Reading[] => {
  const of = (what: string, value: number): Reading =>
    gauge(service, `k8s.${workload.kind}.pod.${what}`, '{pod}', value, placeOf(workload));
  const desired = of('desired', workload.desired);
  if (workload.kind === 'deployment') return [desired, of('available', workload.available)];
  return [desired, of('ready', workload.ready), of('current', workload.current), of('updated', workload.updated)];
};

export const readingsOfHpa = (hpa: HpaState, service: string): readonly Reading[] => {
  const attributes = { 'k8s.namespace.name': hpa.namespace, 'k8s.hpa.name': hpa.name };
  const of = (what: string, value: number): Reading => gauge(service, `k8s.hpa.pod.${what}`, '{pod}', value, attributes);
  return [of('current', hpa.current), of('desired', hpa.desired), of('min', hpa.minimum), of('max', hpa.maximum)];
};

/** Restarts count up as long as a pod lives, so they are read as a counter: what people watch is how often, not how many since Tuesday. */
export const readingsOfPod = (pod: PodState, service: string): readonly Reading[] =>
  pod.containers.flatMap(({ name, ready, restarts }) => {
    const attributes = { 'k8s.namespace.name': pod.namespace, 'k8s.pod.name': pod.name, 'k8s.container.name': name };
    const restartCount: Reading = {
      service,
      instance: pod.uid,
      metric: 'k8s.container.restart_count',
      unit: '{restart}',
      type: 'counter',
      start: pod.startedAt,
      value: restarts,
      attributes,
    };
    return [{ ...gauge(service, 'k8s.container.ready', '{container}', ready ? 1 : 0, attributes), instance: pod.uid }, restartCount];
  });
