import { SPAN_CLIENT, SPAN_PRODUCER, SPAN_SERVER, type SpanBatch } from '../../../core/batch.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, type Outcome, succeed } from '../../../core/outcome.ts';
import type { Instant } from '../../../core/time.ts';
import { anyValueText, textAt } from '../attributes.ts';
import { type Cursor, createCursor, hashRange, MalformedProtobuf, readVarint } from '../kernel.ts';
import { createKnownHashes } from '../known/kernel.ts';
import type { DecodeFailure } from '../metrics/decode.ts';
import type { DecoderDependencies } from '../metrics/resolve.ts';
import type { Rejections } from '../rejections.ts';
import { readResource, type SenderResource } from '../resource.ts';
import { FORMER_NAMES, SERVICE_VERSION } from '../semantic-attributes.ts';
import { createAttributeSlots } from './attribute-slots.ts';
import { createSpanKernel, type SpanScan } from './kernel.ts';
import type { SpanRows } from './rows.ts';

export interface DecodedSpans {
  readonly offered: number;
  readonly rejections: Rejections;
  readonly spans: SpanBatch | undefined;
}

export interface SpanDecoder {
  /** Columns of a whole request, or why it is malformed, in which case no text has been added. */
  decode(body: Uint8Array, now: Instant): Outcome<DecodedSpans, DecodeFailure>;
}

export interface SpanDecoderDependencies extends DecoderDependencies {
  readonly dimensions: readonly string[];
  readonly outcomeAttribute: string;
}

/** Makes equal bytes in different roles different hashes: a span may be named like an attribute's encoding. */
const ROLE_NAME = 0x51ed270b;
const ROLE_HTTP = 0x2545f491;
const ROLE_PEER = 0x1b873593;

/** Tag of AnyValue.int_value. */
const ANY_VALUE_INT = 0x18;

const SERVER_ERRORS_FROM = 500;

export const createSpanDecoder = (deps: SpanDecoderDependencies): SpanDecoder => {
  const { identities, redactor, dimensions, salt } = deps;
  const slots = createAttributeSlots(dimensions, deps.outcomeAttribute, salt);
  const kernel = createSpanKernel(slots, salt);
  const known = createKnownHashes();
  const seed1 = salt[0] | 0;
  const seed2 = salt[1] | 0;

  /** The text id behind the hash in the cursor; the text itself is made only when the hash is new. */
  const textIdOf = (c: Cursor, make: () => string): number => {
    const { h1, h2 } = c;
    const before = known.find(h1, h2);
    if (before >= 0) return before;
    const id = identities.textIdOf(redactor.text(make()));
    // The raw bytes of one text are unbounded in number, so what is remembered of them is bounded too.
    if (id !== identities.overflowTextId && known.size < LIMITS.streams * 4) known.add(h1, h2, id);
    return id;
  };

  const resourceTexts = (resource: SenderResource) => ({
    service: identities.textIdOf(resource.service),
    version: identities.textIdOf(resource.attributes[SERVICE_VERSION] ?? ''),
    dimensions: dimensions.map((key) => {
      const sent = [key, ...(FORMER_NAMES[key] ?? [])].find((name) => resource.attributes[name] !== undefined);
      return sent === undefined ? 0 : identities.textIdOf(resource.attributes[sent] ?? '');
    }),
  });

  const createRowReader = (c: Cursor, rows: SpanRows) => {
    const startOf = (row: number, slot: number): number => rows.slotStart[row * slots.count + slot] as number;
    const endOf = (row: number, slot: number): number => rows.slotEnd[row * slots.count + slot] as number;
    const has = (row: number, slot: number): boolean => endOf(row, slot) > startOf(row, slot);
    const text = (row: number, slot: number): string => anyValueText(c.bytes, startOf(row, slot), endOf(row, slot));
    const hash = (row: number, slot: number, from1: number, from2: number): void =>
      hashRange(c, startOf(row, slot), endOf(row, slot), from1, from2);

    const value = (row: number, slot: number): number => {
      if (!has(row, slot)) return 0;
      hash(row, slot, seed1, seed2);
      return textIdOf(c, () => text(row, slot));
    };

    const operation = (row: number): number => {
      if (has(row, slots.route) && has(row, slots.method)) {
        hash(row, slots.method, seed1 ^ ROLE_HTTP, seed2);
        hash(row, slots.route, c.h1, c.h2);
        return textIdOf(c, () => `${text(row, slots.method)} ${text(row, slots.route)}`);
      }
      if (has(row, slots.route)) return value(row, slots.route);
      const start = rows.nameStart[row] as number;
      const end = rows.nameEnd[row] as number;
      hashRange(c, start, end, seed1 ^ ROLE_NAME, seed2);
      return textIdOf(c, () => textAt(c, start, end));
    };

    const peer = (row: number): number => {
      const kind = rows.kind[row];
      // On the serving side these attributes name the server itself.
      if (kind !== SPAN_CLIENT && kind !== SPAN_PRODUCER) return 0;
      if (has(row, slots.peerService)) return value(row, slots.peerService);
      if (!has(row, slots.serverAddress)) return 0;
      hash(row, slots.serverAddress, seed1 ^ ROLE_PEER, seed2);
      if (!has(row, slots.serverPort)) return textIdOf(c, () => text(row, slots.serverAddress));
      hash(row, slots.serverPort, c.h1, c.h2);
      return textIdOf(c, () => `${text(row, slots.serverAddress)}:${text(row, slots.serverPort)}`);
    };

    /** As an integer, which is how the conventions send it, or as digits, which is how some senders do. */
    const statusCode = (row: number): number => {
      const start = startOf(row, slots.status);
      if (c.bytes[start] !== ANY_VALUE_INT) return Number(text(row, slots.status));
      c.at = start + 1;
      return readVarint(c, endOf(row, slots.status));
    };

    const isError = (row: number): boolean => {
      if (rows.failed[row] === 1) return true;
      if (rows.kind[row] !== SPAN_SERVER || !has(row, slots.status)) return false;
      return statusCode(row) >= SERVER_ERRORS_FROM;
    };

    return { value, operation, peer, isError };
  };

  const spansOf = (c: Cursor, scan: SpanScan, resources: readonly SenderResource[]): SpanBatch | undefined => {
    const { rows } = scan;
    const kept: number[] = [];
    for (let row = 0; row < rows.length; row += 1) {
      const problem = resources[rows.resource[row] as number]?.problem;
      if (problem === undefined) kept.push(row);
      else scan.rejections.add('label_limit', 1, () => problem);
    }
    const length = kept.length;
    if (length === 0) return undefined;
    const senders = resources.map((resource) => (resource.problem === undefined ? resourceTexts(resource) : undefined));
    const reader = createRowReader(c, rows);
    const batch = {
      length,
      service: new Uint32Array(length),
      version: new Uint32Array(length),
      operation: new Uint32Array(length),
      peer: new Uint32Array(length),
      kind: new Uint8Array(length),
      error: new Uint8Array(length),
      start: new Float64Array(length),
      startNanos: new Uint32Array(length),
      durationNanos: new Float64Array(length),
      traceId: new Uint8Array(length * 16),
      spanKey: new Float64Array(length),
      parentKey: new Float64Array(length),
      dimension: new Uint32Array(length * dimensions.length),
      outcome: new Uint32Array(length),
    };
    kept.forEach((row, i) => {
      const sender = senders[rows.resource[row] as number];
      batch.service[i] = sender?.service ?? 0;
      batch.version[i] = sender?.version ?? 0;
      batch.operation[i] = reader.operation(row);
      batch.peer[i] = reader.peer(row);
      batch.kind[i] = rows.kind[row] as number;
      batch.error[i] = reader.isError(row) ? 1 : 0;
      batch.start[i] = rows.start[row] as number;
      batch.startNanos[i] = rows.startNanos[row] as number;
      batch.durationNanos[i] = rows.durationNanos[row] as number;
      batch.traceId.set(rows.traceId.subarray(row * 16, row * 16 + 16), i * 16);
      batch.spanKey[i] = rows.spanKey[row] as number;
      batch.parentKey[i] = rows.parentKey[row] as number;
      slots.dimensions.forEach((slot, d) => {
        batch.dimension[i * dimensions.length + d] = reader.value(row, slot) || (sender?.dimensions[d] ?? 0);
      });
      batch.outcome[i] = reader.value(row, slots.outcome);
    });
    return batch;
  };

  return {
    decode(body, now) {
      const c = createCursor(body);
      try {
        const scan = kernel.scan(c, now);
        // All resources before the first text is added: they are the last place where the body can be malformed.
        const resources = scan.resources.map((places) => readResource(c, places, redactor));
        const { offered, rejections } = scan;
        return succeed({ offered, rejections, spans: spansOf(c, scan, resources) });
      } catch (error) {
        if (error instanceof MalformedProtobuf) return fail(error.code, error.message);
        throw error;
      }
    },
  };
};
