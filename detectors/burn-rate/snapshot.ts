import { type BurnRate, type BurnRateOptions, burningField, createBurnRate, firingField, LAST_BAD_END, NEWEST_END } from './counts.ts';

/** 2: fields of each rule stand together, and the past is kept for 28 days whatever the budget. */
const FORMAT = 2;

/** The whole state; continuing from it gives the same bits. Little endian, as every platform of Node is. */
export const snapshotBurnRate = (burn: BurnRate): Uint8Array => {
  const head = [FORMAT, burn.recent.length, burn.budget.length, burn.scalars.length, ...burn.scalars];
  const values = new Float64Array(head.length + burn.recent.length + burn.budget.length);
  values.set(head);
  values.set(burn.recent, head.length);
  values.set(burn.budget, head.length + burn.recent.length);
  return new Uint8Array(values.buffer);
};

/** Fields of format 1: newest index, good, bad, breached at, newest end; firing of four rules from 8, burning since from 16. */
const OLD_SCALARS = 24;
const OLD_FIRING = 8;
const OLD_BURNING = 16;

const restoreFormat1 = (values: Float64Array, burn: BurnRate): boolean => {
  const head = 3 + OLD_SCALARS;
  const sameWindows = values[1] === burn.recent.length && values[2] === burn.budget.length;
  if (!sameWindows || values.length !== head + burn.recent.length + burn.budget.length) return false;
  for (let field = 0; field <= NEWEST_END; field += 1) burn.scalars[field] = values[3 + field] as number;
  burn.rules.slice(0, 4).forEach((_rule, i) => {
    burn.scalars[firingField(i)] = values[3 + OLD_FIRING + i] as number;
    burn.scalars[burningField(i)] = values[3 + OLD_BURNING + i] as number;
  });
  // When the last failure was is not known any more; what burns may burn on for a day from here.
  burn.scalars[LAST_BAD_END] = burn.scalars[NEWEST_END] as number;
  burn.recent.set(values.subarray(head, head + burn.recent.length));
  burn.budget.set(values.subarray(head + burn.recent.length));
  return true;
};

/** Throws a TypeError on bytes of another format or of windows of other lengths (the time scale, the rules or the budget changed). */
export const restoreBurnRate = (bytes: Uint8Array, options: BurnRateOptions): BurnRate => {
  const burn = createBurnRate(options);
  const head = 4 + burn.scalars.length;
  const values = new Float64Array(bytes.slice(0, bytes.length - (bytes.length % 8)).buffer);
  if (values[0] === 1 && restoreFormat1(values, burn)) return burn;
  const needed = (head + burn.recent.length + burn.budget.length) * 8;
  if (bytes.length !== needed)
    throw new TypeError(`burn-rate snapshot of ${options.objective}: ${bytes.length} bytes where ${needed} are needed`);
  if (values[0] !== FORMAT) throw new TypeError(`burn-rate snapshot of ${options.objective}: format ${values[0]} is not ${FORMAT}`);
  if (values[1] !== burn.recent.length || values[3] !== burn.scalars.length)
    throw new TypeError(`burn-rate snapshot of ${options.objective}: windows of another time scale`);
  burn.scalars.set(values.subarray(4, head));
  burn.recent.set(values.subarray(head, head + burn.recent.length));
  burn.budget.set(values.subarray(head + burn.recent.length));
  return burn;
};
