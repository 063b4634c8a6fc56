import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Batch, HistogramBatch, SampleBatch, SpanBatch } from '../../core/batch.ts';
import { decodeBatch, encodeBatch } from './batch-codec.ts';
import { sampleBatch } from './sample-data.ts';

const number = fc.double({ noDefaultInfinity: false });
const floats = (length: number): fc.Arbitrary<Float64Array> =>
  fc.array(number, { minLength: length, maxLength: length }).map((values) => Float64Array.from(values));
const words = (length: number): fc.Arbitrary<Uint32Array> =>
  fc.array(fc.nat({ max: 0xffffffff }), { minLength: length, maxLength: length }).map((values) => Uint32Array.from(values));
const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });

const samples: fc.Arbitrary<SampleBatch> = fc.nat({ max: 9 }).chain((length) =>
  fc.record({
    length: fc.constant(length),
    time: floats(length),
    start: floats(length),
    value: floats(length),
    stream: words(length),
    type: bytes(length),
  }),
);

const histograms: fc.Arbitrary<HistogramBatch> = fc
  .tuple(fc.nat({ max: 5 }), fc.nat({ max: 12 }), fc.nat({ max: 12 }))
  .chain(([length, bounds, buckets]) =>
    fc.record({
      length: fc.constant(length),
      time: floats(length),
      start: floats(length),
      count: floats(length),
      sum: floats(length),
      bound: floats(bounds),
      bucket: floats(buckets),
      stream: words(length),
      boundOffset: words(length + 1),
      bucketOffset: words(length + 1),
      cumulative: bytes(length),
    }),
  );

const spans: fc.Arbitrary<SpanBatch> = fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 3 })).chain(([length, dimensions]) =>
  fc.record({
    length: fc.constant(length),
    start: floats(length),
    durationNanos: floats(length),
    spanKey: floats(length),
    parentKey: floats(length),
    service: words(length),
    version: words(length),
    operation: words(length),
    peer: words(length),
    startNanos: words(length),
    outcome: words(length),
    dimension: words(length * dimensions),
    kind: bytes(length),
    error: bytes(length),
    traceId: bytes(length * 16),
  }),
);

const batches: fc.Arbitrary<Batch> = fc.record(
  { tenant: fc.string({ unit: 'binary' }), receivedAt: number, samples, histograms, spans },
  { requiredKeys: ['tenant', 'receivedAt'] },
);

const decoded = (input: Uint8Array): Batch => {
  const outcome = decodeBatch(input);
  if (!outcome.ok) throw new Error(outcome.error.message);
  return outcome.value;
};

const sample = sampleBatch(1_700_000_000_000, 3);

describe('the batch codec', () => {
  it('returns every batch as it was', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        expect(decoded(encodeBatch(batch))).toEqual(batch);
      }),
    );
  });

  it('reads from any offset in a buffer, copying nothing where the bytes are aligned', () => {
    const encoded = encodeBatch(sample);
    for (let offset = 0; offset < 16; offset += 1) {
      const buffer = new Uint8Array(encoded.length + 16);
      buffer.set(encoded, offset);
      const batch = decoded(buffer.subarray(offset, offset + encoded.length));
      expect(batch).toEqual(sample);
      expect(batch.samples?.value.buffer === buffer.buffer).toBe(offset % 8 === 0);
    }
  });

  it('keeps only the rows of columns that are longer than the batch', () => {
    const long = { ...sample, samples: { ...sample.samples, time: Float64Array.of(1, 2, 3, 4) } as SampleBatch };
    expect(decoded(encodeBatch(long)).samples?.time).toEqual(Float64Array.of(1, 2));
  });

  it('throws for a batch whose columns are too short, which is a bug of its maker', () => {
    const short = { ...sample, samples: { ...sample.samples, value: new Float64Array(1) } as SampleBatch };
    expect(() => encodeBatch(short)).toThrow('batch.samples.value has 1 elements for 2 rows');
  });

  it('detects truncation at every length and a byte too many', () => {
    const encoded = encodeBatch(sample);
    for (let length = 0; length < encoded.length; length += 1) {
      expect(decodeBatch(encoded.subarray(0, length))).toMatchObject({ ok: false, error: { code: 'BATCH_DAMAGED' } });
    }
    const longer = new Uint8Array(encoded.length + 1);
    longer.set(encoded);
    expect(decodeBatch(longer)).toMatchObject({ ok: false, error: { code: 'BATCH_DAMAGED' } });
  });

  it('detects every single flipped bit', () => {
    const encoded = encodeBatch(sample);
    for (let bit = 0; bit < encoded.length * 8; bit += 1) {
      const flipped = new Uint8Array(encoded);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decodeBatch(flipped)).toMatchObject({ ok: false, error: { code: 'BATCH_DAMAGED' } });
    }
  });

  it('never throws on bytes of anything', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
        expect(decodeBatch(input).ok).toBe(false);
      }),
    );
  });
});
