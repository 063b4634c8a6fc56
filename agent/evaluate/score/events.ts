import { alarmsOf, flagsOf, type RowRange } from './ranges.ts';

/**
 * How alarms are held against labeled events. An event is detected by an alarm that *begins* from one row before
 * the event until 30 minutes into it (three rows where a row is longer than ten minutes), but not after its end.
 * An alarm that was open before is not a detection: nobody would have been told. An alarm that touches no event is
 * false; one that began too early or too late for an event it touches is neither. Alarms within three rows are one.
 */
export const DETECTION_SECONDS = 1_800;
export const DETECTION_ROWS = 3;
export const EARLY_ROWS = 1;

export interface Detection {
  /** Place of the event in the list given. */
  readonly event: number;
  /** Row at which its alarm began. */
  readonly row: number;
  readonly delaySeconds: number;
}

export interface EventScore {
  readonly events: number;
  readonly detections: readonly Detection[];
  /** Rows at which alarms began that touch no event. */
  readonly falseAlarms: readonly number[];
  readonly rows: number;
  readonly rowsOutside: number;
  readonly alertRowsOutside: number;
}

export const scoreEvents = (alert: ArrayLike<number>, events: readonly RowRange[], stepSeconds: number): EventScore => {
  const alarms = alarmsOf(alert);
  const within = Math.max(Math.floor(DETECTION_SECONDS / stepSeconds), DETECTION_ROWS);
  const detections: Detection[] = [];
  for (const [event, { first, last }] of events.entries()) {
    const until = Math.min(last, first + within);
    const alarm = alarms.find((one) => one.first >= first - EARLY_ROWS && one.first <= until);
    if (alarm !== undefined) detections.push({ event, row: alarm.first, delaySeconds: Math.max(0, alarm.first - first) * stepSeconds });
  }
  const touches = (alarm: RowRange): boolean => events.some(({ first, last }) => alarm.first <= last && alarm.last >= first - EARLY_ROWS);
  const inside = flagsOf(events, alert.length);
  let rowsOutside = 0;
  let alertRowsOutside = 0;
  for (let row = 0; row < alert.length; row += 1) {
    if (inside[row] !== 0) continue;
    rowsOutside += 1;
    if (alert[row] !== 0) alertRowsOutside += 1;
  }
  return {
    events: events.length,
    detections,
    falseAlarms: alarms.filter((alarm) => !touches(alarm)).map(({ first }) => first),
    rows: alert.length,
    rowsOutside,
    alertRowsOutside,
  };
};

/** Of events found and false alarms; NaN where there is nothing to be right or wrong about. */
export const precisionOf = (found: number, falseAlarms: number): number => found / (found + falseAlarms);
export const f1Of = (found: number, falseAlarms: number, events: number): number => (2 * found) / (found + falseAlarms + events);
