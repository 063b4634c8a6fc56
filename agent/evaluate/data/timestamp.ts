const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?)? ?(Z|[+-]\d\d:?\d\d)?$/i;
const EPOCH = /^[+-]?\d+(\.\d+)?$/;
/** The year 5138: a larger number counts milliseconds or less. */
const EPOCH_AT_MOST = 1e11;

const MS_A_SECOND = 1_000;
const SECONDS_A_MINUTE = 60;

const offsetSeconds = (zone: string | undefined): number => {
  if (zone === undefined || zone.toUpperCase() === 'Z') return 0;
  const digits = zone.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * SECONDS_A_MINUTE + Number(digits.slice(2));
  return (zone.startsWith('-') ? -1 : 1) * minutes * SECONDS_A_MINUTE;
};

/** Seconds since the epoch of an ISO 8601 time (UTC unless it says otherwise) or of a number of seconds; NaN if it is neither. */
export const parseTimestamp = (text: string): number => {
  if (EPOCH.test(text)) {
    const seconds = Number(text);
    return Math.abs(seconds) < EPOCH_AT_MOST ? seconds : Number.NaN;
  }
  const parts = ISO.exec(text);
  if (parts === null) return Number.NaN;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0', zone] = parts;
  const at = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const read = new Date(at);
  // 31 February rolls over to March: no such day.
  const rolled = read.getUTCMonth() + 1 !== Number(month) || read.getUTCDate() !== Number(day) || read.getUTCHours() !== Number(hour);
  const beyond = Number(minute) >= SECONDS_A_MINUTE || Number(second) >= SECONDS_A_MINUTE;
  return rolled || beyond ? Number.NaN : at / MS_A_SECOND + Number(fraction) - offsetSeconds(zone);
};
