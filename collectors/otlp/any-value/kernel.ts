import { LIMITS } from '../../../core/limits.ts';
import { type Cursor, checkUtf8, enterField, enterFixed64, expectWire, MalformedProtobuf, readTag, skipField } from '../kernel.ts';

/** Walks an AnyValue and refuses what is malformed in it, however deep. */
export const checkAnyValue = (c: Cursor, end: number, depth: number): void => {
  if (depth > LIMITS.nestingDepth) {
    throw new MalformedProtobuf(c.at, `an attribute value is nested more than ${LIMITS.nestingDepth} deep`, 'nesting_limit');
  }
  while (c.at < end) {
    const tag = readTag(c, end);
    switch (tag >>> 3) {
      case 1: {
        const stop = enterField(c, tag, end);
        checkUtf8(c, c.at, stop);
        c.at = stop;
        break;
      }
      case 2:
      case 3:
        expectWire(c, tag, 0);
        skipField(c, tag, end);
        break;
      case 4:
        enterFixed64(c, tag, end);
        break;
      case 5:
      case 6: {
        const isPairs = tag >>> 3 === 6;
        const stop = enterField(c, tag, end);
        while (c.at < stop) {
          const item = readTag(c, stop);
          if (item >>> 3 !== 1) skipField(c, item, stop);
          else if (isPairs) checkKeyValue(c, enterField(c, item, stop), depth + 2);
          else checkAnyValue(c, enterField(c, item, stop), depth + 2);
        }
        break;
      }
      case 7:
        c.at = enterField(c, tag, end);
        break;
      default:
        skipField(c, tag, end);
    }
  }
};

const checkKeyValue = (c: Cursor, end: number, depth: number): void => {
  while (c.at < end) {
    const tag = readTag(c, end);
    if (tag >>> 3 === 1) {
      const stop = enterField(c, tag, end);
      checkUtf8(c, c.at, stop);
      c.at = stop;
    } else if (tag >>> 3 === 2) checkAnyValue(c, enterField(c, tag, end), depth);
    else skipField(c, tag, end);
  }
};
