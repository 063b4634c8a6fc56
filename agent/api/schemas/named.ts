import { z } from 'zod';

/** Schemas with a name of their own in the document of the API; everything else is written where it is used. */
export const apiSchemas = z.registry<{ readonly id: string }>();

const requests = new Set<string>();

/** Whether the schema of this name is of a body: what it does not know is refused. */
export const isRequestSchema = (id: string): boolean => requests.has(id);

/** Of an answer: later versions may add fields, and clients are told to expect that. */
export const named = <Schema extends z.ZodType>(id: string, schema: Schema): Schema => {
  apiSchemas.add(schema, { id });
  return schema;
};

/** Of a body. */
export const namedRequest = <Schema extends z.ZodType>(id: string, schema: Schema): Schema => {
  requests.add(id);
  return named(id, schema);
};
