/**
 * Finds what must never reach the disk, by validators and not by shape alone: card numbers (Luhn, ISO/IEC 7812),
 * IBANs (mod 97, ISO 13616), e-mail addresses and JSON Web Tokens. What is found is replaced in place, so that
 * "/cards/4111111111111111" stays one low-cardinality name.
 */
export const REDACTED = '[REDACTED]';

interface Span {
  readonly from: number;
  readonly to: number;
}

export const isLuhnValid = (digits: string): boolean => {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const doubled = digit * 2;
    sum += i % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
};

const DIGIT_RUN = /\d(?:[\s-]{0,2}\d){12,}/g;
const GROUP = /\d+/g;

/** Every 13 to 19 digits between group borders: a card number may stand beside its expiry date. */
const cardSpans = (text: string): readonly Span[] => {
  const spans: Span[] = [];
  for (const run of text.matchAll(DIGIT_RUN)) {
    const groups = [...run[0].matchAll(GROUP)].map((group) => ({ from: run.index + group.index, digits: group[0] }));
    let first = 0;
    while (first < groups.length) {
      const last = lastGroupOfCard(groups, first);
      const start = groups[first];
      const stop = last === undefined ? undefined : groups[last];
      if (start !== undefined && stop !== undefined && last !== undefined) {
        spans.push({ from: start.from, to: stop.from + stop.digits.length });
        first = last + 1;
      } else first += 1;
    }
  }
  return spans;
};

const lastGroupOfCard = (groups: readonly { readonly digits: string }[], first: number): number | undefined => {
  let digits = '';
  let found: number | undefined;
  for (let last = first; last < groups.length && digits.length < 19; last += 1) {
    digits += groups[last]?.digits ?? '';
    // No issuer begins with 0, which keeps zero-padded counters out.
    if (digits.length >= 13 && digits.length <= 19 && digits[0] !== '0' && isLuhnValid(digits)) found = last;
  }
  return found;
};

/** Length of an IBAN by country (SWIFT IBAN registry). */
const IBAN_LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 ' +
    'FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ' +
    'ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ' +
    'ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))] as const),
);

export const isIban = (text: string): boolean => {
  if (IBAN_LENGTHS.get(text.slice(0, 2)) !== text.length) return false;
  let remainder = 0;
  for (const character of text.slice(4) + text.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
};

const IBAN_START = /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?=[ -]?[A-Za-z0-9])/g;
const ALPHANUMERIC = /[A-Za-z0-9]/;

const ibanSpans = (text: string): readonly Span[] => {
  const spans: Span[] = [];
  for (const match of text.matchAll(IBAN_START)) {
    const length = IBAN_LENGTHS.get(match[0].slice(0, 2).toUpperCase());
    if (length === undefined) continue;
    let compact = '';
    let at = match.index;
    while (at < text.length && compact.length < length) {
      const character = text[at] as string;
      if (ALPHANUMERIC.test(character)) compact += character.toUpperCase();
      else if (character !== ' ' && character !== '-') break;
      at += 1;
    }
    const ends = at >= text.length || !ALPHANUMERIC.test(text[at] as string);
    if (ends && isIban(compact)) spans.push({ from: match.index, to: at });
  }
  return spans;
};

// Every repetition is bounded, so that no input makes matching slower than linear by more than its bound.
const EMAIL = /[\p{L}\p{N}._%+'-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}[\p{L}]{2,24}/gu;
const JWT = /eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{4,}\.?[A-Za-z0-9_-]*/g;

const regexSpans = (text: string, pattern: RegExp): readonly Span[] =>
  [...text.matchAll(pattern)].map((match) => ({ from: match.index, to: match.index + match[0].length }));

const HAS_THIRTEEN_DIGITS = /(?:\d[^\d]{0,2}){13}/;

const sensitiveSpans = (text: string): readonly Span[] => [
  ...(text.includes('eyJ') ? regexSpans(text, JWT) : []),
  ...(text.includes('@') ? regexSpans(text, EMAIL) : []),
  ...(text.length >= 15 ? ibanSpans(text) : []),
  ...(text.length >= 13 && HAS_THIRTEEN_DIGITS.test(text) ? cardSpans(text) : []),
];

/** The text with every sensitive part replaced; the same string when there is none. */
export const redactText = (text: string): string => {
  const spans = [...sensitiveSpans(text)].sort((a, b) => a.from - b.from || b.to - a.to);
  if (spans.length === 0) return text;
  let out = '';
  let at = 0;
  for (const span of spans) {
    if (span.to <= at) continue;
    if (span.from >= at) out += text.slice(at, span.from) + REDACTED;
    at = span.to;
  }
  return out + text.slice(at);
};
