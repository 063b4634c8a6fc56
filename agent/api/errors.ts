import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Failure } from '../../core/outcome.ts';
import type { ApiError } from './contract.ts';
import { named } from './schemas/named.ts';

export const apiError = named(
  'Error',
  z
    .strictObject({
      code: z.string().describe('Stable; programs go by it'),
      message: z.string().describe('For people: what and where'),
    })
    .describe('Every answer that is not a success'),
);

/** Every code the API answers with; a code is never given another meaning. */
const ERRORS = {
  INVALID_PARAMETER: [400, 'A parameter is wrong; the message names each.'],
  INVALID_CURSOR: [400, 'What the cursor points at is gone; begin again without it.'],
  INVALID_CHANGE: [400, 'The body is wrong; the message names each field.'],
  INVALID_JSON: [400, 'The body is no JSON.'],
  INVALID_URL: [400, 'The path is not properly encoded.'],
  BAD_REQUEST: [400, 'The request is malformed.'],
  DECISION_AMBIGUOUS: [400, 'Several decisions begin with this id.'],
  UNAUTHORIZED: [401, 'A bearer token is required.'],
  FOREIGN_ORIGIN: [403, 'Another site’s page asked a browser to write.'],
  NOT_FOUND: [404, 'No such route.'],
  UNKNOWN_INCIDENT: [404, 'No incident has this id.'],
  UNKNOWN_SIGNAL: [404, 'No signal has this key.'],
  UNKNOWN_TARGET: [404, 'No scaled workload has this target.'],
  UNKNOWN_SERVICE: [404, 'No service has this name.'],
  UNKNOWN_FAULT: [404, 'No fault of the demo has this id.'],
  DECISION_NOT_FOUND: [404, 'No decision has this id.'],
  PAGE_NOT_BUILT: [404, 'The web page is not built.'],
  METHOD_NOT_ALLOWED: [405, 'The route knows other methods; see the Allow header.'],
  CHANGE_ID_TAKEN: [409, 'Another change was reported under this id.'],
  BODY_TOO_LARGE: [413, 'The body is too large.'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'The body must be application/json.'],
  UNKNOWN_HOST: [421, 'On loopback, only loopback names are answered.'],
  INTERNAL: [500, 'A bug; the log says which.'],
  CHANGE_NOT_STORED: [503, 'The disk refuses; report the same again.'],
  TOO_MANY_STREAMS: [503, 'Every event stream is taken; retry after the time in Retry-After.'],
  DEMO_UNAVAILABLE: [503, 'The demo does not answer.'],
} as const satisfies Readonly<Record<string, readonly [status: number, meaning: string]>>;

export type ErrorCode = keyof typeof ERRORS;

export const statusOf = (code: ErrorCode): number => ERRORS[code][0];
export const meaningOf = (code: ErrorCode): string => ERRORS[code][1];

export const sendError = (reply: FastifyReply, code: ErrorCode, message: string): FastifyReply =>
  reply
    .code(statusOf(code))
    .type('application/json; charset=utf-8')
    .send({ code, message } satisfies ApiError);

export const sendFailure = (reply: FastifyReply, error: Failure<ErrorCode>): FastifyReply => sendError(reply, error.code, error.message);
