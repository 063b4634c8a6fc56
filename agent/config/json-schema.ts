import { z } from 'zod';
import { configSchema } from './schema.ts';

/** The part of JSON Schema (2020-12) that the configuration uses. */
export interface JsonSchema {
  readonly description?: string;
  /** Several where a value may be written in more than one way. */
  readonly type?: string | readonly string[];
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** JSON Schema of the file as users write it, for editors and for the chart. */
export const configJsonSchema = (): JsonSchema => z.toJSONSchema(configSchema, { io: 'input' }) as JsonSchema;

/** Schemas that may describe what stands at a path; several where the entry has kinds. */
const schemasAt = (schema: JsonSchema, path: readonly PropertyKey[]): readonly JsonSchema[] => {
  const kinds = schema.oneOf ?? schema.anyOf;
  if (kinds !== undefined) return kinds.flatMap((kind) => schemasAt(kind, path));
  const [first, ...rest] = path;
  if (first === undefined) return [schema];
  const next = typeof first === 'number' ? schema.items : schema.properties?.[String(first)];
  return next === undefined ? [] : schemasAt(next, rest);
};

/** The keys an object at this path may have. */
export const knownKeys = (schema: JsonSchema, path: readonly PropertyKey[]): readonly string[] => [
  ...new Set(schemasAt(schema, path).flatMap((found) => Object.keys(found.properties ?? {}))),
];
