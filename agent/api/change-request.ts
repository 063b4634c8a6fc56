import { z } from 'zod';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import type { ReportedChange } from './agent-view.ts';

/** No C0 or C1 control characters: a summary is printed in terminals and logs. */
const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((value) => !/\p{Cc}/u.test(value), 'must not contain control characters');

/** Largest instant a JavaScript Date can hold. */
const LATEST_INSTANT = 8_640_000_000_000_000;

const changeRequest = z.strictObject({
  id: text(128).optional(),
  at: z
    .union([z.number().int().min(0).max(LATEST_INSTANT), z.iso.datetime({ offset: true }).transform((written) => Date.parse(written))])
    .optional(),
  kind: z.enum(['deploy', 'config', 'flag', 'migration', 'scale', 'node', 'calendar', 'routing']),
  service: text(256).optional(),
  summary: text(1_024),
  attributes: z
    .record(text(128), z.string().max(512))
    .refine((attributes) => Object.keys(attributes).length <= 32, 'must have at most 32 entries')
    .default({}),
});

const pathOf = (path: readonly PropertyKey[]): string => (path.length === 0 ? 'body' : path.map(String).join('.'));

/** The checked change, or INVALID_CHANGE with every wrong field by name. */
export const parseChangeRequest = (body: unknown): Outcome<ReportedChange, Failure<'INVALID_CHANGE'>> => {
  const parsed = changeRequest.safeParse(body);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) =>
      issue.code === 'unrecognized_keys'
        ? `${issue.keys.map((key) => pathOf([...issue.path, key])).join(', ')}: unknown field`
        : `${pathOf(issue.path)}: ${issue.message}`,
    );
    return fail('INVALID_CHANGE', problems.join('; '));
  }
  const { id, at, kind, service, summary, attributes } = parsed.data;
  return succeed({
    kind,
    summary,
    attributes,
    ...(id === undefined ? {} : { id }),
    ...(at === undefined ? {} : { at }),
    ...(service === undefined ? {} : { service }),
  });
};
