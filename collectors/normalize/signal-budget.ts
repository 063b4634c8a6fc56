import type { SignalTable } from '../../core/signal.ts';

/** Names kept of what was folded: enough to see which attribute explodes. */
const NAMES_KEPT = 20;

export interface SignalBudgetState {
  readonly count: number;
  readonly names: readonly string[];
  readonly reserved: number;
}

/** Keeps the number of watched signals bounded, whatever senders put into attributes. */
export interface SignalBudget {
  /** Whether `signals` more fit; notes `what` as folded when not. */
  admit(signals: number, what: () => string): boolean;
  /** What was reserved since the last step is registered by now. */
  settle(): void;
  folded(): { readonly count: number; readonly names: readonly string[] };
  state(): SignalBudgetState;
}

export const createSignalBudget = (maximum: number, signals: SignalTable, restored?: SignalBudgetState): SignalBudget => {
  let count = restored?.count ?? 0;
  let reserved = restored?.reserved ?? 0;
  const names = [...(restored?.names ?? [])];
  return {
    admit(wanted, what) {
      if (signals.size + reserved + wanted <= maximum) {
        reserved += wanted;
        return true;
      }
      count += 1;
      if (names.length < NAMES_KEPT) {
        const name = what();
        if (!names.includes(name)) names.push(name);
      }
      return false;
    },
    settle() {
      reserved = 0;
    },
    folded: () => ({ count, names: [...names] }),
    state: () => ({ count, names: [...names], reserved }),
  };
};
