import { notificationText, notificationTitle } from '../message-text.ts';
import type { NotificationMessage } from '../notifier.ts';

/** Limits of Block Kit. */
const HEADER_CHARACTERS = 150;
const SECTION_CHARACTERS = 3_000;

/**
 * Slack's control characters: nothing that came from telemetry mentions a channel, makes a link or ends a code block.
 * An apostrophe looks like the backtick it replaces.
 */
const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('`', "'");

/** As much as fits once escaped: an entity that is cut in two would show as it is written. */
const fitted = (text: string, characters: number): string => {
  if (escapeText(text).length <= characters) return escapeText(text);
  let kept = '';
  for (const character of text) {
    const escaped = escapeText(character);
    if (kept.length + escaped.length > characters - 3) break;
    kept += escaped;
  }
  return `${kept}...`;
};

const FENCE = '```';

/** Whole lines, as many as fit. */
const preformatted = (lines: readonly string[]): string => {
  const room = SECTION_CHARACTERS - 2 * FENCE.length - 8;
  let text = '';
  for (const line of lines.map(escapeText)) {
    if (text.length + line.length + 1 > room) return `${FENCE}\n${text}...\n${FENCE}`;
    text += `${line}\n`;
  }
  return `${FENCE}\n${text}${FENCE}`;
};

/** The address stands between `<` and `|`: what would end it is encoded. */
const link = (url: string): readonly string[] =>
  URL.canParse(url) ? [`<${escapeText(new URL(url).href).replaceAll('|', '%7C')}|Open in Foreshock>`] : [];

/** One message in Block Kit: title, the text for people as it is, a link. */
export const slackMessage = (message: NotificationMessage): object => {
  const { incident, url } = message;
  const title = notificationTitle(message);
  const [, ...details] = notificationText(message).split('\n');
  const facts = [...(url === undefined ? [] : link(url)), escapeText(`${incident.severity}, ${incident.state}, incident ${incident.id}`)];
  return {
    // For notifications on lock screens; blocks replace it in the channel.
    text: escapeText(title),
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: fitted(title, HEADER_CHARACTERS), emoji: false } },
      { type: 'section', text: { type: 'mrkdwn', text: preformatted(details), verbatim: true } },
      { type: 'context', elements: [{ type: 'mrkdwn', text: facts.join('  '), verbatim: true }] },
    ],
  };
};
