import type { TimeScale } from '../../core/time.ts';
import { createDeployWatch, type DeployWatch } from './deploy-verdict.ts';
import type { DeployState } from './state.ts';

const FORMAT = 1;

interface Written {
  readonly format: number;
  readonly windowSteps: number;
  readonly state: DeployState;
}

/** The whole state; numbers come back from JSON bit for bit. */
export const snapshotDeployWatch = ({ windowSteps, state }: DeployWatch): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ format: FORMAT, windowSteps, state } satisfies Written));

/** Undefined when the bytes are of another format or of another time scale: then watching begins anew, and costs nothing else its state. */
export const restoreDeployWatch = (bytes: Uint8Array, scale: TimeScale): DeployWatch | undefined => {
  try {
    const { format, windowSteps, state } = JSON.parse(new TextDecoder().decode(bytes)) as Written;
    const watch = createDeployWatch(scale, state);
    return format === FORMAT && windowSteps === watch.windowSteps ? watch : undefined;
  } catch {
    return undefined;
  }
};
