export type { IdentityLimits, StreamIdentity } from './identify.ts';
export type { IntakeDependencies, IntakeOptions, IntakeSide } from './intake.ts';
export { createIntake } from './intake.ts';
export type { Ledger, LedgerKind, LedgerSnapshot, Tally } from './ledger.ts';
export { isConserved, totalRefused, totalRejected } from './ledger.ts';
