import { type Clock, sleep } from '../../../core/clock.ts';
import { seededRandom } from '../../../core/random.ts';
import { ISSUERS, type Issuer } from '../payment.ts';
import { seedFor } from '../service-time.ts';

/** Issuer by the first eight digits of a card number, as sorted ranges. */
export interface BinTable {
  readonly ranges: number;
  issuerOf(bin: number): Issuer | undefined;
}

const SLICES = 40;
const RANGES_A_SLICE = 1_500;
const RANGES = SLICES * RANGES_A_SLICE;
const LOWEST_BIN = 10_000_000;
const RANGE_WIDTH = Math.floor(89_999_999 / RANGES);
/** Between two slices the loader waits for the next page of the scheme's file. */
const PAGE_WAIT_MS = 75;

/** Builds the table slice by slice, about 3 s at scale 1, so that the event loop stays free for probes. */
export const loadBinTable = async (seed: number, clock: Clock, timeScale: number, signal: AbortSignal): Promise<BinTable> => {
  const lower = new Uint32Array(RANGES);
  const issuer = new Uint8Array(RANGES);
  const random = seededRandom(seedFor(seed, 'bin-table'));
  for (let slice = 0; slice < SLICES && !signal.aborted; slice += 1) {
    await sleep(clock, PAGE_WAIT_MS * timeScale, signal);
    for (let row = slice * RANGES_A_SLICE; row < (slice + 1) * RANGES_A_SLICE; row += 1) {
      lower[row] = LOWEST_BIN + row * RANGE_WIDTH + Math.floor(random() * RANGE_WIDTH * 0.5);
      issuer[row] = Math.floor(random() * ISSUERS.length);
    }
  }
  return {
    ranges: RANGES,
    issuerOf(bin) {
      let below = -1;
      let above = RANGES;
      while (above - below > 1) {
        const middle = (below + above) >>> 1;
        if ((lower[middle] ?? 0) <= bin) below = middle;
        else above = middle;
      }
      return below < 0 ? undefined : ISSUERS[issuer[below] ?? 0];
    },
  };
};
