import { type FileHandle, open } from 'node:fs/promises';

const CHUNK_BYTES = 256 * 1024;
const LINE_FEED = 0x0a;

/** A record carries an input window and a state capsule: kilobytes. What is longer is not ours, and must not fill the memory. */
export const LINE_BYTES_MAX = 32 * 1024 * 1024;

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Byte offset of the line's first byte in the file. */
  readonly offset: number;
  readonly bytes: Buffer;
  /** False for what stands after the last line feed. */
  readonly terminated: boolean;
  /** True when the line went past LINE_BYTES_MAX: `bytes` then holds only its beginning, and nothing follows. */
  readonly tooLong: boolean;
}

interface Start {
  readonly offset: number;
  readonly number: number;
  /** Read no further than this byte; the end of the file when left out. */
  readonly until?: number;
}

async function* splitLines(handle: FileHandle, start: Start): AsyncGenerator<Line> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let { offset, number } = start;
  let position = start.offset;
  for (;;) {
    const wanted = Math.min(CHUNK_BYTES, (start.until ?? Number.POSITIVE_INFINITY) - position);
    if (wanted <= 0) break;
    const chunk = Buffer.allocUnsafe(wanted);
    const { bytesRead } = await handle.read(chunk, 0, wanted, position);
    if (bytesRead === 0) break;
    position += bytesRead;
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED, from); end !== -1 && end < bytesRead; end = chunk.indexOf(LINE_FEED, from)) {
      const bytes = Buffer.concat([...pending, chunk.subarray(from, end)]);
      yield { number, offset, bytes, terminated: true, tooLong: false };
      offset += bytes.length + 1;
      number += 1;
      pending = [];
      pendingBytes = 0;
      from = end + 1;
    }
    if (from < bytesRead) {
      pending.push(chunk.subarray(from, bytesRead));
      pendingBytes += bytesRead - from;
    }
    if (pendingBytes > LINE_BYTES_MAX) {
      yield { number, offset, bytes: Buffer.concat(pending), terminated: false, tooLong: true };
      return;
    }
  }
  if (pendingBytes > 0) yield { number, offset, bytes: Buffer.concat(pending), terminated: false, tooLong: false };
}

/** Lines of a file from a byte offset on, without holding more than one of them. Rejects as `open` does when there is no file. */
export async function* readLines(path: string, start: Start = { offset: 0, number: 1 }): AsyncGenerator<Line> {
  const handle = await open(path, 'r');
  try {
    yield* splitLines(handle, start);
  } finally {
    await handle.close();
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Undefined when the bytes are not UTF-8: replacement characters would make different bytes read alike. */
export const decodeUtf8 = (bytes: Uint8Array): string | undefined => {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
};
