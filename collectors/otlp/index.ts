import { randomInt } from 'node:crypto';
import type { Timer, WallClock } from '../../core/clock.ts';
import { LIMITS } from '../../core/limits.ts';
import { DEFAULT_TENANT } from '../../core/names.ts';
import { type Failure, type Outcome, succeed } from '../../core/outcome.ts';
import { SECOND_MS } from '../../core/time.ts';
import { createAdmissionGate } from '../intake/admit.ts';
import type { IntakeSide } from '../intake/intake.ts';
import type { Ledger } from '../intake/ledger.ts';
import type { DoorGround, ReceiverLimits } from './door.ts';
import { createExportService } from './export-service.ts';
import { createGrpcDoor } from './grpc/server.ts';
import { createHttpDoor } from './http/server.ts';

export interface OtlpReceiverOptions {
  /** OTLP/HTTP: 4318 by convention; 0 takes a free one. */
  readonly port: number;
  /** OTLP/gRPC: 4317 by convention; 0 takes a free one. */
  readonly grpcPort: number;
  /** Address to listen on; 127.0.0.1 unless told. */
  readonly host?: string;
  /** Whom everything on these ports belongs to: a tenant is configured, never taken from a payload. */
  readonly tenant?: string;
  readonly limits?: Partial<ReceiverLimits>;
  /** Connections at once and door; beyond it new ones are closed. */
  readonly maxConnections?: number;
}

export interface OtlpReceiverDependencies {
  /** What createIntake returned. */
  readonly intake: IntakeSide;
  readonly clock: WallClock & Timer;
  /** Bugs: they are answered so that senders keep the data, and reported here. */
  readonly onBug?: (error: unknown) => void;
  /** Seeds of the hash tables; drawn from the system unless told. */
  readonly salt?: readonly [number, number];
}

export interface OtlpReceiver {
  start(): Promise<Outcome<{ readonly port: number; readonly grpcPort: number }, Failure<'PORT_UNAVAILABLE'>>>;
  /** Stops listening, lets requests under way finish for up to 5 s, then closes what is left. */
  close(): Promise<void>;
  readonly ledger: Ledger;
}

const CLOSE_GRACE_MS = 5 * SECOND_MS;
const MAX_CONNECTIONS = 1_024;

/** The two doors of OTLP, HTTP and gRPC, on one export service, one budget of memory and one ledger. */
export const createOtlpReceiver = (options: OtlpReceiverOptions, deps: OtlpReceiverDependencies): OtlpReceiver => {
  const limits: ReceiverLimits = { ...LIMITS, ...options.limits };
  const { clock, intake } = deps;
  const { ledger } = intake;
  // Half of the budget each: a request being decoded never waits for one being received, so neither can block the other.
  const share = { bytes: limits.admittedBytes / 2, waiters: limits.admissionWaiters, waitMs: 10 * SECOND_MS };
  const decoding = createAdmissionGate(share, clock);
  const salt = deps.salt ?? ([randomInt(0xffffffff), randomInt(0xffffffff)] as const);
  const ground: DoorGround = {
    clock,
    ledger,
    limits,
    receiving: createAdmissionGate(share, clock),
    service: createExportService(options.tenant ?? DEFAULT_TENANT, { intake, clock, gate: decoding, limits, salt }),
    onBug: deps.onBug ?? (() => undefined),
    maxConnections: options.maxConnections ?? MAX_CONNECTIONS,
    closeGraceMs: CLOSE_GRACE_MS,
  };
  const http = createHttpDoor(ground);
  const grpc = createGrpcDoor(ground);

  return {
    ledger,
    async start() {
      const host = options.host ?? '127.0.0.1';
      const opened = await http.open(host, options.port);
      if (!opened.ok) return opened;
      const grpcOpened = await grpc.open(host, options.grpcPort);
      if (!grpcOpened.ok) {
        await http.close();
        return grpcOpened;
      }
      return succeed({ port: opened.value.port, grpcPort: grpcOpened.value.port });
    },
    async close() {
      await Promise.all([http.close(), grpc.close()]);
    },
  };
};
