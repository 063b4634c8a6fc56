import type { Failure, Outcome } from './outcome.ts';
import type { DurationMs } from './time.ts';

/**
 * What is needed of a Kubernetes API server, as JSON over a port: requests whose refusals are values, and watches.
 * Who reads an answer checks its shape; the server is outside.
 */
export interface KubernetesApi {
  request(request: KubernetesRequest, signal: AbortSignal): Promise<Outcome<unknown, KubernetesFailure>>;
  /** Resolves when the stream ends: succeeds when the server closed it in order, fails otherwise. Events come one at a time. */
  watch(watch: KubernetesWatch, signal: AbortSignal): Promise<Outcome<void, KubernetesFailure>>;
}

export interface KubernetesRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute, for example /apis/apps/v1/namespaces/payments/deployments. Made by pathOf. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON; a PATCH is a JSON merge patch (RFC 7386). */
  readonly body?: unknown;
}

export interface KubernetesWatch {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** The server has answered 200: from here on silence means that nothing happens. */
  onOpen(): void;
  onEvent(type: string, object: unknown): void;
}

export type KubernetesFailureCode =
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'GONE'
  | 'INVALID'
  | 'THROTTLED'
  /** 5xx, no answer, or an answer that is none: a write may or may not have happened. */
  | 'UNAVAILABLE';

export interface KubernetesFailure extends Failure<KubernetesFailureCode> {
  /** What the server asked for with Retry-After. */
  readonly retryAfterMs?: DurationMs;
}

/** `base` is ours; the names come from outside, and none of them can leave its place. */
export const pathOf = (base: string, ...names: readonly string[]): string => [base, ...names.map(encodeURIComponent)].join('/');
