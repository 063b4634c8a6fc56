import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { Failure, Outcome } from '../../core/outcome.ts';
import type { Sent } from './contract.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { ErrorCode } from './errors.ts';
import type { EventStream } from './event-stream.ts';

export type Tag = 'now' | 'incidents' | 'signals' | 'scaling' | 'decisions' | 'changes' | 'operation' | 'demo';

export interface RouteContext {
  readonly deps: ApiDependencies;
  readonly stream: EventStream;
  /** The OpenAPI document of the routes that this server has. */
  document(): object;
}

/** A success: its status is one of those the route declares. */
export interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
}

type Result<Body> = Outcome<Answer<Body>, Failure<ErrorCode>>;
type Empty = Readonly<Record<never, never>>;
type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : Empty;

export interface Body<Schema extends z.ZodType> {
  readonly schema: Schema;
  /** The one schema of a union that this body is meant for, so that its problems are named and not those of all. */
  readonly schemaFor?: (body: unknown) => z.ZodType;
  readonly invalid: ErrorCode;
  readonly examples: Readonly<Record<string, { readonly summary: string; readonly value: object }>>;
}

/** One route, said once: it is served, checked and documented from this. */
export interface RouteDefinition<Path, Query, Content, Answered> {
  readonly method: 'GET' | 'POST';
  /** As OpenAPI writes it: `/api/v1/incidents/{id}`. */
  readonly path: string;
  readonly operationId: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /** Without the token: only what holds nothing of the user's, or cannot send one. */
  readonly access: 'open' | 'token';
  readonly pathParameters?: Path;
  readonly query?: Query;
  readonly body?: Content extends z.ZodType ? Body<Content> : never;
  readonly answer: Answered;
  /** Meaning of each status that carries the answer. */
  readonly successes: Readonly<Record<number, string>>;
  readonly mediaType?: string;
  /** Beside those that every route has. */
  readonly errors?: readonly ErrorCode[];
  /** False leaves the route out of this server. */
  isServed?(deps: ApiDependencies): boolean;
  handle(
    request: { readonly path: Parsed<Path>; readonly query: Parsed<Query>; readonly body: Parsed<Content>; readonly reply: FastifyReply },
    context: RouteContext,
  ): Result<Given<Answered>> | Promise<Result<Given<Answered>>> | 'taken-over';
}

type Given<Schema> = Schema extends z.ZodType ? Sent<z.output<Schema>> : unknown;

type AnyRequest = { readonly path: unknown; readonly query: unknown; readonly body: unknown; readonly reply: FastifyReply };

/** Any route, for what treats all of them alike. */
export interface Route
  extends Omit<RouteDefinition<z.ZodObject, z.ZodObject, z.ZodType, z.ZodType>, 'handle' | 'pathParameters' | 'query' | 'body' | 'answer'> {
  readonly pathParameters?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: Body<z.ZodType>;
  readonly answer: z.ZodType;
  handle(request: AnyRequest, context: RouteContext): Result<unknown> | Promise<Result<unknown>> | 'taken-over';
}

/** Ties the types of the handler to the schemas beside it; from then on all routes are of one type. */
export const defineRoute = <
  Answered extends z.ZodType,
  Path extends z.ZodObject | undefined = undefined,
  Query extends z.ZodObject | undefined = undefined,
  Content extends z.ZodType | undefined = undefined,
>(
  definition: RouteDefinition<Path, Query, Content, Answered>,
): Route => definition as unknown as Route;

export const answered = <Content>(body: Content, status = 200): { readonly ok: true; readonly value: Answer<Content> } => ({
  ok: true,
  value: { status, body },
});
