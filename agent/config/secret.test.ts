import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { secret } from './secret.ts';

describe('a secret', () => {
  it('is seen only by who asks for it', () => {
    const token = secret('canary-1234');
    const shown = [
      String(token),
      `${token}`,
      JSON.stringify({ token }),
      inspect({ token }),
      inspect(token, { showHidden: true }),
      Object.keys(token).join(),
    ];
    expect(shown.join()).not.toContain('canary');
    expect(token.reveal()).toBe('canary-1234');
  });
});
