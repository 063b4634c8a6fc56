import { z } from 'zod';
import { changeEvent } from './incident.ts';
import { named, namedRequest } from './named.ts';
import { instant, writtenInstant } from './scalars.ts';

/** No C0 or C1 control characters: a summary is printed in terminals and logs. */
const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((value) => !/\p{Cc}/u.test(value), 'must not contain control characters');

const CHANGES_PER_REQUEST = 100;

export const changeRequest = namedRequest(
  'ChangeRequest',
  z
    .strictObject({
      id: text(128).exactOptional().describe('Yours, for example the id of the pipeline run: reported again, it is the same change'),
      at: writtenInstant.exactOptional().describe('When it took effect; now when left out'),
      kind: changeEvent.shape.kind,
      service: text(256).exactOptional().describe('service.name, or namespace/service.name'),
      summary: text(1_024).describe('One line for people'),
      attributes: z
        .record(text(128), z.string().max(512))
        .refine((attributes) => Object.keys(attributes).length <= 32, 'must have at most 32 entries')
        .default({})
        .describe('Named parts, for example the values of your slices'),
    })
    .describe('A change to report'),
);

export const changeBatch = namedRequest(
  'ChangeBatch',
  z
    .strictObject({ changes: z.array(changeRequest).min(1).max(CHANGES_PER_REQUEST) })
    .describe('Several changes: all are checked before the first is stored'),
);

export const changeReport = namedRequest('ChangeReport', z.union([changeRequest, changeBatch]).describe('One change, or several'));

export const changeReceipts = named(
  'ChangeReceipts',
  z
    .strictObject({
      changes: z.array(
        z.strictObject({
          id: z.string(),
          at: instant,
          status: z.enum(['stored', 'known']).describe('`known` when it had been reported before'),
        }),
      ),
    })
    .describe('In the order of the request; each is on disk'),
);
