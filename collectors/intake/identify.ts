import { createDictionary, type Dictionary } from '../../core/dictionary.ts';
import { sha256Hex } from '../../core/hash.ts';
import type { IdentityDelta } from '../../core/ports.ts';
import type { StreamDescriptor, StreamTable } from '../../core/stream.ts';
import { HOUR_MS, type Instant } from '../../core/time.ts';

/** Name of the stream and of the text that stand for everything beyond a limit. */
export const OVERFLOW = '__overflow__';

export type StreamIdentity = Omit<StreamDescriptor, 'id'>;

/** Dense local ids for streams and texts, and what of them the store has not yet been told. */
export interface Identities {
  /** Reading only; collectors add through textIdOf, which is bounded. */
  readonly texts: Dictionary;
  readonly streams: StreamTable;
  /** Id of a text, or of `__overflow__` once the limit of texts is reached and this one is new. 0 for ''. */
  textIdOf(text: string): number;
  /** Id of the stream with this hash, registered on first sight; the tenant's overflow stream past its limit. */
  streamIdOf(identity: StreamIdentity, at: Instant): number;
  isOverflow(streamId: number): boolean;
  readonly overflowTextId: number | undefined;
  /** Notes that these streams still send: only streams that do count towards the limit. */
  touch(streamIds: Uint32Array, at: Instant): void;
  /** Everything new since the last confirmed delta. */
  pending(): IdentityDelta;
  /** The store holds this delta now. */
  confirm(delta: IdentityDelta): void;
}

export interface IdentityLimits {
  /** Streams of a tenant that sent within the last one to two hours. */
  readonly streams: number;
  /** Distinct texts (operations, services, slice values) of all tenants. */
  readonly texts: number;
}

/**
 * Pods come and go, and each brings streams of its own: a limit over all that ever were would close the door on
 * a healthy fleet after some weeks of deployments. So the limit counts active streams, and this factor over it
 * bounds the descriptors kept in memory.
 */
const KNOWN_PER_ACTIVE = 8;

export const createIdentities = (
  loaded: { readonly texts: readonly string[]; readonly streams: readonly StreamDescriptor[] },
  limits: IdentityLimits,
): Identities => {
  const texts = createDictionary(loaded.texts.length === 0 ? [''] : loaded.texts);
  const streams: StreamDescriptor[] = [];
  const byHash = new Map<string, number>();
  const overflowOf = new Map<string, number>();
  const active = new Map<string, number>();
  let lastHour = new Float64Array(1_024).fill(-2);
  let currentHour = 0;
  let confirmedTexts = loaded.texts.length;
  let confirmedStreams = loaded.streams.length;
  let overflowTextId = texts.find(OVERFLOW);

  const insert = (descriptor: StreamDescriptor): void => {
    if (descriptor.id !== streams.length) throw new RangeError(`stream ${descriptor.id} stands at place ${streams.length}`);
    streams.push(descriptor);
    byHash.set(descriptor.hash, descriptor.id);
    if (descriptor.metric === OVERFLOW) overflowOf.set(descriptor.tenant, descriptor.id);
    if (streams.length > lastHour.length) {
      const grown = new Float64Array(lastHour.length * 2).fill(-2);
      grown.set(lastHour);
      lastHour = grown;
    }
  };
  for (const descriptor of loaded.streams) insert(descriptor);

  const enterHour = (at: Instant): void => {
    const hour = Math.floor(at / HOUR_MS);
    if (hour <= currentHour) return;
    currentHour = hour;
    active.clear();
    for (const { id, tenant } of streams) {
      if ((lastHour[id] as number) >= hour - 1) active.set(tenant, (active.get(tenant) ?? 0) + 1);
    }
  };

  const note = (id: number): void => {
    const last = lastHour[id] as number;
    if (last === currentHour) return;
    if (last < currentHour - 1) {
      const { tenant } = streams[id] as StreamDescriptor;
      active.set(tenant, (active.get(tenant) ?? 0) + 1);
    }
    lastHour[id] = currentHour;
  };

  const register = (identity: StreamIdentity): number => {
    const id = streams.length;
    insert({ id, ...identity });
    return id;
  };

  const overflowStream = (tenant: string): number =>
    overflowOf.get(tenant) ??
    register({
      hash: sha256Hex(`${OVERFLOW} ${tenant}`).slice(0, 32),
      tenant,
      service: OVERFLOW,
      instance: '',
      metric: OVERFLOW,
      unit: '',
      type: 'gauge',
      attributes: {},
    });

  return {
    texts,
    streams: {
      get size() {
        return streams.length;
      },
      describe(id) {
        const descriptor = streams[id];
        if (descriptor === undefined) throw new RangeError(`no stream has id ${id}`);
        return descriptor;
      },
    },
    get overflowTextId() {
      return overflowTextId;
    },
    textIdOf(text) {
      const known = texts.find(text);
      if (known !== undefined) return known;
      if (texts.size < limits.texts) return texts.idOf(text);
      overflowTextId ??= texts.idOf(OVERFLOW);
      return overflowTextId;
    },
    streamIdOf(identity, at) {
      enterHour(at);
      const known = byHash.get(identity.hash);
      if (known !== undefined) return known;
      const isFull = (active.get(identity.tenant) ?? 0) >= limits.streams || streams.length >= limits.streams * KNOWN_PER_ACTIVE;
      if (isFull) return overflowStream(identity.tenant);
      const id = register(identity);
      note(id);
      return id;
    },
    isOverflow: (id) => streams[id]?.metric === OVERFLOW,
    touch(streamIds, at) {
      enterHour(at);
      for (const id of streamIds) note(id);
    },
    pending: () => ({
      firstText: confirmedTexts,
      texts: texts.texts().slice(confirmedTexts),
      streams: streams.slice(confirmedStreams),
    }),
    confirm(delta) {
      confirmedTexts = delta.firstText + delta.texts.length;
      confirmedStreams += delta.streams.length;
    },
  };
};
