import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../core/system-clock.ts';
import { type Children, createChildren } from './children.ts';

describe('a child of the demo that exits before it is told to', () => {
  let children: Children | undefined;
  afterEach(() => children?.stopAll());

  it.each([
    ['a service, even in peace', undefined, 0, ['child 0']],
    ['the load generator, its arrivals all sent', true, 0, []],
    ['the load generator, for a reason', true, 3, ['child 3']],
  ])('is a failure or its end: %s', async (_which, endsByItself, code, failures) => {
    const heard: string[] = [];
    children = createChildren(systemClock, ({ name }, exit) => heard.push(`${name} ${exit}`));
    const spec = { name: 'child', command: process.execPath, args: ['-e', `process.exit(${code})`] };
    const child = children.start(endsByItself === undefined ? spec : { ...spec, endsByItself });
    expect(await child.exited).toBe(code);
    expect(heard).toEqual(failures);
  });
});
