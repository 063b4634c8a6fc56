/**
 * SummaryDataPoint (opentelemetry/proto/metrics/v1/metrics.proto): count and sum since the start, read as a histogram of
 * one bucket. Quantiles of single instances can neither be rated nor put together, so they are left out.
 */
import { type Cursor, MalformedProtobuf, readTag, readVarint, skipField } from '../../kernel.ts';
import { addDistribution, createDistribution, readAttribute, readTimeCountOrSum, resetDistribution } from '../histogram/row/kernel.ts';
import type { MetricPlace, PointGround, PointReader, RequestScan } from '../point/kernel.ts';
import { type HistogramRows, pushBucket } from '../rows.ts';

export const createSummaryReader = (ground: PointGround, histograms: HistogramRows): PointReader => {
  const point = createDistribution();

  return (c: Cursor, end: number, request: RequestScan, metric: MetricPlace): void => {
    const bucketFrom = histograms.buckets;
    resetDistribution(point, c.at, end);
    // Without presence, a sum that was not sent is a sum of zero.
    point.sum = 0;
    while (c.at < end) {
      const tag = readTag(c, end);
      switch (tag) {
        case 58:
          readAttribute(c, tag, end, ground, point);
          break;
        case 64:
          point.flags = readVarint(c, end);
          break;
        default: {
          if (readTimeCountOrSum(c, tag, end, point)) break;
          const field = tag >>> 3;
          if (field >= 2 && field <= 8 && tag !== 50)
            throw new MalformedProtobuf(c.at, `wire type ${tag & 7} of field ${field} of a summary point`);
          skipField(c, tag, end);
        }
      }
    }
    pushBucket(histograms, point.count);
    addDistribution(c, ground, histograms, request, metric, point, undefined, histograms.bounds, bucketFrom);
  };
};
