import { canonicalJson, sha256Hex } from '../../../core/hash.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { StreamDescriptor } from '../../../core/stream.ts';
import type { Identities, StreamIdentity } from '../../intake/identify.ts';
import type { Redactor } from '../../intake/redact.ts';
import { type Attribute, canonicalAttributes, readAttributes, textAt } from '../attributes.ts';
import { type Cursor, enterField, readTag, skipField } from '../kernel.ts';
import { readResource, type SenderResource } from '../resource.ts';
import { EXPONENTIAL_HISTOGRAM, GAUGE, HISTOGRAM, SUM } from './kernel.ts';
import type { MetricPlace } from './point/kernel.ts';

export interface DecoderDependencies {
  readonly tenant: string;
  readonly identities: Identities;
  readonly redactor: Redactor;
  /** Two random words, drawn once a process. */
  readonly salt: readonly [number, number];
}

const typeOf = (place: MetricPlace): StreamDescriptor['type'] =>
  place.kind === GAUGE ? 'gauge' : place.kind === SUM ? (place.monotonic ? 'counter' : 'sum') : 'histogram';

/** Field number of a point's attributes. */
const attributesField = ({ kind }: MetricPlace): number => (kind === HISTOGRAM ? 9 : kind === EXPONENTIAL_HISTOGRAM ? 1 : 7);

interface Scope {
  readonly canonical: readonly string[];
}

const readScope = (c: Cursor, places: readonly number[], redactor: Redactor): Scope => {
  let name = '';
  let version = '';
  const attributes: Attribute[] = [];
  for (let i = 0; i < places.length; i += 2) {
    const start = places[i] as number;
    const end = places[i + 1] as number;
    attributes.push(...readAttributes(c, start, end, 3));
    c.at = start;
    while (c.at < end) {
      const tag = readTag(c, end);
      const field = tag >>> 3;
      if (field === 1 || field === 2) {
        const stop = enterField(c, tag, end);
        const text = textAt(c, c.at, stop);
        if (field === 1) name = text;
        else version = text;
        c.at = stop;
      } else skipField(c, tag, end);
    }
  }
  return { canonical: [redactor.text(name), version, ...canonicalAttributes(attributes, redactor.text)] };
};

/** The label rules of a stream, looked at once, when it is new. */
const labelProblem = (attributes: readonly Attribute[]): { readonly reason: string; readonly message: string } | undefined => {
  if (attributes.length > LIMITS.attributesPerPoint) {
    return { reason: 'label_limit', message: `${attributes.length} attributes, ${LIMITS.attributesPerPoint} allowed` };
  }
  const seen = new Set<string>();
  for (const { key, bytes } of attributes) {
    if (key === '') return { reason: 'label_limit', message: 'an attribute has an empty key' };
    if (bytes > LIMITS.attributeValueBytes) {
      return {
        reason: 'label_limit',
        message: `attribute "${key.slice(0, 100)}" has ${bytes} bytes, ${LIMITS.attributeValueBytes} allowed`,
      };
    }
    if (seen.has(key)) return { reason: 'duplicate_label', message: `attribute "${key}" is given twice` };
    seen.add(key);
  }
  return undefined;
};

type Resolved =
  | { readonly kind: 'stream'; readonly identity: StreamIdentity }
  | { readonly kind: 'rejected'; readonly reason: string; readonly message: string };

/** Strings of unknown streams; resources, scopes and metrics are read once a request however many points need them. */
export const createResolver = (c: Cursor, deps: DecoderDependencies) => {
  const resources = new Map<readonly number[], SenderResource>();
  const scopes = new Map<readonly number[], Scope>();
  const names = new Map<MetricPlace, { readonly name: string; readonly unit: string }>();

  const memo = <Key, Value>(cache: Map<Key, Value>, key: Key, make: () => Value): Value => {
    const known = cache.get(key);
    if (known !== undefined) return known;
    const made = make();
    cache.set(key, made);
    return made;
  };

  return (place: MetricPlace, start: number, end: number): Resolved => {
    const { redactor } = deps;
    const resource = memo(resources, place.resource, () => readResource(c, place.resource, redactor));
    const scope = memo(scopes, place.scope, () => readScope(c, place.scope, redactor));
    const { name, unit } = memo(names, place, () => ({
      name: redactor.text(textAt(c, place.nameStart, place.nameEnd)),
      unit: textAt(c, place.unitStart, place.unitEnd),
    }));
    const attributes = readAttributes(c, start, end, attributesField(place));
    if (resource.problem !== undefined) return { kind: 'rejected', reason: 'label_limit', message: resource.problem };
    if (place.nameEnd - place.nameStart > LIMITS.attributeValueBytes || unit.length > 256) {
      return { kind: 'rejected', reason: 'label_limit', message: `a metric name of ${name.length} or a unit of ${unit.length} characters` };
    }
    const problem = labelProblem(attributes);
    if (problem !== undefined) return { kind: 'rejected', reason: problem.reason, message: `metric "${name}": ${problem.message}` };
    const kept = attributes.filter(({ key }) => redactor.allows(key));
    const type = typeOf(place);
    // Dropped keys still tell streams apart (two counters must not become one); what the scan finds never enters a hash.
    const canonical = canonicalJson([
      deps.tenant,
      resource.canonical,
      scope.canonical,
      name,
      unit,
      type,
      place.kind === GAUGE ? 0 : place.temporality,
      canonicalAttributes(attributes, redactor.text),
    ]);
    return {
      kind: 'stream',
      identity: {
        hash: sha256Hex(canonical).slice(0, 32),
        tenant: deps.tenant,
        service: resource.service,
        instance: resource.instance,
        metric: name,
        unit,
        type,
        attributes: Object.fromEntries(kept.map(({ key, value }) => [key, redactor.text(value.text)])),
      },
    };
  };
};
