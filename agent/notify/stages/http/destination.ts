import { lookup as resolveName } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/**
 * Addresses no notification has business with: the link-local range with the metadata services of the clouds, and
 * "any" and multicast addresses. Private ranges stay open, since receivers usually stand beside the agent.
 */
const forbidden = new BlockList();
forbidden.addSubnet('169.254.0.0', 16);
forbidden.addSubnet('0.0.0.0', 8);
forbidden.addSubnet('224.0.0.0', 4);
forbidden.addAddress('255.255.255.255');
// Metadata services of Alibaba Cloud and Oracle Cloud stand outside of the link-local range.
forbidden.addAddress('100.100.100.200');
forbidden.addAddress('192.0.0.192');
forbidden.addAddress('::', 'ipv6');
forbidden.addSubnet('fe80::', 10, 'ipv6');
forbidden.addSubnet('ff00::', 8, 'ipv6');
forbidden.addAddress('fd00:ec2::254', 'ipv6');
// The link-local range of IPv4, seen through NAT64 (RFC 6052).
forbidden.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');

export const isForbiddenAddress = (address: string): boolean => {
  const family = isIP(address);
  return family === 0 || forbidden.check(address, family === 6 ? 'ipv6' : 'ipv4');
};

export class ForbiddenAddressError extends Error {
  readonly code = 'FORBIDDEN_ADDRESS';
}

/** What the connection itself uses to look a name up: checked and used are one answer, so a name cannot change between them. */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  resolveName(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) {
      callback(error, []);
      return;
    }
    const bad = addresses.find(({ address }) => isForbiddenAddress(address));
    if (bad !== undefined) callback(new ForbiddenAddressError(`${hostname} leads to ${bad.address}, which is not allowed`), []);
    else if (options.all === true) callback(null, addresses);
    else callback(null, addresses[0]?.address ?? '', addresses[0]?.family);
  });
};

/** Literal addresses are not looked up, so they are checked here; URL has already brought octal, hexadecimal and decimal forms into one. */
export const forbiddenLiteral = (url: URL): string | undefined => {
  const literal = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(literal) !== 0 && isForbiddenAddress(literal) ? literal : undefined;
};
