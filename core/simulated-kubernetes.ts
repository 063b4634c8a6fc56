import type { Clock } from './clock.ts';
import type { KubernetesApi, KubernetesFailure, KubernetesFailureCode, KubernetesRequest, KubernetesWatch } from './kubernetes-api.ts';
import { fail, type Outcome, succeed } from './outcome.ts';

type Json = Record<string, unknown>;

export interface SimulatedObject extends Json {
  readonly metadata: Json & { readonly name: string; readonly resourceVersion: string; readonly uid: string; readonly generation?: number };
  readonly spec: Json;
  readonly status?: Json;
}

/** What goes wrong with one request. `lost`: it is carried out, and the answer never comes. */
export type SimulatedFault =
  | { readonly kind: 'refused'; readonly code: KubernetesFailureCode; readonly retryAfterMs?: number }
  | { readonly kind: 'silent' }
  | { readonly kind: 'lost' };

/** An API server in memory: versions, preconditions, generations, field owners and watches as a real one keeps them. */
export interface SimulatedKubernetes extends KubernetesApi {
  /** Everything asked so far, as "METHOD path". */
  readonly requests: readonly string[];
  create(
    collection: string,
    name: string,
    object: { readonly spec?: Json; readonly status?: Json; readonly metadata?: Json },
    manager?: string,
  ): void;
  /** Another writer: changes an object in place. */
  edit(path: string, manager: string, change: (object: { metadata: Json; spec: Json; status: Json }) => void): void;
  remove(path: string): void;
  read(path: string): SimulatedObject | undefined;
  /** Asked before each request, from now on. */
  faults(decide: (request: KubernetesRequest, number: number) => SimulatedFault | undefined): void;
  /** Ends every open watch: in order, or broken. */
  endWatches(how: 'in-order' | 'broken'): void;
  /** Forgets what happened so far: watches from an earlier version are answered with 410. */
  compact(): void;
}

interface WatchEvent {
  readonly version: number;
  readonly type: string;
  readonly path: string;
  readonly object: unknown;
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const clone = <Value>(value: Value): Value => structuredClone(value);

/** RFC 7386 */
const mergePatch = (target: unknown, patch: unknown): unknown => {
  if (!isObject(patch)) return patch;
  const merged: Json = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
};

const OWNED = ['replicas', 'minReplicas', 'maxReplicas', 'template'] as const;
const collectionOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

export const createSimulatedKubernetes = (clock: Clock): SimulatedKubernetes => {
  const objects = new Map<string, SimulatedObject>();
  const collections = new Set<string>();
  const requests: string[] = [];
  const watches = new Set<{ readonly path: string; send(event: WatchEvent): void; end(how: 'in-order' | 'broken'): void }>();
  let history: WatchEvent[] = [];
  let version = 100;
  let compacted = 0;
  let uids = 0;
  let decide: (request: KubernetesRequest, number: number) => SimulatedFault | undefined = () => undefined;

  const refused = (
    code: KubernetesFailureCode,
    message: string,
    retryAfterMs?: number,
  ): { readonly ok: false; readonly error: KubernetesFailure } => {
    const failed = fail(code, message, { retryable: code === 'UNAVAILABLE' || code === 'THROTTLED' || code === 'CONFLICT' });
    return { ok: false, error: { ...failed.error, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) } };
  };

  const publish = (type: string, path: string, object: unknown): void => {
    const event = { version, type, path: collectionOf(path), object: clone(object) };
    history.push(event);
    for (const watch of watches) if (watch.path === event.path) watch.send(event);
  };

  /** Who changes a field owns it from then on, and nobody else. */
  const withOwner = (before: SimulatedObject | undefined, spec: Json, metadata: Json, manager: string, subresource?: string): unknown => {
    const changed = OWNED.filter((field) => JSON.stringify(before?.spec[field]) !== JSON.stringify(spec[field])).map(
      (field) => `f:${field}`,
    );
    const entries = clone((metadata.managedFields ?? []) as { manager: string; subresource?: string; fieldsV1: { 'f:spec': Json } }[]);
    if (changed.length === 0) return entries;
    for (const entry of entries) for (const field of changed) delete entry.fieldsV1['f:spec'][field];
    const kept = entries.filter((entry) => Object.keys(entry.fieldsV1['f:spec']).length > 0);
    const own = kept.find((entry) => entry.manager === manager && entry.subresource === subresource);
    const fields = Object.fromEntries(changed.map((field) => [field, {}]));
    const time = new Date(clock.now()).toISOString();
    if (own !== undefined) {
      Object.assign(own, { time });
      Object.assign(own.fieldsV1['f:spec'], fields);
    }
    const fresh = {
      manager,
      operation: 'Update',
      time,
      ...(subresource === undefined ? {} : { subresource }),
      fieldsV1: { 'f:spec': fields },
    };
    return own === undefined ? [...kept, fresh] : kept;
  };

  const store = (
    path: string,
    next: { metadata: Json; spec: Json; status?: Json },
    manager: string,
    subresource?: string,
  ): SimulatedObject => {
    const before = objects.get(path);
    version += 1;
    if (before === undefined) uids += 1;
    const isOther = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);
    // The registry of Deployments counts annotations too, because ReplicaSets carry them.
    const annotated =
      /deployments$/.test(collectionOf(path)) && isOther(before?.metadata.annotations ?? {}, next.metadata.annotations ?? {});
    const specChanged = before !== undefined && (isOther(before.spec, next.spec) || annotated);
    // A HorizontalPodAutoscaler and a Lease have no generation.
    const counted = /deployments$|statefulsets$/.test(collectionOf(path));
    const stored = clone({
      ...next,
      metadata: {
        ...next.metadata,
        uid: before?.metadata.uid ?? `uid-${uids}`,
        resourceVersion: String(version),
        ...(counted ? { generation: (before?.metadata.generation ?? (specChanged ? 0 : 1)) + (specChanged ? 1 : 0) } : {}),
        managedFields: withOwner(before, next.spec, next.metadata, manager, subresource),
      },
    }) as unknown as SimulatedObject;
    objects.set(path, stored);
    collections.add(collectionOf(path));
    publish(before === undefined ? 'ADDED' : 'MODIFIED', path, stored);
    return stored;
  };

  const conflicting = (found: SimulatedObject, metadata: unknown): boolean => {
    if (!isObject(metadata)) return false;
    const { uid, resourceVersion } = metadata;
    return (
      (uid !== undefined && uid !== found.metadata.uid) ||
      (resourceVersion !== undefined && resourceVersion !== found.metadata.resourceVersion)
    );
  };

  const scaleOf = ({ metadata, spec }: SimulatedObject): Json => ({
    metadata: { name: metadata.name, uid: metadata.uid, resourceVersion: metadata.resourceVersion },
    spec: { replicas: spec.replicas },
  });

  const carryOut = ({ method, path, query, body }: KubernetesRequest): Outcome<unknown, KubernetesFailure> => {
    const manager = query?.fieldManager ?? 'unknown';
    if (method === 'GET' && !objects.has(path) && !path.endsWith('/scale')) {
      const items = [...objects].filter(([at]) => collectionOf(at) === path).map(([, object]) => object);
      const isCollection = collections.has(path) || /s$/.test(path.slice(path.lastIndexOf('/')));
      return isCollection && !objects.has(path) && !collections.has(collectionOf(path))
        ? succeed({ metadata: { resourceVersion: String(version) }, items: clone(items) })
        : refused('NOT_FOUND', `${path} not found`);
    }
    if (method === 'POST') {
      const { metadata, spec } = body as { metadata: Json & { name: string }; spec: Json };
      const at = `${path}/${metadata.name}`;
      return objects.has(at) ? refused('CONFLICT', `${at} exists`) : succeed(clone(store(at, { metadata, spec }, manager)));
    }
    const isScale = path.endsWith('/scale');
    const at = isScale ? path.slice(0, -'/scale'.length) : path;
    const found = objects.get(at);
    if (found === undefined) return refused('NOT_FOUND', `${at} not found`);
    if (method === 'GET') return succeed(clone(isScale ? scaleOf(found) : found));
    const { metadata, spec } = body as { metadata?: Json; spec?: Json };
    if (conflicting(found, metadata)) return refused('CONFLICT', `${at} has been modified`);
    if (isScale) {
      const next = { ...found, spec: { ...found.spec, replicas: spec?.replicas } };
      return succeed(clone(scaleOf(store(at, next, manager, 'scale'))));
    }
    const merged =
      method === 'PATCH' ? mergePatch(found, body) : { ...found, ...(body as Json), metadata: { ...found.metadata, ...metadata } };
    return succeed(clone(store(at, merged as SimulatedObject, manager)));
  };

  return {
    requests,
    create(collection, name, object, manager = 'kubectl') {
      store(`${collection}/${name}`, { spec: {}, ...object, metadata: { ...object.metadata, name, namespace: 'payments' } }, manager);
    },
    edit(path, manager, change) {
      const found = objects.get(path);
      if (found === undefined) throw new Error(`nothing stands at ${path}`);
      const next = { status: {}, ...clone(found) } as unknown as { metadata: Json; spec: Json; status: Json };
      change(next);
      store(path, next, manager);
    },
    remove(path) {
      const found = objects.get(path);
      objects.delete(path);
      version += 1;
      publish('DELETED', path, found);
    },
    read: (path) => clone(objects.get(path)),
    faults(next) {
      decide = next;
    },
    endWatches(how) {
      for (const watch of [...watches]) watch.end(how);
    },
    compact() {
      compacted = version;
      history = [];
    },
    async request(request, signal) {
      requests.push(`${request.method} ${request.path}`);
      if (signal.aborted) return refused('UNAVAILABLE', 'aborted');
      const fault = decide(request, requests.length);
      if (fault?.kind === 'refused') return refused(fault.code, `${request.method} ${request.path}: made to fail`, fault.retryAfterMs);
      if (fault?.kind === 'silent') return refused('UNAVAILABLE', `${request.method} ${request.path}: no answer`);
      const answer = carryOut(request);
      return fault?.kind === 'lost' ? refused('UNAVAILABLE', `${request.method} ${request.path}: no answer`) : answer;
    },
    watch({ path, query, onOpen, onEvent }: KubernetesWatch, signal) {
      requests.push(`WATCH ${path}`);
      const fault = decide({ method: 'GET', path, query: { ...query, watch: 'true' } }, requests.length);
      if (fault?.kind === 'refused') return Promise.resolve(refused(fault.code, `watch ${path}: made to fail`, fault.retryAfterMs));
      return new Promise((resolve) => {
        const from = Number(query.resourceVersion ?? 0);
        const cancel = clock.after(Number(query.timeoutSeconds ?? 3_600) * 1_000, () => open.end('in-order'));
        const end = (outcome: Outcome<void, KubernetesFailure>): void => {
          cancel();
          watches.delete(open);
          resolve(outcome);
        };
        const open = {
          path,
          send: (event: WatchEvent) => onEvent(event.type, clone(event.object)),
          end: (how: 'in-order' | 'broken') =>
            end(how === 'in-order' ? succeed(undefined) : refused('UNAVAILABLE', `watch ${path}: broken`)),
        };
        onOpen();
        if (from < compacted) {
          onEvent('ERROR', { kind: 'Status', code: 410, reason: 'Expired' });
          end(succeed(undefined));
          return;
        }
        for (const event of history) if (event.path === path && event.version > from) open.send(event);
        if (fault?.kind === 'silent') {
          cancel();
          signal.addEventListener('abort', () => resolve(refused('UNAVAILABLE', `watch ${path}: aborted`)), { once: true });
          return;
        }
        watches.add(open);
        signal.addEventListener('abort', () => end(refused('UNAVAILABLE', `watch ${path}: aborted`)), { once: true });
      });
    },
  };
};
