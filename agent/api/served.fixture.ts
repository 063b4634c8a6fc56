import { request } from 'node:http';
import { fail, succeed } from '../../core/outcome.ts';
import { createSimulatedClock } from '../../core/simulated-clock.ts';
import { fixtureState } from '../../test/page-fixture.ts';
import { fixtureArchive } from './archive.fixture.ts';
import { createApiServer } from './server.ts';

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly allow: string | undefined;
  readonly text: string;
}

export interface ServedFixture {
  readonly port: number;
  ask(method: string, path: string, headers?: Readonly<Record<string, string>>, body?: string): Promise<Answer>;
  close(): Promise<void>;
}

/** The API over a state with an open incident, hostile names included where asked for. */
export const serveFixture = async (
  options: { readonly token?: string; readonly hostile?: boolean; readonly withoutDemo?: boolean; readonly staticDirectory?: string } = {},
): Promise<ServedFixture> => {
  const state = fixtureState({ scenario: 'incident', step: 1_763_808_000, hostile: options.hostile === true });
  const server = createApiServer(
    {
      host: '127.0.0.1',
      port: 0,
      staticDirectory: options.staticDirectory ?? '/nowhere',
      ...(options.token === undefined ? {} : { token: options.token }),
    },
    {
      timer: createSimulatedClock(0),
      view: {
        state: () => state,
        subscribe: () => () => {},
        incident: (id) => state.incidents.find((incident) => incident.id === id),
        signal: (key) => state.signals.find((series) => series.key === key),
      },
      archive: fixtureArchive(state),
      metrics: async () => 'foreshock_steps_total 7\n',
      health: () => ({ live: true, ready: false, reasons: ['replaying the log'] }),
      postChanges: async (changes) => succeed(changes.map(({ id = 'c', at = 0 }) => ({ id, at, status: 'stored' as const }))),
      ...(options.withoutDemo === true
        ? {}
        : { demoFault: async (id: string) => (id === 'slow' ? succeed(undefined) : fail('UNKNOWN_FAULT', 'no fault has this id')) }),
    },
  );
  const started = await server.start();
  if (!started.ok) throw new Error(started.error.message);
  return {
    port: started.value.port,
    ask: (method, path, headers = {}, body) =>
      new Promise((resolve, reject) => {
        const outgoing = request({ host: '127.0.0.1', port: started.value.port, method, path, headers }, (incoming) => {
          const { statusCode = 0, headers: told } = incoming;
          let text = '';
          const answer = (): Answer => ({ status: statusCode, type: told['content-type'] ?? '', allow: told.allow, text });
          incoming.setEncoding('utf8');
          incoming.on('data', (part: string) => {
            text += part;
            // An event stream has no end of its own.
            if (told['content-type']?.startsWith('text/event-stream') !== true || !text.includes('\n\nevent: ')) return;
            resolve(answer());
            outgoing.destroy();
          });
          incoming.on('end', () => resolve(answer()));
          incoming.on('error', reject);
        });
        outgoing.on('error', reject);
        outgoing.end(body);
      }),
    close: () => server.close(),
  };
};
