import { redactText } from '../intake/sensitive.ts';

/** Rejected points or spans of one request, by reason, each with the first message, which may quote names and is redacted like them. */
export interface Rejections {
  readonly total: number;
  add(reason: string, count: number, message: () => string): void;
  entries(): readonly { readonly reason: string; readonly count: number; readonly message: string }[];
}

export const createRejections = (): Rejections => {
  const byReason = new Map<string, { reason: string; count: number; message: string }>();
  let total = 0;
  return {
    get total() {
      return total;
    },
    add(reason, count, message) {
      total += count;
      const known = byReason.get(reason);
      if (known === undefined) byReason.set(reason, { reason, count, message: redactText(message()) });
      else known.count += count;
    },
    entries: () => [...byReason.values()],
  };
};

/** The error_message of a partial success: every reason with its count and an example. */
export const describeRejections = (rejections: Rejections): string =>
  rejections
    .entries()
    .map(({ reason, count, message }) => `${reason} (${count}): ${message}`)
    .join('; ');
