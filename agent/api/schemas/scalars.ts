import { z } from 'zod';

/** Largest instant a JavaScript Date can hold. */
const LATEST_INSTANT = 8_640_000_000_000_000;

/** Milliseconds since the epoch, UTC. */
export const instant = z.number();

/** Null where nothing was observed: absent is never zero. */
export const reading = z.number().nullable();

/** A number of a noun made elsewhere, where what is unknown is NaN. JSON has no NaN, so it travels as null. */
export const measured = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

export const texts = z.record(z.string(), z.string());

/** An instant as people write one. */
export const writtenInstant = z.union(
  [z.int().min(0).max(LATEST_INSTANT), z.iso.datetime({ offset: true }).transform((written) => Date.parse(written))],
  { error: 'expected milliseconds since 1970, or a date and time with its zone like 2026-03-01T09:00:00Z' },
);
