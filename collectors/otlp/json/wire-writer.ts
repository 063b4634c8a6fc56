/** Writing of the protobuf wire format into one growing buffer. https://protobuf.dev/programming-guides/encoding/ */
export interface WireWriter {
  /** Field number and wire type; both small, so one or two bytes. */
  tag(field: number, wire: number): void;
  varint(value: number): void;
  /** Two's complement in up to ten bytes. */
  varint64(value: bigint): void;
  fixed64(value: bigint): void;
  double(value: number): void;
  /** Length and UTF-8; false when the text is none (a lone surrogate). */
  text(value: string): boolean;
  bytes(value: Uint8Array): void;
  /** Begins what stands behind a length; `end` takes what this returns. */
  begin(): number;
  end(start: number): void;
  finish(): Buffer;
}

const LONE_SURROGATE = /\p{Surrogate}/u;

const varintLength = (value: number): number => {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
};

export const createWireWriter = (expected: number): WireWriter => {
  let buffer = Buffer.allocUnsafe(Math.max(1_024, expected));
  let at = 0;

  const ensure = (more: number): void => {
    if (at + more <= buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + more));
    buffer.copy(grown, 0, 0, at);
    buffer = grown;
  };

  const varint = (value: number): void => {
    ensure(10);
    let rest = value;
    while (rest >= 128) {
      buffer[at] = (rest % 128) | 128;
      at += 1;
      rest = Math.floor(rest / 128);
    }
    buffer[at] = rest;
    at += 1;
  };

  const begin = (): number => {
    ensure(1);
    at += 1;
    return at;
  };

  /** One byte was left for the length; most need no more, the others are moved on. */
  const end = (start: number): void => {
    const length = at - start;
    const more = varintLength(length) - 1;
    if (more > 0) {
      ensure(more);
      buffer.copyWithin(start + more, start, at);
    }
    at = start - 1;
    varint(length);
    at = start + more + length;
  };

  return {
    tag: (field, wire) => varint(field * 8 + wire),
    varint,
    varint64(value) {
      ensure(10);
      for (let rest = BigInt.asUintN(64, value); ; rest >>= 7n) {
        const low = Number(rest & 127n);
        buffer[at] = rest > 127n ? low | 128 : low;
        at += 1;
        if (rest <= 127n) return;
      }
    },
    fixed64(value) {
      ensure(8);
      at = buffer.writeBigUInt64LE(BigInt.asUintN(64, value), at);
    },
    double(value) {
      ensure(8);
      at = buffer.writeDoubleLE(value, at);
    },
    text(value) {
      const start = begin();
      ensure(value.length * 3);
      const written = buffer.write(value, at, 'utf8');
      at += written;
      end(start);
      return written === value.length || !LONE_SURROGATE.test(value);
    },
    bytes(value) {
      varint(value.length);
      ensure(value.length);
      buffer.set(value, at);
      at += value.length;
    },
    begin,
    end,
    finish: () => buffer.subarray(0, at),
  };
};
