import { useCallback, useEffect, useReducer } from 'preact/hooks';
import type { AgentState } from '../../agent/api/contract.ts';
import { mergeState } from './merge-state.ts';

export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'lost'; readonly why: string; readonly retryInSeconds: number }
  | { readonly kind: 'locked'; readonly refused: boolean };

interface Model {
  readonly connection: Connection;
  readonly state: AgentState | undefined;
}

type Message =
  | { readonly kind: 'state' | 'update'; readonly state: AgentState }
  | { readonly kind: 'connection'; readonly connection: Connection };

const reduce = (model: Model, message: Message): Model => {
  if (message.kind === 'connection') return { ...model, connection: message.connection };
  const whole = message.kind === 'state' || model.state === undefined;
  return { connection: { kind: 'live' }, state: whole ? message.state : mergeState(model.state, message.state) };
};

/** The token lives as long as the tab. */
const TOKEN_KEY = 'foreshock-token';
export const storedToken = (): string | null => sessionStorage.getItem(TOKEN_KEY);
export const authorization = (): Record<string, string> => {
  const token = storedToken();
  return token === null ? {} : { authorization: `Bearer ${token}` };
};

/** Longer than the server's heartbeat: after this much silence the connection is dead, whatever the socket says. */
const SILENCE_MS = 40_000;
const RETRY_SECONDS = [1, 2, 4, 8, 15] as const;

/** Reads server-sent events with fetch, since EventSource cannot carry a token. Returns when the stream ends. */
const readStream = async (body: ReadableStream<Uint8Array>, onFrame: (event: string, data: string) => void, onBytes: () => void) => {
  const reader = body.pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>).getReader();
  let pending = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onBytes();
    pending += value;
    const frames = pending.split('\n\n');
    pending = frames.pop() ?? '';
    for (const frame of frames) {
      const lines = frame.split('\n');
      const event = lines.find((line) => line.startsWith('event: '))?.slice(7);
      const data = lines.find((line) => line.startsWith('data: '))?.slice(6);
      if (event !== undefined && data !== undefined) onFrame(event, data);
    }
  }
};

const openStream = async (signal: AbortSignal, dispatch: (message: Message) => void, onBytes: () => void): Promise<'locked' | string> => {
  const answer = await fetch('/api/v1/events', { headers: { accept: 'text/event-stream', ...authorization() }, signal, cache: 'no-store' });
  if (answer.status === 401) return 'locked';
  if (!answer.ok || answer.body === null) return `the agent answered ${answer.status}`;
  await readStream(
    answer.body,
    (event, data) => {
      if (event === 'state' || event === 'update') dispatch({ kind: event, state: JSON.parse(data) as AgentState });
    },
    onBytes,
  );
  return 'the agent closed the connection';
};

export interface AgentConnection extends Model {
  readonly retry: () => void;
  readonly unlock: (token: string) => void;
}

/** Holds the stream open, tries again by itself with growing pauses, and at once when asked to. */
export const useAgent = (): AgentConnection => {
  const [model, dispatch] = useReducer(reduce, { connection: { kind: 'connecting' }, state: undefined } as Model);
  const [attempt, retry] = useReducer((count: number) => count + 1, 0);

  useEffect(() => {
    let stopped = false;
    let failures = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let abort = new AbortController();

    const connect = async (): Promise<void> => {
      abort = new AbortController();
      const current = abort;
      let silence = setTimeout(() => current.abort(), SILENCE_MS);
      const heard = (): void => {
        failures = 0;
        clearTimeout(silence);
        silence = setTimeout(() => current.abort(), SILENCE_MS);
      };
      const why = await openStream(current.signal, dispatch, heard).catch(() => 'the agent cannot be reached');
      clearTimeout(silence);
      if (stopped) return;
      if (why === 'locked') {
        dispatch({ kind: 'connection', connection: { kind: 'locked', refused: storedToken() !== null } });
        return;
      }
      const retryInSeconds = RETRY_SECONDS[Math.min(failures, RETRY_SECONDS.length - 1)] as number;
      failures += 1;
      dispatch({ kind: 'connection', connection: { kind: 'lost', why, retryInSeconds } });
      timer = setTimeout(connect, retryInSeconds * 1_000);
    };
    void connect();
    return () => {
      stopped = true;
      clearTimeout(timer);
      abort.abort();
    };
  }, [attempt]);

  const unlock = useCallback((token: string) => {
    sessionStorage.setItem(TOKEN_KEY, token);
    retry(undefined as never);
  }, []);
  return { ...model, retry: () => retry(undefined as never), unlock };
};
