import type { z } from 'zod';
import type { MonotonicClock } from '../../../core/clock.ts';
import type { KubernetesApi, KubernetesFailure, KubernetesRequest } from '../../../core/kubernetes-api.ts';
import { fail, type Outcome, succeed } from '../../../core/outcome.ts';
import { SECOND_MS } from '../../../core/time.ts';
import type { ScaleFailure } from '../target.ts';

/** A request whose answer has a known shape. An answer of another shape is no answer: nothing is taken from it. */
export const call = async <Schema extends z.ZodType>(
  api: KubernetesApi,
  schema: Schema,
  request: KubernetesRequest,
  signal: AbortSignal,
): Promise<Outcome<z.output<Schema>, KubernetesFailure>> => {
  const answer = await api.request(request, signal);
  if (!answer.ok) return answer;
  const checked = schema.safeParse(answer.value);
  if (checked.success) return succeed(checked.data);
  const where = checked.error.issues[0]?.path.join('.') ?? '';
  return fail('UNAVAILABLE', `${request.method} ${request.path}: the answer has no usable ${where === '' ? 'object' : where}`, {
    retryable: true,
  });
};

/** What a failed call means for whoever wanted to scale. */
export const scaleFailureOf = ({ code, message, cause }: KubernetesFailure): { readonly ok: false; readonly error: ScaleFailure } => {
  const more = cause === undefined ? {} : { cause };
  switch (code) {
    case 'UNAUTHORIZED':
    case 'FORBIDDEN':
    case 'INVALID':
      return fail('FORBIDDEN', message, more);
    case 'NOT_FOUND':
    case 'CONFLICT':
      return fail('STALE_PLAN', message, { ...more, retryable: true });
    case 'GONE':
    case 'THROTTLED':
    case 'UNAVAILABLE':
      return fail('UNAVAILABLE', message, { ...more, retryable: true });
  }
};

/** A server that answered 429 with Retry-After is left alone until then; the callers are told without asking it. */
export const respectRetryAfter = (api: KubernetesApi, clock: MonotonicClock): KubernetesApi => {
  let until = Number.NEGATIVE_INFINITY;
  return {
    async request(request, signal) {
      const waitMs = until - clock.elapsedMs();
      if (waitMs > 0) {
        const seconds = Math.ceil(waitMs / SECOND_MS);
        return fail('THROTTLED', `${request.method} ${request.path}: not asked, the API server wants ${seconds} s of rest`, {
          retryable: true,
        });
      }
      const answer = await api.request(request, signal);
      if (!answer.ok && answer.error.retryAfterMs !== undefined) until = clock.elapsedMs() + answer.error.retryAfterMs;
      return answer;
    },
    watch: (watch, signal) => api.watch(watch, signal),
  };
};
