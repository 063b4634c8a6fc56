/**
 * The little of gRPC over HTTP/2 that a unary method needs: the prefix of a message and the text of a status.
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';

/** A flag and four bytes of length stand before every message. */
export const PREFIX_BYTES = 5;

export interface GrpcMessage {
  readonly compressed: boolean;
  readonly bytes: Buffer;
}

/** The one message of a unary request. */
export const readMessage = (body: Buffer): Outcome<GrpcMessage, Failure<'malformed_grpc'>> => {
  if (body.length < PREFIX_BYTES)
    return fail('malformed_grpc', `${body.length} bytes, where a message begins with a prefix of ${PREFIX_BYTES}`);
  const flag = body[0] as number;
  if (flag > 1) return fail('malformed_grpc', `the compressed flag is ${flag}; 0 or 1 expected`);
  const length = body.readUInt32BE(1);
  const rest = body.length - PREFIX_BYTES;
  if (length !== rest) return fail('malformed_grpc', `the prefix announces ${length} bytes, ${rest} came; Export takes one message`);
  return succeed({ compressed: flag === 1, bytes: body.subarray(PREFIX_BYTES) });
};

export const writeMessage = (bytes: Buffer): Buffer => {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
};

/** grpc-message travels in a header: printable ASCII without the percent sign stays, all else is percent-encoded UTF-8. */
export const statusText = (text: string): string => {
  let encoded = '';
  for (const byte of Buffer.from(text)) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
};
