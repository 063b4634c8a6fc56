import { createHash } from 'node:crypto';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import type { Snapshot } from '../../core/ports.ts';

/**
 * The bytes of a snapshot: u32 magic "FSKS", u32 container version, u32 length of the header, the header as JSON
 * ({shard, step, position, formatVersion, parts: [[name, bytes]]}), the parts one after the other, and last the
 * SHA-256 of everything before it.
 */
const MAGIC = 0x534b5346;
const CONTAINER_VERSION = 1;
const PREFIX_BYTES = 12;
const DIGEST_BYTES = 32;

interface Header {
  readonly shard: number;
  readonly step: number;
  readonly position: number;
  readonly formatVersion: number;
  readonly parts: readonly (readonly [string, number])[];
}

const digest = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

export const encodeSnapshot = (snapshot: Snapshot): Uint8Array => {
  const { shard, step, position, formatVersion } = snapshot;
  const parts = Object.entries(snapshot.parts);
  const header: Header = { shard, step, position, formatVersion, parts: parts.map(([name, part]) => [name, part.length]) };
  const headerBytes = new TextEncoder().encode(JSON.stringify(header));
  const partBytes = parts.reduce((size, [, part]) => size + part.length, 0);
  const bytes = new Uint8Array(PREFIX_BYTES + headerBytes.length + partBytes + DIGEST_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, CONTAINER_VERSION, true);
  view.setUint32(8, headerBytes.length, true);
  bytes.set(headerBytes, PREFIX_BYTES);
  let offset = PREFIX_BYTES + headerBytes.length;
  for (const [, part] of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  bytes.set(digest(bytes.subarray(0, offset)), offset);
  return bytes;
};

export type SnapshotDecodeFailure = Failure<'SNAPSHOT_DAMAGED' | 'SNAPSHOT_VERSION_UNKNOWN'>;

const damaged = (message: string): Outcome<never, SnapshotDecodeFailure> => fail('SNAPSHOT_DAMAGED', message);

const readParts = (bytes: Uint8Array, start: number, end: number, header: Header): Outcome<Snapshot, SnapshotDecodeFailure> => {
  const parts: Record<string, Uint8Array> = {};
  let offset = start;
  for (const [name, length] of header.parts) {
    if (offset + length > end) return damaged(`part ${name} is cut off`);
    // A copy of its own: owners lay typed arrays over their part, which must start aligned.
    parts[name] = new Uint8Array(bytes.subarray(offset, offset + length));
    offset += length;
  }
  const { shard, step, position, formatVersion } = header;
  return offset === end ? succeed({ shard, step, position, formatVersion, parts }) : damaged('parts do not fill the snapshot');
};

/** Reads a snapshot whose checksum holds; never throws. */
export const decodeSnapshot = (bytes: Uint8Array): Outcome<Snapshot, SnapshotDecodeFailure> => {
  if (bytes.length < PREFIX_BYTES + DIGEST_BYTES) return damaged(`${bytes.length} bytes are less than a header`);
  const end = bytes.length - DIGEST_BYTES;
  if (Buffer.compare(digest(bytes.subarray(0, end)), bytes.subarray(end)) !== 0) return damaged('checksum differs');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0, true) !== MAGIC) return damaged('does not start as a snapshot does');
  const version = view.getUint32(4, true);
  if (version !== CONTAINER_VERSION) return fail('SNAPSHOT_VERSION_UNKNOWN', `snapshot container ${version}`);
  const partsAt = PREFIX_BYTES + view.getUint32(8, true);
  if (partsAt > end) return damaged('header is cut off');
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(PREFIX_BYTES, partsAt))) as Header;
  return readParts(bytes, partsAt, end, header);
};
