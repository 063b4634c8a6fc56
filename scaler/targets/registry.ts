import type { z } from 'zod';
import { createHpaFloorTarget } from './hpa-floor/index.ts';
import type { hpaFloorTargetSchema } from './hpa-floor/schema.ts';
import type { KubernetesTargetGround } from './kubernetes/ground.ts';
import { createProcessTarget } from './process/index.ts';
import type { processTargetSchema } from './process/schema.ts';
import { createScaleTarget } from './scale/index.ts';
import type { scaleTargetSchema } from './scale/schema.ts';
import type { ScaleTarget } from './target.ts';

export type TargetOptions = z.output<typeof processTargetSchema | typeof scaleTargetSchema | typeof hpaFloorTargetSchema>;
type Kind = TargetOptions['kind'];

/** One line a kind; its folder has the same name, and its schema stands in its schema.ts. */
const targetKinds: {
  readonly [K in Kind]: (options: Extract<TargetOptions, { readonly kind: K }>, ground: KubernetesTargetGround) => ScaleTarget;
} = {
  process: ({ adminUrl }, { clock }) => createProcessTarget({ adminUrl, clock }),
  scale: (_options, ground) => createScaleTarget(ground),
  'hpa-floor': (_options, ground) => createHpaFloorTarget(ground),
};

/** Whether a target of this kind is an object of a cluster. */
export const isOfCluster = ({ kind }: Pick<TargetOptions, 'kind'>): boolean => kind !== 'process';

export const createTarget = <K extends Kind>(
  options: Extract<TargetOptions, { readonly kind: K }>,
  ground: KubernetesTargetGround,
): ScaleTarget => targetKinds[options.kind as K](options, ground);
