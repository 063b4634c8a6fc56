import type { Clock } from '../../../core/clock.ts';
import type { Random } from '../../../core/random.ts';
import type { ServiceConfig, ServiceName } from '../config.ts';
import type { FaultSwitch } from '../faults.ts';
import type { AdminRoutes } from '../http/admin.ts';
import type { Reply, Route } from '../http/instrumented-server.ts';
import type { Peer } from '../http/peer.ts';
import type { Telemetry } from '../telemetry.ts';

/** What a service is given. */
export interface ServiceContext {
  readonly config: ServiceConfig;
  readonly clock: Clock;
  /** The service's own stream of draws. */
  readonly random: Random;
  readonly telemetry: Telemetry;
  /** A service it calls. Throws when its URL is not configured: a mistake of the caller, seen at start. */
  peer(name: ServiceName): Peer;
}

/** What a service is made of; service.ts gives it its ports and its life. */
export interface ServiceParts {
  readonly routes: readonly Route[];
  readonly adminRoutes: AdminRoutes;
  readonly faults: FaultSwitch;
  /** Work before the first payment; /readyz says 503 until it resolves. */
  warmUp(): Promise<void>;
  close(): void;
}

export const badRequest = (message: string): Reply => ({ status: 400, body: { error: 'INVALID_REQUEST', message } });
