import { z } from 'zod';
import { VERSION } from '../../core/names.ts';
import { apiError, type ErrorCode, meaningOf, statusOf } from './errors.ts';
import type { Route, Tag } from './route.ts';
import { apiSchemas, isRequestSchema } from './schemas/named.ts';

type JsonSchema = Record<string, unknown>;

const TAGS: Readonly<Record<Tag, string>> = {
  now: 'What is seen now',
  incidents: 'What hurts users, and why',
  signals: 'What is measured',
  scaling: 'Load, forecasts and replicas',
  decisions: 'What was decided, with everything it was computed from',
  changes: 'What was done on purpose: deploys, flags, configuration',
  operation: 'The agent itself',
  demo: 'Faults to try, in the demo only',
};

const refersTo = (id: string): string => `#/components/schemas/${id}`;
const reference = (id: string): JsonSchema => ({ $ref: refersTo(id) });

/** What an answer may carry is not closed: a client that refuses unknown fields would break with the next version. */
const opened = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(opened);
  if (typeof schema !== 'object' || schema === null) return schema;
  const members = Object.entries(schema).filter(([key, value]) => !(key === 'additionalProperties' && value === false));
  return Object.fromEntries(members.map(([key, value]) => [key, opened(value)]));
};

/** On the wire, before a schema has turned null into NaN or a date into an instant. */
const wire = { io: 'input', target: 'draft-2020-12' } as const;

const componentSchemas = (): JsonSchema => {
  const { schemas } = z.toJSONSchema(apiSchemas, { ...wire, uri: refersTo });
  const plain = Object.entries(schemas).map(([id, schema]) => {
    const { $schema: _schema, $id: _id, ...rest } = schema as JsonSchema;
    return [id, isRequestSchema(id) ? rest : opened(rest)] as const;
  });
  return Object.fromEntries(plain.sort(([a], [b]) => (a < b ? -1 : 1)));
};

const schemaOf = (schema: z.ZodType): JsonSchema => {
  const id = apiSchemas.get(schema)?.id;
  if (id !== undefined) return reference(id);
  const { $schema: _schema, ...rest } = z.toJSONSchema(schema, wire) as JsonSchema;
  return opened(rest) as JsonSchema;
};

const parametersOf = (place: 'path' | 'query', schema: z.ZodObject | undefined): readonly JsonSchema[] => {
  if (schema === undefined) return [];
  const { properties, required } = z.toJSONSchema(schema, wire) as {
    readonly properties: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: required?.includes(name) ?? false,
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
};

/** Every code this route may answer with, those of the server included. */
const errorsOf = (route: Route): readonly ErrorCode[] => {
  const takesParameters = route.pathParameters !== undefined || route.query !== undefined;
  return [
    ...new Set<ErrorCode>([
      ...(route.body === undefined ? [] : (['INVALID_JSON', route.body.invalid, 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const)),
      ...(takesParameters ? (['INVALID_URL'] as const) : []),
      'INVALID_PARAMETER',
      ...(route.access === 'token' ? (['UNAUTHORIZED'] as const) : []),
      ...(route.method === 'GET' ? [] : (['FOREIGN_ORIGIN', 'BAD_REQUEST'] as const)),
      ...(route.errors ?? []),
      'UNKNOWN_HOST',
      'INTERNAL',
    ]),
  ];
};

const errorResponses = (route: Route): JsonSchema => {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of errorsOf(route)) byStatus.set(statusOf(code), [...(byStatus.get(statusOf(code)) ?? []), code]);
  const responses = [...byStatus].map(([status, codes]) => [
    String(status),
    {
      description: codes.map((code) => `${code}: ${meaningOf(code)}`).join(' '),
      content: { 'application/json': { schema: { allOf: [schemaOf(apiError), { properties: { code: { enum: codes } } }] } } },
    },
  ]);
  return Object.fromEntries(responses);
};

const successResponses = ({ successes, mediaType, answer }: Route): JsonSchema =>
  Object.fromEntries(
    Object.entries(successes).map(([status, description]) => [
      status,
      { description, content: { [mediaType ?? 'application/json']: { schema: schemaOf(answer) } } },
    ]),
  );

const operationOf = (route: Route): JsonSchema => {
  const parameters = [...parametersOf('path', route.pathParameters), ...parametersOf('query', route.query)];
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    security: route.access === 'open' ? [] : [{ bearer: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(route.body.schema), examples: route.body.examples } },
          },
        }),
    responses: { ...successResponses(route), ...errorResponses(route) },
  };
};

/** The OpenAPI 3.1 document of these routes, made from what serves them. */
export const openApiDocument = (routes: readonly Route[]): object => {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const route of routes) paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  const used = new Set(routes.map(({ tag }) => tag));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Foreshock',
      version: VERSION,
      description:
        'Instants are milliseconds since 1970 (UTC), durations seconds, ratios 0..1; what is absent is null, never zero. Lists come in pages: go on with `cursor` = `next`. Codes of errors are stable.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS)
      .filter(([name]) => used.has(name as Tag))
      .map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The text of `api.tokenFile`; not asked for on loopback without one' },
      },
    },
  };
};
