import type { Labels } from '../../collectors/prometheus/index.ts';
import type { ServiceLabels } from './aliases.ts';

export interface ServiceName {
  readonly name: string;
  /** Empty when nothing says it. */
  readonly namespace: string;
}

export const displayName = ({ name, namespace }: ServiceName): string => (namespace === '' ? name : `${namespace}/${name}`);

/** The service that labels name; undefined when the label is not set. */
export const serviceOf = (labels: Labels, { name, namespace }: ServiceLabels): ServiceName | undefined => {
  const given = labels[name] ?? '';
  if (given === '' || given === 'unknown') return undefined;
  const around = namespace === undefined ? '' : (labels[namespace] ?? '');
  // OpenTelemetry's job is service.namespace/service.name; Traefik's service ends with its provider.
  const bare = given.replace(/@[a-z]+$/, '');
  const slash = bare.lastIndexOf('/');
  return slash > 0 ? { namespace: bare.slice(0, slash), name: bare.slice(slash + 1) } : { namespace: around, name: bare };
};

/** Whether two names may mean one service: the namespaces agree as far as both are known. */
export const isSameService = (a: ServiceName, b: ServiceName): boolean =>
  a.name === b.name && (a.namespace === '' || b.namespace === '' || a.namespace === b.namespace);

const SUFFIX = /[-_](service|svc|server|api|app|deployment|deploy)$/;

/** The same with the words that people hang onto names of workloads and services. */
export const isSameWorkload = (service: ServiceName, workload: ServiceName): boolean =>
  isSameService(service, workload) ||
  isSameService({ ...service, name: service.name.replace(SUFFIX, '') }, { ...workload, name: workload.name.replace(SUFFIX, '') });
