/**
 * Expected failures are values with a stable code, so that callers must look at them and metrics can count them.
 * Bugs are not failures: they throw.
 */
export interface Failure<Code extends string = string> {
  readonly code: Code;
  /** Says what and where; does not repeat the message of `cause`. */
  readonly message: string;
  /** Whether the same call may succeed later without any change by the caller. */
  readonly retryable: boolean;
  readonly cause?: unknown;
}

export type Outcome<Value, F extends Failure = Failure> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: F };

export const succeed = <Value>(value: Value): { readonly ok: true; readonly value: Value } => ({ ok: true, value });

export const fail = <Code extends string>(
  code: Code,
  message: string,
  options: { readonly retryable?: boolean; readonly cause?: unknown } = {},
): { readonly ok: false; readonly error: Failure<Code> } => ({
  ok: false,
  error: { code, message, retryable: options.retryable ?? false, ...(options.cause === undefined ? {} : { cause: options.cause }) },
});

/** What is known of something outside: absent is a state of its own, never a zero. */
export type Observation<Value> =
  | { readonly kind: 'observed'; readonly value: Value; readonly at: number }
  | { readonly kind: 'stale'; readonly value: Value; readonly at: number; readonly ageMs: number }
  | { readonly kind: 'absent'; readonly reason: 'never-seen' | 'read-failed' | 'gap' };
