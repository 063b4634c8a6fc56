/** NumberDataPoint (opentelemetry/proto/metrics/v1/metrics.proto), of gauges and sums. */
import { POINT_COUNTER_CUMULATIVE, POINT_COUNTER_DELTA } from '../../../../core/batch.ts';
import {
  type Cursor,
  enterField,
  enterFixed64,
  hashRange,
  int64At,
  MalformedProtobuf,
  millisAt,
  readTag,
  readVarint,
  skipField,
} from '../../kernel.ts';
import { type MetricPlace, NO_RECORDED_VALUE, type PointGround, type PointReader, type RequestScan, reject } from '../point/kernel.ts';
import { growSamples, type SampleRows } from '../rows.ts';

export const createNumberReader = (ground: PointGround, samples: SampleRows): PointReader => {
  const { seed1, seed2 } = ground;

  return (c: Cursor, end: number, request: RequestScan, metric: MetricPlace): void => {
    const { bytes } = c;
    const from = c.at;
    let a1 = 0;
    let a2 = 0;
    let timeAt = -1;
    let startAt = -1;
    let value = 0;
    let hasValue = false;
    let flags = 0;
    while (c.at < end) {
      // Nearly every attribute has a tag and a length of one byte each; what is longer, or wrong, takes the way below.
      const quick = c.at + 2 + bytes[c.at + 1]!;
      if (bytes[c.at] === 58 && bytes[c.at + 1]! < 0x80 && quick <= end) {
        hashRange(c, c.at + 2, quick, seed1, seed2);
        a1 = (a1 + c.h1) | 0;
        a2 = (a2 + c.h2) | 0;
        c.at = quick;
        continue;
      }
      const tag = readTag(c, end);
      switch (tag) {
        case 58: {
          const stop = enterField(c, tag, end);
          hashRange(c, c.at, stop, seed1, seed2);
          a1 = (a1 + c.h1) | 0;
          a2 = (a2 + c.h2) | 0;
          c.at = stop;
          break;
        }
        case 17:
          startAt = enterFixed64(c, tag, end);
          break;
        case 25:
          timeAt = enterFixed64(c, tag, end);
          break;
        case 33:
          value = c.view.getFloat64(enterFixed64(c, tag, end), true);
          hasValue = true;
          break;
        case 49:
          value = int64At(c.view, enterFixed64(c, tag, end));
          hasValue = true;
          break;
        case 64:
          flags = readVarint(c, end);
          break;
        default: {
          const field = tag >>> 3;
          if (field >= 2 && field <= 8 && tag !== 42)
            throw new MalformedProtobuf(c.at, `wire type ${tag & 7} of field ${field} of a data point`);
          skipField(c, tag, end);
        }
      }
    }
    request.offered += 1;
    // A gap the sender declares is kept as a gap: there is no value to hand on, and none to reject.
    if ((flags & NO_RECORDED_VALUE) !== 0) {
      request.gaps += 1;
      return;
    }
    const time = timeAt < 0 ? 0 : millisAt(c.view, timeAt);
    const start = startAt < 0 ? 0 : millisAt(c.view, startAt);
    if (!ground.checkTimes(c, request, metric, timeAt, time, startAt, start)) return;
    if (!Number.isFinite(value)) {
      if (Number.isNaN(value)) reject(c, request, metric, 'nan_value', () => 'the value is NaN');
      else reject(c, request, metric, 'non_finite', () => `the value is ${value}`);
      return;
    }
    if (!hasValue) {
      reject(c, request, metric, 'no_value', () => 'the point carries neither as_double nor as_int');
      return;
    }
    if (value < 0 && (metric.pointType === POINT_COUNTER_CUMULATIVE || metric.pointType === POINT_COUNTER_DELTA)) {
      reject(c, request, metric, 'invalid_monotonic', () => `a monotonic sum of ${value}`);
      return;
    }
    const row = samples.length;
    if (row === samples.stream.length) growSamples(samples);
    samples.stream[row] = ground.streamOf(request, metric, a1, a2, row, 0, from, end);
    samples.type[row] = metric.pointType;
    samples.time[row] = time;
    samples.start[row] = start === 0 ? Number.NaN : start;
    samples.value[row] = value;
    samples.length = row + 1;
  };
};
