import { z } from 'zod';

/** Schemas with a name of their own in the document of the API; everything else is written where it is used. */
export const apiSchemas = z.registry<{ readonly id: string; readonly isRequest?: true }>();

/** Of an answer: later versions may add fields, and clients are told to expect that. */
export const named = <Schema extends z.ZodType>(id: string, schema: Schema): Schema => {
  apiSchemas.add(schema, { id });
  return schema;
};

/** Of a body: a field it does not know is refused. */
export const namedRequest = <Schema extends z.ZodType>(id: string, schema: Schema): Schema => {
  apiSchemas.add(schema, { id, isRequest: true });
  return schema;
};
