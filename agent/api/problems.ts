import type { z } from 'zod';

const pathOf = (path: readonly PropertyKey[], whole: string): string => (path.length === 0 ? whole : path.map(String).join('.'));

/** Every wrong field by its name, in one line. `whole` is what the value itself is called. */
export const problemsOf = (error: z.ZodError, whole: string): string =>
  error.issues
    .map((issue) =>
      issue.code === 'unrecognized_keys'
        ? `${issue.keys.map((key) => pathOf([...issue.path, key], whole)).join(', ')}: unknown ${whole === 'body' ? 'field' : 'parameter'}`
        : `${pathOf(issue.path, whole)}: ${issue.message}`,
    )
    .join('; ');
