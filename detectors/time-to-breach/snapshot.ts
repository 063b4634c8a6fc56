import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import type { BreachOptions } from './options.ts';
import { createTimeToBreach, type TimeToBreach } from './time-to-breach.ts';

const FORMAT = 1;

const arraysOf = ({ median, highest, flattened, profile, paths, open, maxima, scalars }: TimeToBreach): readonly Float64Array[] => [
  median,
  highest,
  flattened,
  profile,
  ...paths.flatMap(({ said, errors }) => [said, errors]),
  open,
  maxima,
  scalars,
];

/** What lengths and meanings of the state depend on. */
const headOf = ({ stepMs, dayLengthMs, leadMs }: BreachOptions): readonly number[] => [FORMAT, stepMs, dayLengthMs, leadMs];

/** The whole state of one gauge; continuing from it gives the same bits. Little endian, as every platform of Node is. */
export const snapshotBreach = (state: TimeToBreach): Uint8Array => {
  const head = headOf(state.options);
  const arrays = arraysOf(state);
  const values = new Float64Array(arrays.reduce((length, array) => length + array.length, head.length));
  values.set(head);
  let at = head.length;
  for (const array of arrays) {
    values.set(array, at);
    at += array.length;
  }
  return new Uint8Array(values.buffer);
};

/** Fails when the bytes are cut, of another format or of another time scale or lead target: then the gauge is learned anew. */
export const restoreBreach = (bytes: Uint8Array, options: BreachOptions): Outcome<TimeToBreach, Failure<'SNAPSHOT_UNREADABLE'>> => {
  const state = createTimeToBreach(options);
  const head = headOf(options);
  const arrays = arraysOf(state);
  const needed = 8 * arrays.reduce((length, array) => length + array.length, head.length);
  if (bytes.length !== needed)
    return fail('SNAPSHOT_UNREADABLE', `snapshot of a time to breach: ${bytes.length} bytes where ${needed} are needed`);
  const values = new Float64Array(bytes.slice().buffer);
  const other = head.findIndex((value, at) => values[at] !== value);
  if (other >= 0)
    return fail('SNAPSHOT_UNREADABLE', `snapshot of a time to breach: field ${other} is ${values[other]}, not ${head[other]}`);
  let at = head.length;
  for (const array of arrays) {
    array.set(values.subarray(at, at + array.length));
    at += array.length;
  }
  return succeed(state);
};
