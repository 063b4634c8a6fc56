import {
  createNormalizer,
  type Normalizer,
  type NormalizerDependencies,
  type NormalizerOptions,
  restoreNormalizer,
} from '../collectors/normalize/index.ts';
import type { StepSource } from './shard.ts';

/** collectors/normalize as the shard holds it: replaced as a whole when a snapshot is restored. */
export const createStepSource = (options: NormalizerOptions, deps: NormalizerDependencies): StepSource => {
  let normalizer: Normalizer = createNormalizer(options, deps);
  return {
    consume: (batch, position) => normalizer.consume(batch, position),
    closeSteps: (now) => normalizer.closeSteps(now),
    graph: () => normalizer.graph(),
    snapshot: () => normalizer.snapshot(),
    restore(bytes) {
      const restored = restoreNormalizer(options, deps, bytes);
      if (restored.ok) normalizer = restored.value;
      return restored.ok;
    },
  };
};
