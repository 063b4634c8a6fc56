import { type BurnRate, type BurnRateOptions, createBurnRate } from './burn-rate.ts';

const FORMAT = 1;

/** The whole state; continuing from it gives the same bits. Little endian, as every platform of Node is. */
export const snapshotBurnRate = (burn: BurnRate): Uint8Array => {
  const floats = [FORMAT, burn.recent.length, burn.budget.length, ...burn.scalars];
  const values = new Float64Array(floats.length + burn.recent.length + burn.budget.length);
  values.set(floats);
  values.set(burn.recent, floats.length);
  values.set(burn.budget, floats.length + burn.recent.length);
  return new Uint8Array(values.buffer);
};

/** Throws a TypeError on bytes of another format or of windows of other lengths (the time scale or the budget changed). */
export const restoreBurnRate = (bytes: Uint8Array, options: BurnRateOptions): BurnRate => {
  const burn = createBurnRate(options);
  const head = 3 + burn.scalars.length;
  const needed = (head + burn.recent.length + burn.budget.length) * 8;
  if (bytes.length !== needed)
    throw new TypeError(`burn-rate snapshot of ${options.objective}: ${bytes.length} bytes where ${needed} are needed`);
  const values = new Float64Array(bytes.slice().buffer);
  if (values[0] !== FORMAT) throw new TypeError(`burn-rate snapshot of ${options.objective}: format ${values[0]} is not ${FORMAT}`);
  if (values[1] !== burn.recent.length) throw new TypeError(`burn-rate snapshot of ${options.objective}: windows of another time scale`);
  burn.scalars.set(values.subarray(3, head));
  burn.recent.set(values.subarray(head, head + burn.recent.length));
  burn.budget.set(values.subarray(head + burn.recent.length));
  return burn;
};
