import { LIMITS } from '../../core/limits.ts';
import type { Redactor } from '../intake/redact.ts';
import { type Attribute, canonicalAttributes, readAttributes } from './attributes.ts';
import type { Cursor } from './kernel.ts';

/** What a resource says of who sends. */
export interface SenderResource {
  /** "namespace/service" or "service"; "unknown_service" when the resource names none, as SDKs do. */
  readonly service: string;
  readonly instance: string;
  /** Allowed attributes, redacted. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly canonical: readonly string[];
  /** Why nothing of this resource is accepted, if so. */
  readonly problem: string | undefined;
}

export const UNKNOWN_SERVICE = 'unknown_service';

const limitProblem = (attributes: readonly Attribute[], redactor: Redactor): string | undefined => {
  const tooLong = attributes.find(({ key, bytes }) => redactor.allows(key) && bytes > LIMITS.attributeValueBytes);
  return tooLong === undefined
    ? undefined
    : `resource attribute "${tooLong.key}" has ${tooLong.bytes} bytes, ${LIMITS.attributeValueBytes} allowed`;
};

/** @param places [start, end, ...] of the occurrences of the Resource message */
export const readResource = (c: Cursor, places: readonly number[], redactor: Redactor): SenderResource => {
  const sent: Attribute[] = [];
  for (let i = 0; i < places.length; i += 2) sent.push(...readAttributes(c, places[i] as number, places[i + 1] as number, 1));
  const kept = new Map<string, string>();
  for (const { key, value } of sent) if (redactor.allows(key) && !kept.has(key)) kept.set(key, redactor.text(value.text));
  const name = kept.get('service.name') || UNKNOWN_SERVICE;
  const namespace = kept.get('service.namespace');
  return {
    service: namespace ? `${namespace}/${name}` : name,
    instance: kept.get('service.instance.id') ?? '',
    attributes: Object.fromEntries(kept),
    canonical: canonicalAttributes(sent, redactor.text),
    problem: limitProblem(sent, redactor),
  };
};
