import { InvalidArgumentError } from 'commander';

/** Reads an option that is a whole number in these bounds, for commander. */
export const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const count = Number(text);
    if (!Number.isInteger(count) || count < least || count > most)
      throw new InvalidArgumentError(`a whole number from ${least} to ${most}`);
    return count;
  };
