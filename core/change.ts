import type { Instant } from './time.ts';

/** Something somebody did on purpose that may explain a shift. Our own scaling is one of them. */
export interface ChangeEvent {
  readonly id: string;
  readonly at: Instant;
  readonly tenant: string;
  readonly kind: 'deploy' | 'config' | 'flag' | 'migration' | 'scale' | 'node' | 'calendar' | 'routing';
  /** service.name it applies to, where one is known. */
  readonly service?: string;
  readonly summary: string;
  /** Named parts of the change, for example { provider: 'psp-north', issuer: 'birch' }. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Who reported it: a collector's name, 'api', or 'foreshock' for our own actions. */
  readonly source: string;
}
