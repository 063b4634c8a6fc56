/**
 * ExportTraceServiceRequest -> scratch columns of spans, with the places of the few texts we keep. The whole body
 * is walked and checked here, so that what follows can no longer find it malformed.
 * Field numbers: opentelemetry/proto/trace/v1/trace.proto.
 */
import { SPAN_INTERNAL } from '../../../core/batch.ts';
import { LIMITS } from '../../../core/limits.ts';
import { DAY_MS } from '../../../core/time.ts';
import { checkAnyValue } from '../any-value/kernel.ts';
import {
  type Cursor,
  checkUtf8,
  enterField,
  enterFixed64,
  expectWire,
  hashRange,
  millisAt,
  nanosWithinMillisAt,
  readTag,
  readVarint,
  skipField,
  uint64At,
} from '../kernel.ts';
import { createRejections, type Rejections } from '../rejections.ts';
import { timeProblem } from '../time-check.ts';
import type { AttributeSlots } from './attribute-slots.ts';
import { createSpanRows, growSpans, type SpanRows } from './rows.ts';

export interface SpanScan {
  readonly rows: SpanRows;
  /** Per resource: [start, end, ...] of its Resource messages. */
  readonly resources: readonly (readonly number[])[];
  readonly rejections: Rejections;
  readonly offered: number;
}

export interface SpanKernel {
  /** Throws MalformedProtobuf. The rows are reused by the next scan. */
  scan(c: Cursor, now: number): SpanScan;
}

const STATUS_ERROR = 2;
/** Nothing a payment waits for lasts longer; a start further back is a stamp in a wrong unit or never set. */
const LONGEST_SPAN_MS = 30 * DAY_MS;

const TWO_32 = 4_294_967_296;

/** The low 53 bits of a big-endian 64-bit id. */
const idKeyAt = (c: Cursor, at: number): number => (c.view.getUint32(at) & 0x1fffff) * TWO_32 + c.view.getUint32(at + 4);

const isZero = (c: Cursor, start: number, end: number): boolean => {
  for (let i = start; i < end; i += 1) if (c.bytes[i] !== 0) return false;
  return true;
};

export const createSpanKernel = (slots: AttributeSlots, salt: readonly [number, number]): SpanKernel => {
  const seed1 = salt[0] | 0;
  const seed2 = salt[1] | 0;
  const rows = createSpanRows(slots.count);
  let resources: number[][] = [];
  let rejections = createRejections();
  let offered = 0;
  let now = 0;
  // Where the fields of the span being read stand; -1 when not sent.
  let nameStart = 0;
  let nameEnd = 0;
  let startAt = -1;
  let endAt = -1;
  let traceStart = 0;
  let traceEnd = 0;
  let idStart = 0;
  let idEnd = 0;
  let parentStart = 0;
  let parentEnd = 0;
  let kind = 0;
  let failed = 0;

  const reject = (c: Cursor, reason: string, what: () => string): void => {
    rejections.add(reason, 1, () => {
      const name = Buffer.from(c.bytes.subarray(nameStart, Math.min(nameEnd, nameStart + 200))).toString();
      return `span "${name}": ${what()}`;
    });
  };

  /** One attribute of the span in scratch row `row`: checked, and its place kept if it is one of ours. */
  const readAttribute = (c: Cursor, end: number, row: number): void => {
    let keyStart = 0;
    let keyEnd = 0;
    let valueStart = 0;
    let valueEnd = 0;
    while (c.at < end) {
      const tag = readTag(c, end);
      if (tag >>> 3 === 1) {
        keyEnd = enterField(c, tag, end);
        keyStart = c.at;
        checkUtf8(c, keyStart, keyEnd);
        c.at = keyEnd;
      } else if (tag >>> 3 === 2) {
        valueEnd = enterField(c, tag, end);
        valueStart = c.at;
        checkAnyValue(c, valueEnd, 0);
      } else skipField(c, tag, end);
    }
    hashRange(c, keyStart, keyEnd, seed1, seed2);
    const found = slots.byKey.find(c.h1, c.h2);
    if (found < 0) return;
    const at = row * slots.count + (found >> 1);
    // Today's name overwrites a former one; a former one only fills an empty place.
    if ((found & 1) === 1 && rows.slotEnd[at]! > rows.slotStart[at]!) return;
    rows.slotStart[at] = valueStart;
    rows.slotEnd[at] = valueEnd;
  };

  const readStatus = (c: Cursor, end: number): void => {
    while (c.at < end) {
      const tag = readTag(c, end);
      if (tag >>> 3 === 3) {
        expectWire(c, tag, 0);
        failed = readVarint(c, end) === STATUS_ERROR ? 1 : 0;
      } else skipField(c, tag, end);
    }
  };

  const readFields = (c: Cursor, end: number, row: number): void => {
    nameStart = nameEnd = traceStart = traceEnd = idStart = idEnd = parentStart = parentEnd = 0;
    startAt = endAt = -1;
    kind = failed = 0;
    rows.slotStart.fill(0, row * slots.count, (row + 1) * slots.count);
    rows.slotEnd.fill(0, row * slots.count, (row + 1) * slots.count);
    while (c.at < end) {
      const tag = readTag(c, end);
      switch (tag >>> 3) {
        case 1:
          traceEnd = enterField(c, tag, end);
          traceStart = c.at;
          c.at = traceEnd;
          break;
        case 2:
          idEnd = enterField(c, tag, end);
          idStart = c.at;
          c.at = idEnd;
          break;
        case 4:
          parentEnd = enterField(c, tag, end);
          parentStart = c.at;
          c.at = parentEnd;
          break;
        case 5:
          nameEnd = enterField(c, tag, end);
          nameStart = c.at;
          checkUtf8(c, nameStart, nameEnd);
          c.at = nameEnd;
          break;
        case 6:
          expectWire(c, tag, 0);
          kind = readVarint(c, end);
          break;
        case 7:
          startAt = enterFixed64(c, tag, end);
          break;
        case 8:
          endAt = enterFixed64(c, tag, end);
          break;
        case 9:
          readAttribute(c, enterField(c, tag, end), row);
          break;
        case 15:
          readStatus(c, enterField(c, tag, end));
          break;
        default:
          skipField(c, tag, end);
      }
    }
  };

  const hasValidIds = (c: Cursor): boolean => {
    const hasTrace = traceEnd - traceStart === 16 && !isZero(c, traceStart, traceEnd);
    const hasId = idEnd - idStart === 8 && !isZero(c, idStart, idEnd);
    const hasParent = parentEnd - parentStart === 8 || parentEnd === parentStart;
    if (hasTrace && hasId && hasParent) return true;
    reject(c, 'invalid_span_id', () =>
      !hasTrace
        ? `trace_id of ${traceEnd - traceStart} bytes, 16 that are not all zero expected`
        : `${hasId ? 'parent_span_id' : 'span_id'} of ${hasId ? parentEnd - parentStart : idEnd - idStart} bytes, 8 that are not all zero expected`,
    );
    return false;
  };

  const hasValidTimes = (c: Cursor, start: number, end: number): boolean => {
    const endNanos = endAt < 0 ? 0 : uint64At(c.view, endAt);
    const problem = timeProblem('end_time_unix_nano', end, endNanos, now);
    if (problem !== undefined) {
      reject(c, problem.reason, () => problem.message);
      return false;
    }
    const startNanos = startAt < 0 ? 0 : uint64At(c.view, startAt);
    if (startNanos === 0 || end - start > LONGEST_SPAN_MS) {
      reject(c, 'bad_timestamp', () => `start_time_unix_nano ${startNanos} is not within 30 days before the end`);
      return false;
    }
    return true;
  };

  const hasShortTexts = (c: Cursor, row: number): boolean => {
    const limit = LIMITS.attributeValueBytes;
    let longest = nameEnd - nameStart;
    for (let at = row * slots.count; at < (row + 1) * slots.count; at += 1) {
      longest = Math.max(longest, rows.slotEnd[at]! - rows.slotStart[at]!);
    }
    if (longest <= limit) return true;
    reject(c, 'label_limit', () => `a name or attribute of ${longest} bytes, ${limit} allowed`);
    return false;
  };

  const readSpan = (c: Cursor, end: number, resource: number): void => {
    const row = rows.length;
    if (row === rows.kind.length) growSpans(rows, slots.count);
    readFields(c, end, row);
    offered += 1;
    const start = startAt < 0 ? 0 : millisAt(c.view, startAt);
    const finish = endAt < 0 ? 0 : millisAt(c.view, endAt);
    if (!hasValidTimes(c, start, finish) || !hasValidIds(c) || !hasShortTexts(c, row)) return;
    const startNanos = nanosWithinMillisAt(c.view, startAt);
    const durationNanos = (finish - start) * 1_000_000 + (nanosWithinMillisAt(c.view, endAt) - startNanos);
    if (durationNanos < 0) {
      reject(c, 'bad_timestamp', () => `it ends ${-durationNanos} ns before it starts`);
      return;
    }
    rows.resource[row] = resource;
    // The specification reads an unspecified kind as internal.
    rows.kind[row] = kind >= 1 && kind <= 5 ? kind : SPAN_INTERNAL;
    rows.failed[row] = failed;
    rows.start[row] = start;
    rows.startNanos[row] = startNanos;
    rows.durationNanos[row] = durationNanos;
    for (let i = 0; i < 16; i += 1) rows.traceId[row * 16 + i] = c.bytes[traceStart + i]!;
    rows.spanKey[row] = idKeyAt(c, idStart);
    rows.parentKey[row] = parentEnd === parentStart || isZero(c, parentStart, parentEnd) ? Number.NaN : idKeyAt(c, parentStart);
    rows.nameStart[row] = nameStart;
    rows.nameEnd[row] = nameEnd;
    rows.length = row + 1;
  };

  const readScopeSpans = (c: Cursor, end: number, resource: number): void => {
    while (c.at < end) {
      const tag = readTag(c, end);
      if (tag >>> 3 === 2) readSpan(c, enterField(c, tag, end), resource);
      else skipField(c, tag, end);
    }
  };

  const readResourceSpans = (c: Cursor, end: number): void => {
    const places: number[] = [];
    const resource = resources.push(places) - 1;
    while (c.at < end) {
      const tag = readTag(c, end);
      if (tag >>> 3 === 1) {
        const stop = enterField(c, tag, end);
        places.push(c.at, stop);
        c.at = stop;
      } else if (tag >>> 3 === 2) readScopeSpans(c, enterField(c, tag, end), resource);
      else skipField(c, tag, end);
    }
  };

  return {
    scan(c, at) {
      now = at;
      rows.length = 0;
      resources = [];
      rejections = createRejections();
      offered = 0;
      const end = c.bytes.length;
      while (c.at < end) {
        const tag = readTag(c, end);
        if (tag >>> 3 === 1) readResourceSpans(c, enterField(c, tag, end));
        else skipField(c, tag, end);
      }
      return { rows, resources, rejections, offered };
    },
  };
};
