export type SignalPath = 'metrics' | 'traces';

/** How a request was written, which is how it is answered. */
export type Format = 'protobuf' | 'json';

export type Encoding = 'identity' | 'gzip';

/** How the bytes of a request are to be taken. */
export interface Written {
  readonly format: Format;
  readonly encoding: Encoding;
}

/** What a request brings, and how it is written. */
export interface ExportRoute extends Written {
  readonly path: SignalPath;
}
