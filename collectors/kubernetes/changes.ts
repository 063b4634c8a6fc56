import type { ChangeEvent } from '../../core/change.ts';
import type { FieldOwner } from '../../core/kubernetes-fields.ts';
import { PRODUCT } from '../../core/names.ts';
import { HOUR_MS, type Instant } from '../../core/time.ts';
import type { HpaState, NodeState, WorkloadState } from './states.ts';

/** What a difference between two sights of an object means. Ids are made of what the API server counts, so that the same difference seen twice is one change. */

export interface ChangeContext {
  readonly tenant: string;
  readonly now: Instant;
  readonly service: string;
}

const SOURCE = 'kubernetes';

const event = (
  { tenant, service }: ChangeContext,
  change: Pick<ChangeEvent, 'id' | 'at' | 'kind' | 'summary' | 'attributes'>,
): ChangeEvent => ({ ...change, tenant, service, source: SOURCE });

const newest = (owners: readonly FieldOwner[]): FieldOwner | undefined =>
  [...owners].sort((a, b) => (a.at ?? '').localeCompare(b.at ?? '')).at(-1);

/** When it was written, by the API server's own book; a time that cannot be is replaced by now. */
const timeOf = (owner: FieldOwner | undefined, now: Instant): Instant => {
  const at = Date.parse(owner?.at ?? '');
  return Number.isNaN(at) || at > now || at < now - HOUR_MS ? now : at;
};

const byOf = (owner: FieldOwner | undefined): Readonly<Record<string, string>> =>
  owner === undefined || owner.manager === '' ? {} : { by: owner.manager };
const named = ({ kind, namespace, name }: WorkloadState): string => `${kind} ${namespace}/${name}`;

const rollout = (before: WorkloadState, after: WorkloadState, context: ChangeContext): ChangeEvent => {
  const owner = newest(after.templateBy);
  const images = Object.keys({ ...before.images, ...after.images })
    .filter((container) => before.images[container] !== after.images[container])
    .map((container) => `${container}: ${before.images[container] ?? 'none'} -> ${after.images[container] ?? 'none'}`);
  const restartOnly = before.template === after.template;
  const what = restartOnly ? 'restart' : images.length > 0 ? `rollout, ${images.join(', ')}` : 'rollout of a changed pod template';
  return event(context, {
    id: `kubernetes-rollout-${after.uid}-${after.generation}`,
    at: timeOf(owner, context.now),
    kind: restartOnly || images.length === 0 ? 'config' : 'deploy',
    summary: `${named(after)}: ${what}`,
    attributes: { ...byOf(owner), ...(images.length === 0 ? {} : { images: images.join(', ') }) },
  });
};

const scaled = (before: WorkloadState, after: WorkloadState, context: ChangeContext): ChangeEvent => {
  const owner = newest(after.replicasBy);
  return event(context, {
    id: `kubernetes-scale-${after.uid}-${after.generation}`,
    at: timeOf(owner, context.now),
    kind: 'scale',
    summary: `${named(after)} ${before.desired} -> ${after.desired}${owner === undefined || owner.manager === '' ? '' : ` by ${owner.manager}`}`,
    attributes: { from: String(before.desired), to: String(after.desired), ...byOf(owner) },
  });
};

const isOurs = (owners: readonly FieldOwner[]): boolean => newest(owners)?.manager === PRODUCT;

/** Our own scaling is told by whoever ordered it. */
export const changesOfWorkload = (before: WorkloadState, after: WorkloadState, context: ChangeContext): readonly ChangeEvent[] => [
  ...(before.template !== after.template || before.restartedAt !== after.restartedAt ? [rollout(before, after, context)] : []),
  ...(before.desired !== after.desired && !isOurs(after.replicasBy) ? [scaled(before, after, context)] : []),
];

export const changesOfHpa = (before: HpaState, after: HpaState, context: ChangeContext): readonly ChangeEvent[] => {
  if (before.minimum === after.minimum && before.maximum === after.maximum) return [];
  if (before.maximum === after.maximum && isOurs(after.boundsBy)) return [];
  const owner = newest(after.boundsBy);
  const bounds = ({ minimum, maximum }: HpaState): string => `${minimum} to ${maximum}`;
  return [
    event(context, {
      id: `kubernetes-bounds-${after.uid}-${after.version}`,
      at: context.now,
      kind: 'config',
      summary: `HorizontalPodAutoscaler ${after.namespace}/${after.name}: ${bounds(before)} -> ${bounds(after)} replicas`,
      attributes: { from: bounds(before), to: bounds(after), ...byOf(owner) },
    }),
  ];
};

/** A node that is not ready when it is first seen is told too: the id keeps that from being told twice. */
export const changesOfNode = (
  before: NodeState | undefined,
  after: NodeState,
  { tenant, now }: Omit<ChangeContext, 'service'>,
): readonly ChangeEvent[] => {
  if (after.ready || before?.ready === false) return [];
  const at = after.since === undefined || after.since > now ? now : after.since;
  return [
    {
      id: `kubernetes-node-${after.uid}-${after.since ?? 'unknown'}`,
      at,
      tenant,
      kind: 'node',
      summary: `node ${after.name} is not ready`,
      attributes: { node: after.name },
      source: SOURCE,
    },
  ];
};
