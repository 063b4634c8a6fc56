import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import { SECOND_MS } from '../../../core/time.ts';
import { createDoor, type Door, type DoorGround } from '../door.ts';
import { createGrpcCalls } from './call.ts';

const KEEPALIVE_MS = 60 * SECOND_MS;
const KEEPALIVE_ANSWER_MS = 20 * SECOND_MS;
const STREAMS_PER_SESSION = 128;
/** Bytes on their way before anything was read: enough to fill a link of 100 ms at 80 Mbit/s. */
const STREAM_WINDOW = 1024 * 1024;
const SESSION_WINDOW = 4 * 1024 * 1024;

/**
 * OTLP/gRPC: Export of MetricsService and TraceService, gzip or identity, on HTTP/2 without TLS.
 * https://opentelemetry.io/docs/specs/otlp/#otlpgrpc
 */
export const createGrpcDoor = (ground: DoorGround): Door => {
  const { clock, limits } = ground;
  const sessions = new Set<ServerHttp2Session>();

  /** A connection that answers no ping is gone; one without a request for long is told to go (GOAWAY), which clients take well. */
  const watch = (session: ServerHttp2Session): void => {
    let cancelAnswer = (): void => undefined;
    const stopPinging = clock.every(KEEPALIVE_MS, () => {
      cancelAnswer();
      if (session.destroyed) return;
      const sent = session.ping(() => cancelAnswer());
      if (sent) cancelAnswer = clock.after(KEEPALIVE_ANSWER_MS, () => session.destroy());
    });
    let streams = 0;
    let cancelIdle = (): void => undefined;
    const beIdle = (): void => {
      cancelIdle = clock.after(limits.idleSessionMs, () => session.close());
    };
    beIdle();
    session.on('stream', (stream) => {
      cancelIdle();
      streams += 1;
      stream.once('close', () => {
        streams -= 1;
        if (streams === 0 && !session.destroyed) beIdle();
      });
    });
    sessions.add(session);
    session.on('error', () => session.destroy());
    session.once('close', () => {
      stopPinging();
      cancelAnswer();
      cancelIdle();
      sessions.delete(session);
    });
  };

  const createGrpcServer = (): Http2Server => {
    const created = createServer({
      settings: {
        maxConcurrentStreams: STREAMS_PER_SESSION,
        initialWindowSize: STREAM_WINDOW,
        maxHeaderListSize: 16 * 1024,
      },
      maxHeaderListPairs: 64,
    });
    created.maxConnections = ground.maxConnections;
    created.on('session', (session) => {
      session.setLocalWindowSize(SESSION_WINDOW);
      watch(session);
    });
    created.on('stream', createGrpcCalls(ground));
    // What is no HTTP/2 ends its connection; Node reports it here once more.
    created.on('sessionError', () => undefined);
    return created;
  };

  return createDoor(ground, {
    name: 'OTLP/gRPC',
    create: createGrpcServer,
    release() {
      for (const session of sessions) session.close();
    },
    cutOff() {
      for (const session of sessions) session.destroy();
    },
  });
};
