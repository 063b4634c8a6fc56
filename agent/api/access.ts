import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Whether an Authorization header carries the token. Digests have equal length, so the comparison takes constant time. */
export const carriesToken = (authorization: string | undefined, token: string): boolean => {
  const presented = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
  return timingSafeEqual(digest(presented), digest(token));
};

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'));

/** "localhost:8080" -> "localhost", "[::1]:8080" -> "[::1]"; undefined when it is no host. */
export const hostnameOf = (header: string | undefined): string | undefined =>
  /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(header ?? '')?.[1]?.toLowerCase();

/**
 * A page on the internet may let its own name resolve to 127.0.0.1 and then read this server as same-origin (DNS
 * rebinding). The browser still sends that page's name as Host, so on loopback only loopback names are answered.
 */
export const isLoopbackHostHeader = (header: string | undefined): boolean => {
  const name = hostnameOf(header);
  return name !== undefined && (name === 'localhost' || name === '[::1]' || (isIP(name) === 4 && name.startsWith('127.')));
};

/** A write that a browser sends for another site's page names that site as Origin; clients that are no browser send none. */
export const isForeignOrigin = (origin: string | undefined, host: string | undefined): boolean => {
  if (origin === undefined) return false;
  const originHost = /^https?:\/\/([^/]+)$/i.exec(origin)?.[1];
  return originHost === undefined || originHost.toLowerCase() !== host?.toLowerCase();
};
