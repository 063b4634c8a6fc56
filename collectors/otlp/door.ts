import type { AddressInfo, Server } from 'node:net';
import type { Timer } from '../../core/clock.ts';
import type { Limits } from '../../core/limits.ts';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import type { DurationMs } from '../../core/time.ts';
import type { AdmissionGate } from '../intake/admit.ts';
import type { Ledger } from '../intake/ledger.ts';
import type { ExportService } from './export-service.ts';

/** The limits of what comes in; each is explained in core/limits.ts. */
export type ReceiverLimits = Pick<
  Limits,
  | 'compressedBytes'
  | 'decompressedBytes'
  | 'jsonBytes'
  | 'admittedBytes'
  | 'admissionWaiters'
  | 'headersTimeoutMs'
  | 'bodyTimeoutMs'
  | 'idleSessionMs'
>;

/** What both doors stand on: one service, one budget of memory, one ledger. */
export interface DoorGround {
  readonly clock: Timer;
  readonly ledger: Ledger;
  readonly limits: ReceiverLimits;
  /** Bytes of bodies that are being received. */
  readonly receiving: AdmissionGate;
  readonly service: ExportService;
  readonly onBug: (error: unknown) => void;
  /** Connections at once, for each door; beyond it new ones are closed. */
  readonly maxConnections: number;
  /** How long requests under way may take to finish once the door closes. */
  readonly closeGraceMs: DurationMs;
}

export type Listening = Outcome<{ readonly port: number }, Failure<'PORT_UNAVAILABLE'>>;

export interface Door {
  open(host: string, port: number): Promise<Listening>;
  /** Takes no new request, lets those under way finish, then closes what is left. */
  close(): Promise<void>;
}

const listenOn = (server: Server, what: string, host: string, port: number): Promise<Listening> =>
  new Promise((resolve) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'another process listens there' : (cause.code ?? cause.message);
      resolve(fail('PORT_UNAVAILABLE', `${what} cannot listen on ${host}:${port}: ${why}`, { cause }));
    });
    server.listen(port, host, () => resolve(succeed({ port: (server.address() as AddressInfo).port })));
  });

interface Behind<Kind extends Server> {
  /** Of messages. */
  readonly name: string;
  readonly create: () => Kind;
  /** Asks connections to go, as soon as nothing is under way on them. */
  readonly release: (server: Kind) => void;
  readonly cutOff: (server: Kind) => void;
}

/** Opens and closes the same way, whatever server stands behind it. */
export const createDoor = <Kind extends Server>(
  { clock, closeGraceMs }: DoorGround,
  { name, create, release, cutOff }: Behind<Kind>,
): Door => {
  let server: Kind | undefined;
  return {
    async open(host, port) {
      const listening = create();
      const outcome = await listenOn(listening, name, host, port);
      if (outcome.ok) server = listening;
      return outcome;
    },
    close() {
      const closing = server;
      server = undefined;
      if (closing === undefined) return Promise.resolve();
      return new Promise((resolve) => {
        const cancel = clock.after(closeGraceMs, () => cutOff(closing));
        closing.close(() => {
          cancel();
          resolve();
        });
        release(closing);
      });
    },
  };
};
