import { z } from 'zod';
import { fail } from '../../../core/outcome.ts';
import { HOUR_MS } from '../../../core/time.ts';
import { limit, pageOf, pageSchema, paging } from '../page-of.ts';
import { answered, defineRoute, type Route } from '../route.ts';
import { writtenInstant } from '../schemas/scalars.ts';
import { signalDescription, signalSeries, storedSteps } from '../schemas/signal.ts';

const STEPS_MAX = 10_000;
const byKey = z.strictObject({ key: z.string().describe('Key of the signal, percent-encoded') });

/** A query holds only text: an instant in it is a number written out, or a date. */
const queriedInstant = z.preprocess((written) => (/^\d+$/.test(String(written)) ? Number(written) : written), writtenInstant);

const list = defineRoute({
  method: 'GET',
  path: '/api/v1/signals',
  operationId: 'listSignals',
  tag: 'signals',
  summary: 'Signals that are watched',
  access: 'token',
  query: z.strictObject({
    ...paging,
    service: z.string().min(1).max(256).exactOptional().describe('Only those of this service'),
    name: z.string().min(1).max(256).exactOptional().describe('Only those of this name, for example `requests`'),
  }),
  answer: pageSchema('SignalPage', signalDescription),
  successes: { 200: 'Signals in the order of first sight' },
  errors: ['INVALID_CURSOR'],
  handle({ query }, { deps }) {
    const listed = deps.archive
      .signals()
      .filter(({ service, name }) => service === (query.service ?? service) && name === (query.name ?? name));
    const page = pageOf(listed, ({ key }) => key, query);
    return page.ok ? answered(page.value) : page;
  },
});

const newest = defineRoute({
  method: 'GET',
  path: '/api/v1/signals/{key}',
  operationId: 'getSignal',
  tag: 'signals',
  summary: 'The newest steps of a signal with their bands',
  description: 'Bands are kept for the signals of services that the page draws; the others have stored steps only.',
  access: 'token',
  pathParameters: byKey,
  answer: signalSeries,
  successes: { 200: 'Observed, expected and the band' },
  errors: ['UNKNOWN_SIGNAL'],
  handle({ path }, { deps }) {
    const series = deps.view.signal(path.key);
    return series === undefined ? fail('UNKNOWN_SIGNAL', 'no signal with a band has this key') : answered(series);
  },
});

const steps = defineRoute({
  method: 'GET',
  path: '/api/v1/signals/{key}/steps',
  operationId: 'getSignalSteps',
  tag: 'signals',
  summary: 'Stored steps of a signal',
  description: 'As far back as `retention.samples` goes. A longer range comes in pages: go on with `from` = `next`.',
  access: 'token',
  pathParameters: byKey,
  query: z.strictObject({
    from: queriedInstant.exactOptional().describe('Begin of the range; an hour before `to` when left out'),
    to: queriedInstant.exactOptional().describe('End of the range, exclusive; now when left out'),
    limit: limit(STEPS_MAX, 1_000),
  }),
  answer: storedSteps,
  successes: { 200: 'Values and weights, oldest first' },
  errors: ['UNKNOWN_SIGNAL', 'INVALID_PARAMETER'],
  handle({ path, query }, { deps }) {
    const to = query.to ?? deps.view.state().meta.now;
    const from = query.from ?? to - HOUR_MS;
    if (from > to) return fail('INVALID_PARAMETER', 'from: is after `to`');
    const stored = deps.archive.steps(path.key, from, to, query.limit);
    return stored === undefined ? fail('UNKNOWN_SIGNAL', 'no signal has this key') : answered(stored);
  },
});

export const signalRoutes: readonly Route[] = [list, newest, steps];
