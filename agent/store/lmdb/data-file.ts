import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync } from 'node:fs';

/**
 * LMDB maps its file and trusts it: a file that ends before its pages do kills the process with SIGBUS on the first
 * read, and a file that is none of LMDB's may do the same. So the two meta pages are read here first.
 * Layout (liblmdb, MDB_page_header and MDB_meta of data version 2, 64-bit): magic at 24, version at 28, page size at
 * 48, last page at 144, transaction id at 152 of each of the first two pages.
 */
const META_BYTES = 160;
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;

interface MetaPage {
  readonly pageSize: number;
  readonly lastPage: number;
  readonly transaction: bigint;
}

const readMeta = (descriptor: number, offset: number): MetaPage | undefined => {
  const bytes = new Uint8Array(META_BYTES);
  if (readSync(descriptor, bytes, 0, META_BYTES, offset) < META_BYTES) return undefined;
  const view = new DataView(bytes.buffer);
  if (view.getUint32(24, true) !== MAGIC || view.getUint32(28, true) !== DATA_VERSION) return undefined;
  const pageSize = view.getUint32(48, true);
  const lastPage = Number(view.getBigUint64(144, true));
  return pageSize >= 512 && Number.isSafeInteger(lastPage * pageSize)
    ? { pageSize, lastPage, transaction: view.getBigUint64(152, true) }
    : undefined;
};

/** 'sound' to the first look; 'extended': was shorter than its pages and is now as long, so every record needs a look; 'foreign': not LMDB's. */
export type DataFileState = 'sound' | 'extended' | 'foreign';

/**
 * Looks at a data file before LMDB maps it. LMDB itself leaves a file short when its last pages are free, so a short
 * file is extended by zeros rather than refused: where data is missing, LMDB then answers with an error.
 */
export const inspectDataFile = (path: string): DataFileState => {
  if (!existsSync(path)) return 'sound';
  const descriptor = openSync(path, 'r+');
  try {
    const size = fstatSync(descriptor).size;
    if (size === 0) return 'sound';
    const first = readMeta(descriptor, 0);
    const second = first === undefined ? undefined : readMeta(descriptor, first.pageSize);
    if (first === undefined || second === undefined) return 'foreign';
    const newest = second.transaction > first.transaction ? second : first;
    const expected = (newest.lastPage + 1) * newest.pageSize;
    if (size >= expected) return 'sound';
    ftruncateSync(descriptor, expected);
    fsyncSync(descriptor);
    return 'extended';
  } finally {
    closeSync(descriptor);
  }
};
