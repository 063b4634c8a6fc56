import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../core/ports.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot-codec.ts';

const snapshot: Snapshot = {
  shard: 0,
  step: 12,
  position: 34,
  formatVersion: 1,
  parts: { baselines: new Uint8Array(Float64Array.of(1.5, Number.NaN).buffer), empty: new Uint8Array(0), 'naïve part': Uint8Array.of(255) },
};

describe('the snapshot codec', () => {
  it('returns a snapshot as it was, each part in a buffer of its own so that typed arrays can be laid over it', () => {
    const encoded = Buffer.from(encodeSnapshot(snapshot));
    const decoded = decodeSnapshot(encoded);
    expect(decoded).toEqual({ ok: true, value: snapshot });
    if (!decoded.ok) return;
    const part = decoded.value.parts.baselines as Uint8Array;
    expect(part.byteOffset).toBe(0);
    expect(new Float64Array(part.buffer)[0]).toBe(1.5);
  });

  it('detects truncation at every length and every single flipped bit', () => {
    const encoded = encodeSnapshot(snapshot);
    for (let length = 0; length < encoded.length; length += 1) {
      expect(decodeSnapshot(encoded.subarray(0, length))).toMatchObject({ ok: false, error: { code: 'SNAPSHOT_DAMAGED' } });
    }
    for (let bit = 0; bit < encoded.length * 8; bit += 1) {
      const flipped = new Uint8Array(encoded);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decodeSnapshot(flipped)).toMatchObject({ ok: false, error: { code: 'SNAPSHOT_DAMAGED' } });
    }
  });
});
