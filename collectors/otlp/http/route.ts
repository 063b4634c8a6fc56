import type { IncomingMessage } from 'node:http';
import type { Encoding, ExportRoute, Format, SignalPath } from '../export-route.ts';
import { type Refusal, refusal } from '../refusal.ts';
import { JSON_TYPE, PROTOBUF } from '../responses.ts';

const PATHS: Readonly<Record<string, SignalPath>> = { '/v1/metrics': 'metrics', '/v1/traces': 'traces' };

/** Signals of the specification that nobody here reads. */
const UNREAD: Readonly<Record<string, string>> = {
  '/v1/logs': 'logs are not taken; set OTEL_LOGS_EXPORTER=none, or send them elsewhere',
  '/v1development/profiles': 'profiles are not taken',
};

export type Routed = { readonly kind: 'route'; readonly route: ExportRoute } | { readonly kind: 'refused'; readonly refusal: Refusal };

const mediaType = (header: string | undefined): string => (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

export const formatOf = (header: string | undefined): Format | undefined => {
  const type = mediaType(header);
  return type === PROTOBUF ? 'protobuf' : type === JSON_TYPE ? 'json' : undefined;
};

const encodingOf = (header: string | undefined): Encoding | undefined => {
  const name = (header ?? 'identity').trim().toLowerCase();
  return name === 'gzip' || name === 'identity' ? name : name === '' ? 'identity' : undefined;
};

const unknownPath = (pathname: string): Refusal => {
  const unread = Object.hasOwn(UNREAD, pathname) ? UNREAD[pathname] : undefined;
  return unread === undefined
    ? refusal(404, 'unknown_path', `${pathname.slice(0, 200)}; /v1/metrics and /v1/traces are served`)
    : refusal(404, 'unsupported_signal', `${unread}; /v1/metrics and /v1/traces are served`);
};

/** Everything that can be told from the request line and headers. */
export const routeOf = (request: IncomingMessage): Routed => {
  const refuse = (answer: Refusal): Routed => ({ kind: 'refused', refusal: answer });
  const pathname = (request.url ?? '/').split('?', 1)[0] as string;
  const path = Object.hasOwn(PATHS, pathname) ? PATHS[pathname] : undefined;
  if (path === undefined) return refuse(unknownPath(pathname));
  if (request.method !== 'POST') return refuse(refusal(405, 'method_not_allowed', `${request.method}; POST is expected`));
  const sent = request.headers['content-type'];
  const format = formatOf(sent);
  if (format === undefined) {
    const told = sent === undefined ? 'is missing' : `"${sent.slice(0, 100)}"`;
    return refuse(refusal(415, 'unsupported_content_type', `content-type ${told}; ${PROTOBUF} and ${JSON_TYPE} are supported`));
  }
  const encoding = encodingOf(request.headers['content-encoding']);
  if (encoding === undefined) {
    const message = `content-encoding "${request.headers['content-encoding']?.slice(0, 100)}"; gzip and identity are supported`;
    return refuse(refusal(415, 'unsupported_encoding', message));
  }
  return { kind: 'route', route: { path, format, encoding } };
};
