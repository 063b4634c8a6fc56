import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../../core/system-clock.ts';
import { at, incident } from '../message.fixture.ts';
import type { NotificationMessage } from '../notifier.ts';
import { HOSTILE_NAME, type Receiver, startReceiver } from '../receiver.fixture.ts';
import { slackMessage } from './blocks.ts';
import { createSlackNotifier } from './index.ts';
import { slackSchema } from './schema.ts';

const markdown = (most: number) =>
  z.strictObject({ type: z.literal('mrkdwn'), text: z.string().min(1).max(most), verbatim: z.boolean().optional() });
const plain = (most: number) =>
  z.strictObject({ type: z.literal('plain_text'), text: z.string().min(1).max(most), emoji: z.boolean().optional() });

/** The message as the reference of Block Kit documents it. */
const documented = z.strictObject({
  text: z.string().min(1).max(40_000),
  unfurl_links: z.boolean().optional(),
  unfurl_media: z.boolean().optional(),
  blocks: z
    .array(
      z.discriminatedUnion('type', [
        z.strictObject({ type: z.literal('header'), text: plain(150) }),
        z.strictObject({ type: z.literal('section'), text: z.union([markdown(3_000), plain(3_000)]) }),
        z.strictObject({ type: z.literal('context'), elements: z.array(markdown(3_000)).min(1).max(10) }),
      ]),
    )
    .max(50),
});

const PATH = '/services/T000/B000/canary';
let folder = '';
let receiver: Receiver;
let answers: (readonly [status: number, text: string, retryAfter?: string])[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slack-'));
  answers = [];
  let lastAt = Number.NEGATIVE_INFINITY;
  receiver = await startReceiver(({ path, body, at: arrived }, response) => {
    const [status, text, retryAfter] = answers.shift() ?? [200, 'ok'];
    if (status !== 200) return response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter }).end(text);
    if (path !== PATH) return response.writeHead(404).end('no_service');
    // One a second; a little is forgiven, since arrival is not departure.
    if (arrived - lastAt < 950) return response.writeHead(429, { 'retry-after': '1' }).end('rate_limited');
    lastAt = arrived;
    const isDocumented = documented.safeParse(JSON.parse(body)).success;
    return response.writeHead(isDocumented ? 200 : 400).end(isDocumented ? 'ok' : 'invalid_blocks');
  });
  await writeFile(join(folder, 'url'), `${receiver.url}${PATH}\n`);
});
afterEach(async () => {
  await receiver.close();
  await rm(folder, { recursive: true, force: true });
});

const message = (change: Parameters<typeof incident>[0] = {}, reason: NotificationMessage['reason'] = 'first'): NotificationMessage => ({
  groupKey: 'incident-1',
  reason,
  incident: incident(change),
  url: 'https://foreshock.example/#incident-1',
});
const notifier = (urlFile = join(folder, 'url')) =>
  createSlackNotifier(slackSchema.parse({ kind: 'slack', urlFile }), { clock: systemClock });
const deliver = (to: ReturnType<typeof notifier>, told = message()) =>
  to.notify({ idempotencyKey: 'a1', message: told }, new AbortController().signal);

/** Every text of the message that Slack parses. */
const parsedTexts = (sent: object): readonly string[] =>
  [...JSON.stringify(sent).matchAll(/"text":"((?:[^"\\]|\\.)*)"/g)].map(([, text]) => JSON.parse(`"${text}"`) as string);

describe('Slack', () => {
  it('gets the title, the text for people and a link, once when it opens and once when it is over', async () => {
    const slack = notifier();
    expect(await deliver(slack)).toEqual({ ok: true, value: { reference: 'HTTP 200' } });
    expect((await deliver(slack, message({ state: 'resolved', resolvedAt: at(9), because: 'quiet' }, 'resolved'))).ok).toBe(true);
    const [first, second] = receiver.received.map(({ body }) => body);
    expect(first).toContain('[critical] gateway: payments fail at 12.4 %');
    expect(first).toContain('<https://foreshock.example/#incident-1|Open in Foreshock>');
    expect(second).toContain('RESOLVED: [critical] gateway');
  });

  it('gets no more than one message a second, also of several incidents at once', async () => {
    const slack = notifier();
    const outcomes = await Promise.all([deliver(slack), deliver(slack), deliver(slack)]);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, true]);
  });

  it('that asks for patience is left alone for as long, by all', async () => {
    answers = [[429, 'rate_limited', '2']];
    const slack = notifier();
    expect(await deliver(slack)).toMatchObject({ ok: false, error: { retryable: true, retryAfterMs: 2_000 } });
    expect((await deliver(slack)).ok).toBe(true);
    const [refusedAt = 0, acceptedAt = 0] = receiver.received.map(({ at: arrived }) => arrived);
    expect(acceptedAt - refusedAt).toBeGreaterThan(1_900);
  });

  it.each([
    [400, 'invalid_blocks', false],
    [403, 'action_prohibited', false],
    [404, 'no_service', false],
    [410, 'channel_is_archived', false],
    [500, 'rollup_error', true],
  ])('that answers %i %s is told of by its word', async (status, text, retryable) => {
    answers = [[status, text]];
    const outcome = await deliver(notifier());
    expect(outcome).toMatchObject({ ok: false, error: { retryable, message: expect.stringContaining(text) } });
    expect(JSON.stringify(outcome)).not.toContain('canary');
  });

  it('waits for an address that is not there yet or is none, and never tells it', async () => {
    expect(await deliver(notifier(join(folder, 'absent')))).toMatchObject({ ok: false, error: { retryable: true } });
    await writeFile(join(folder, 'url'), 'canary.example/services');
    const outcome = await deliver(notifier());
    expect(outcome).toMatchObject({ ok: false, error: { code: 'NOTIFIER_MISCONFIGURED', retryable: true } });
    expect(JSON.stringify(outcome)).not.toContain('canary.example');
  });

  it('is not made to mention, link or format by names', () => {
    const sent = slackMessage(message({ title: HOSTILE_NAME, symptomService: HOSTILE_NAME, services: [HOSTILE_NAME], id: HOSTILE_NAME }));
    expect(documented.safeParse(sent).error?.issues ?? []).toEqual([]);
    for (const text of parsedTexts(sent)) {
      const ours = text.replace('<https://foreshock.example/#incident-1|Open in Foreshock>', '');
      expect(ours).not.toMatch(/[<>]/);
      expect(ours.replaceAll(/&(amp|lt|gt);/g, '')).not.toContain('&');
      // One fence of ours at each end, none within.
      expect(ours.replace(/^```\n/, '').replace(/```$/, '')).not.toContain('`');
    }
  });

  it('takes whatever the names are, within the limits of Block Kit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 4_000 }), fc.constantFrom('&', '<', '`', '\n', 'é', ''), (name, filler) => {
        const title = `${name}${filler.repeat(4_000)}`;
        const sent = slackMessage(message({ title, symptomService: title || 'x', services: [title] }));
        expect(documented.safeParse(sent).error?.issues ?? []).toEqual([]);
      }),
    );
  });
});
