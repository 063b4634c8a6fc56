/**
 * OTLP in JSON, rewritten as protobuf and then read by the one reader there is: what a request means, what is rejected
 * and why cannot differ between the two.
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding, https://protobuf.dev/programming-guides/json/
 */
import { LIMITS } from '../../../core/limits.ts';
import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';
import type { SignalPath } from '../export-route.ts';
import { shapeOf } from './kernel.ts';
import { type Field, METRICS_REQUEST, type Message, TRACE_REQUEST } from './messages.ts';
import { MalformedJson, writeScalar } from './scalars.ts';
import { createWireWriter, type WireWriter } from './wire-writer.ts';

export type JsonFailure = Failure<'malformed_json' | 'nesting_limit'>;

/** An AnyValue in an AnyValue is at most four brackets deeper ({kvlistValue: {values: [{value: ...); what stands around it is not twenty. */
const DEEPEST_JSON = LIMITS.nestingDepth * 2 + 20;
/**
 * An object or list takes sixty bytes of memory however short it is written, and `{},` is three. The tersest attribute
 * has one in 17 bytes.
 */
const BYTES_PER_CONTAINER = 8;
const CONTAINERS_ALWAYS = 1_024;
/** Through an array or a list of pairs, as the reader of protobuf counts. */
const DEPTH_PER_VALUE = 2;

const QUOTE = 0x22;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Integers that a float64 would round become decimal strings, which the mapping allows wherever a number may stand. */
const parsable = (body: Buffer, longIntegers: readonly number[]): Buffer => {
  if (longIntegers.length === 0) return body;
  const quoted = Buffer.allocUnsafe(body.length + longIntegers.length);
  let from = 0;
  let at = 0;
  for (const border of longIntegers) {
    at += body.copy(quoted, at, from, border);
    at = quoted.writeUInt8(QUOTE, at);
    from = border;
  }
  body.copy(quoted, at, from);
  return quoted;
};

const parse = (body: Buffer): Outcome<unknown, JsonFailure> => {
  const { deepest, containers, longIntegers } = shapeOf(body);
  if (deepest > DEEPEST_JSON) return fail('nesting_limit', `${deepest} brackets deep, ${DEEPEST_JSON} allowed`);
  if (containers > CONTAINERS_ALWAYS + body.length / BYTES_PER_CONTAINER)
    return fail('nesting_limit', `${containers} objects and lists in ${body.length} bytes: more than any telemetry has`);
  try {
    return succeed(JSON.parse(utf8.decode(parsable(body, longIntegers))));
  } catch (error) {
    // A TypeError is the decoder's: the bytes are no UTF-8.
    return fail('malformed_json', error instanceof SyntaxError ? error.message : 'the body is not UTF-8');
  }
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where the writer is, for messages: names and places in lists. */
type Path = (string | number)[];

const textOf = (path: Path): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');

const writeField = (writer: WireWriter, field: Field, value: unknown, path: Path, depth: number): void => {
  if (field.kind === 'scalar') {
    writeScalar(writer, field, value);
    return;
  }
  writer.tag(field.number, 2);
  const start = writer.begin();
  writeMessage(writer, field.of, value, path, depth);
  writer.end(start);
};

const writeRepeated = (writer: WireWriter, field: Field, value: unknown, path: Path, depth: number): void => {
  if (!Array.isArray(value)) throw new MalformedJson('a list is expected');
  if (value.length === 0) return;
  if (field.kind === 'scalar') {
    writer.tag(field.number, 2);
    const start = writer.begin();
    for (const item of value) writeScalar(writer, field, item);
    writer.end(start);
    return;
  }
  const at = path.push(0) - 1;
  for (let i = 0; i < value.length; i += 1) {
    path[at] = i;
    writeField(writer, field, value[i], path, depth);
  }
  path.pop();
};

const writeMessage = (writer: WireWriter, message: Message, value: unknown, path: Path, outerDepth: number): void => {
  if (!isObject(value)) throw new MalformedJson('an object is expected');
  const depth = message.isAnyValue ? outerDepth + DEPTH_PER_VALUE : outerDepth;
  if (depth > LIMITS.nestingDepth + DEPTH_PER_VALUE) {
    throw new MalformedJson(`an attribute value is nested more than ${LIMITS.nestingDepth} deep`, 'nesting_limit');
  }
  for (const field of message.fields) {
    const member = value[field.name];
    // null is how the mapping writes a field that is not set.
    if (member === undefined || member === null) continue;
    path.push(field.name);
    if (field.repeated) writeRepeated(writer, field, member, path, depth);
    else writeField(writer, field, member, path, depth);
    path.pop();
  }
};

/** The bytes of the same request in protobuf. */
export const protobufOfJson = (signal: SignalPath, body: Buffer): Outcome<Buffer, JsonFailure> => {
  const parsed = parse(body);
  if (!parsed.ok) return parsed;
  const writer = createWireWriter(body.length);
  const path: Path = [];
  try {
    writeMessage(writer, signal === 'metrics' ? METRICS_REQUEST : TRACE_REQUEST, parsed.value, path, 0);
    return succeed(writer.finish());
  } catch (error) {
    if (!(error instanceof MalformedJson)) throw error;
    const place = path.length === 0 ? 'the request' : textOf(path);
    return fail(error.code, `${place}: ${error.message}`);
  }
};
