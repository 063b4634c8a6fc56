import { describe, expect, it } from 'vitest';
import { parseConfig, serviceConfigSchema } from './config.ts';

const parse = (...args: readonly string[]) => parseConfig(serviceConfigSchema, args);

describe('service configuration', () => {
  it('reads flags, peers and defaults', () => {
    const parsed = parse(
      '--service',
      'router',
      '--admin-port',
      '9001',
      '--peer',
      'psp-north=http://127.0.0.1:1',
      '--peer',
      'psp-south=http://127.0.0.1:2',
      '--otlp-url',
      'http://127.0.0.1:4318/',
    );
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        service: 'router',
        port: 0,
        adminPort: 9_001,
        otlpUrl: 'http://127.0.0.1:4318',
        slots: 2,
        peers: { 'psp-north': 'http://127.0.0.1:1', 'psp-south': 'http://127.0.0.1:2' },
      },
    });
  });

  it.each([
    ['an unknown service', ['--service', 'mint'], 'service'],
    ['no service', [], 'service'],
    ['a port that is none', ['--service', 'risk', '--port', '70000'], 'port'],
    ['a peer that is no URL', ['--service', 'risk', '--peer', 'ledger=somewhere'], 'peers.ledger'],
    ['an unknown flag', ['--service', 'risk', '--colour', 'red'], 'colour'],
    ['a file that is not there', ['--config', '/nowhere/at/all.json'], '/nowhere/at/all.json'],
  ])('names the mistake: %s', (_, args, named) => {
    expect(parse(...args)).toMatchObject({ ok: false, error: { code: 'INVALID_CONFIG', message: expect.stringContaining(named) } });
  });
});
