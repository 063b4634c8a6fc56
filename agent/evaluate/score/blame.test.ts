import { expect, it } from 'vitest';
import { addBlame, scoreBlame } from './blame.ts';

it('of the first three names counts how many are blamed, of fewer where fewer are', () => {
  expect(scoreBlame(['a', 'b', 'c', 'd'], ['a', 'c', 'd', 'e'])).toEqual({ judged: 1, precisionAt3: 2 / 3, firstRight: 1 });
  expect(scoreBlame(['b', 'a', 'c'], ['a'])).toEqual({ judged: 1, precisionAt3: 0, firstRight: 0 });
  expect(scoreBlame([], ['a'])).toEqual({ judged: 1, precisionAt3: 0, firstRight: 0 });
  expect(scoreBlame(['a'], [])).toEqual({ judged: 0, precisionAt3: 0, firstRight: 0 });
  expect(addBlame([scoreBlame(['a'], ['a']), scoreBlame(['b'], ['a'])])).toEqual({ judged: 2, precisionAt3: 1, firstRight: 1 });
});
