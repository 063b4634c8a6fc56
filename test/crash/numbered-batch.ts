import type { Batch } from '../../core/batch.ts';
import type { IdentityDelta } from '../../core/ports.ts';

/** A batch that can be told from its number alone, of a size that changes from one to the next. */
export const numberedBatch = (number: number, receivedAt: number): Batch => {
  const length = 1 + (number % 200);
  return {
    tenant: 'default',
    receivedAt,
    samples: {
      length,
      stream: new Uint32Array(length).fill(number),
      type: new Uint8Array(length),
      time: new Float64Array(length).fill(receivedAt),
      start: new Float64Array(length).fill(Number.NaN),
      value: Float64Array.from({ length }, (_, row) => number + row / 1_000),
    },
  };
};

/** Every batch brings a name of its own. The text of id n + 1 is `name n`. */
export const numberedNames = (number: number): IdentityDelta => ({ firstText: number + 1, texts: [`name ${number}`], streams: [] });
