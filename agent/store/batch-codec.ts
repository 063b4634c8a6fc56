import { crc32 } from 'node:zlib';
import type { Batch, HistogramBatch, SampleBatch, SpanBatch } from '../../core/batch.ts';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';

/**
 * The bytes of one batch in the intake log, little-endian:
 *
 *   0  u32 magic "FSKB"     4  u32 version       8  u32 total length    12  u32 CRC-32 of everything else
 *  16  f64 receivedAt      24  u32 tenant bytes  28  u32 sections
 *  32  tenant (UTF-8), then the sections, each starting at a multiple of 8:
 *      u32 tag, u32 rows, u32 columns, u32 zero, u32 elements of each column; then each column at a multiple of 8.
 *
 * Columns stand in memory order, so that decoding from an aligned buffer makes views and copies nothing. Every
 * supported platform is little-endian; a log from another one fails the magic, it is not misread.
 */
const MAGIC = 0x424b5346;
export const BATCH_CODEC_VERSION = 1;
const HEADER_BYTES = 32;
const CHECKSUM_OFFSET = 12;
const SECTION_HEADER_BYTES = 16;

type Column = Uint8Array | Uint32Array | Float64Array;
type Extent = 'rows' | 'rows + 1' | 'rows * 16' | 'multiple of rows' | 'any';
interface ColumnPlan {
  readonly name: string;
  readonly element: 'u8' | 'u32' | 'f64';
  readonly extent: Extent;
}
interface SectionPlan {
  readonly tag: number;
  readonly name: 'samples' | 'histograms' | 'spans';
  readonly columns: readonly ColumnPlan[];
}

const column = (name: string, element: ColumnPlan['element'], extent: Extent = 'rows'): ColumnPlan => ({ name, element, extent });

/** The order of columns is the format: a change here is a new BATCH_CODEC_VERSION. */
const SECTIONS: readonly SectionPlan[] = [
  {
    tag: 1,
    name: 'samples',
    columns: [column('time', 'f64'), column('start', 'f64'), column('value', 'f64'), column('stream', 'u32'), column('type', 'u8')],
  },
  {
    tag: 2,
    name: 'histograms',
    columns: [
      column('time', 'f64'),
      column('start', 'f64'),
      column('count', 'f64'),
      column('sum', 'f64'),
      column('bound', 'f64', 'any'),
      column('bucket', 'f64', 'any'),
      column('stream', 'u32'),
      column('boundOffset', 'u32', 'rows + 1'),
      column('bucketOffset', 'u32', 'rows + 1'),
      column('cumulative', 'u8'),
    ],
  },
  {
    tag: 3,
    name: 'spans',
    columns: [
      column('start', 'f64'),
      column('durationNanos', 'f64'),
      column('spanKey', 'f64'),
      column('parentKey', 'f64'),
      column('service', 'u32'),
      column('version', 'u32'),
      column('operation', 'u32'),
      column('peer', 'u32'),
      column('startNanos', 'u32'),
      column('outcome', 'u32'),
      column('dimension', 'u32', 'multiple of rows'),
      column('kind', 'u8'),
      column('error', 'u8'),
      column('traceId', 'u8', 'rows * 16'),
    ],
  },
];

const ELEMENT_BYTES = { u8: 1, u32: 4, f64: 8 } as const;
const align8 = (offset: number): number => Math.ceil(offset / 8) * 8;

const elementsAllowed = (extent: Extent, rows: number, elements: number): boolean => {
  switch (extent) {
    case 'rows':
      return elements === rows;
    // A batch without rows may leave its offsets empty.
    case 'rows + 1':
      return elements === rows + 1 || (rows === 0 && elements === 0);
    case 'rows * 16':
      return elements === rows * 16;
    case 'multiple of rows':
      return rows === 0 ? elements === 0 : elements % rows === 0;
    case 'any':
      return true;
  }
};

interface SectionInput {
  readonly plan: SectionPlan;
  readonly rows: number;
  readonly columns: readonly Column[];
}

/** Columns may be longer than the batch when a decoder reuses its arrays; only the part that belongs to the rows is kept. */
const usedElements = (extent: Extent, rows: number, source: Column): number => {
  switch (extent) {
    case 'rows':
      return rows;
    case 'rows + 1':
      return Math.min(rows + 1, source.length);
    case 'rows * 16':
      return rows * 16;
    default:
      return source.length;
  }
};

const sectionInput = (plan: SectionPlan, batch: Batch): SectionInput | undefined => {
  const section = batch[plan.name];
  if (section === undefined) return undefined;
  const named = section as unknown as Readonly<Record<string, Column>>;
  const columns = plan.columns.map(({ name, extent }) => {
    const source = named[name];
    if (source === undefined) throw new TypeError(`batch.${plan.name}.${name} is missing`);
    const used = source.subarray(0, usedElements(extent, section.length, source));
    if (!elementsAllowed(extent, section.length, used.length)) {
      throw new RangeError(`batch.${plan.name}.${name} has ${source.length} elements for ${section.length} rows`);
    }
    return used;
  });
  return { plan, rows: section.length, columns };
};

const sectionBytes = (input: SectionInput): number =>
  input.columns.reduce((size, one) => size + align8(one.byteLength), align8(SECTION_HEADER_BYTES + 4 * input.columns.length));

const writeSection = (bytes: Uint8Array, view: DataView, at: number, input: SectionInput): number => {
  view.setUint32(at, input.plan.tag, true);
  view.setUint32(at + 4, input.rows, true);
  view.setUint32(at + 8, input.columns.length, true);
  input.columns.forEach((one, index) => {
    view.setUint32(at + SECTION_HEADER_BYTES + 4 * index, one.length, true);
  });
  let offset = at + align8(SECTION_HEADER_BYTES + 4 * input.columns.length);
  for (const one of input.columns) {
    bytes.set(new Uint8Array(one.buffer, one.byteOffset, one.byteLength), offset);
    offset = align8(offset + one.byteLength);
  }
  return offset;
};

const checksumOf = (bytes: Uint8Array): number =>
  crc32(bytes.subarray(CHECKSUM_OFFSET + 4), crc32(bytes.subarray(0, CHECKSUM_OFFSET))) >>> 0;

/** Serializes a batch. Throws only for a batch whose columns disagree with its length, which is a bug of its maker. */
export const encodeBatch = (batch: Batch): Uint8Array => {
  const tenant = new TextEncoder().encode(batch.tenant);
  const inputs = SECTIONS.map((plan) => sectionInput(plan, batch)).filter((input) => input !== undefined);
  const start = align8(HEADER_BYTES + tenant.length);
  const size = inputs.reduce((total, input) => total + sectionBytes(input), start);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, BATCH_CODEC_VERSION, true);
  view.setUint32(8, size, true);
  view.setFloat64(16, batch.receivedAt, true);
  view.setUint32(24, tenant.length, true);
  view.setUint32(28, inputs.length, true);
  bytes.set(tenant, HEADER_BYTES);
  inputs.reduce((offset, input) => writeSection(bytes, view, offset, input), start);
  view.setUint32(CHECKSUM_OFFSET, checksumOf(bytes), true);
  return bytes;
};

export type BatchDecodeFailure = Failure<'BATCH_DAMAGED' | 'BATCH_VERSION_UNKNOWN'>;

const damaged = (message: string): Outcome<never, BatchDecodeFailure> => fail('BATCH_DAMAGED', message);

const readColumn = (bytes: Uint8Array, plan: ColumnPlan, offset: number, elements: number): Column => {
  const at = bytes.byteOffset + offset;
  switch (plan.element) {
    case 'u8':
      return new Uint8Array(bytes.buffer, at, elements);
    case 'u32':
      return new Uint32Array(bytes.buffer, at, elements);
    case 'f64':
      return new Float64Array(bytes.buffer, at, elements);
  }
};

interface SectionOutput {
  readonly name: SectionPlan['name'];
  readonly section: Readonly<Record<string, Column | number>>;
  readonly end: number;
}

const readSection = (bytes: Uint8Array, view: DataView, at: number): Outcome<SectionOutput, BatchDecodeFailure> => {
  if (at + SECTION_HEADER_BYTES > bytes.length) return damaged(`section at byte ${at} is cut off`);
  const tag = view.getUint32(at, true);
  const rows = view.getUint32(at + 4, true);
  const plan = SECTIONS.find((candidate) => candidate.tag === tag);
  if (plan === undefined) return damaged(`section at byte ${at} has the unknown tag ${tag}`);
  if (view.getUint32(at + 8, true) !== plan.columns.length) return damaged(`section ${plan.name} does not have its columns`);
  let offset = at + align8(SECTION_HEADER_BYTES + 4 * plan.columns.length);
  if (offset > bytes.length) return damaged(`section ${plan.name} is cut off`);
  const section: Record<string, Column | number> = { length: rows };
  for (const [index, columnPlan] of plan.columns.entries()) {
    const elements = view.getUint32(at + SECTION_HEADER_BYTES + 4 * index, true);
    const end = offset + elements * ELEMENT_BYTES[columnPlan.element];
    if (!elementsAllowed(columnPlan.extent, rows, elements) || end > bytes.length) {
      return damaged(`column ${plan.name}.${columnPlan.name} has ${elements} elements for ${rows} rows`);
    }
    section[columnPlan.name] = readColumn(bytes, columnPlan, offset, elements);
    offset = align8(end);
  }
  return succeed({ name: plan.name, section, end: offset });
};

const checkHeader = (bytes: Uint8Array, view: DataView): Outcome<undefined, BatchDecodeFailure> => {
  if (bytes.length < HEADER_BYTES) return damaged(`${bytes.length} bytes are less than a header`);
  if (view.getUint32(0, true) !== MAGIC) return damaged('does not start as a batch does');
  const size = view.getUint32(8, true);
  if (size !== bytes.length) return damaged(`${bytes.length} bytes instead of ${size}`);
  // The checksum comes before the version, so that a flipped version bit is damage and not an upgrade.
  if (view.getUint32(CHECKSUM_OFFSET, true) !== checksumOf(bytes)) return damaged('checksum differs');
  const version = view.getUint32(4, true);
  if (version !== BATCH_CODEC_VERSION)
    return fail('BATCH_VERSION_UNKNOWN', `batch format ${version}, this version reads ${BATCH_CODEC_VERSION}`);
  return succeed(undefined);
};

/**
 * Reads a batch. The columns are views into `bytes` when it starts at a multiple of 8 (else of one aligned copy):
 * the caller hands the buffer over. Any truncation, extension or flipped bit is BATCH_DAMAGED; it never throws.
 */
export const decodeBatch = (input: Uint8Array): Outcome<Batch, BatchDecodeFailure> => {
  const bytes = input.byteOffset % 8 === 0 ? input : new Uint8Array(input);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const header = checkHeader(bytes, view);
  if (!header.ok) return header;
  const tenantBytes = view.getUint32(24, true);
  const sections = view.getUint32(28, true);
  if (HEADER_BYTES + tenantBytes > bytes.length) return damaged('tenant is cut off');
  const tenant = new TextDecoder().decode(bytes.subarray(HEADER_BYTES, HEADER_BYTES + tenantBytes));
  let batch: Batch = { tenant, receivedAt: view.getFloat64(16, true) };
  let offset = align8(HEADER_BYTES + tenantBytes);
  for (let index = 0; index < sections; index += 1) {
    const read = readSection(bytes, view, offset);
    if (!read.ok) return read;
    batch = { ...batch, [read.value.name]: read.value.section as unknown as SampleBatch | HistogramBatch | SpanBatch };
    offset = read.value.end;
  }
  return offset === bytes.length ? succeed(batch) : damaged(`${bytes.length - offset} bytes follow the last section`);
};
