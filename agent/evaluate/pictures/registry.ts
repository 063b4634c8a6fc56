import { burnRatePicture } from './burn-rate.ts';
import { deployVerdictPicture } from './deploy-verdict.ts';
import { forecastPicture } from './forecast.ts';
import { isolationForestPicture } from './isolation-forest.ts';
import { modelHealthPicture } from './model-health.ts';
import { seasonalPicture } from './seasonal.ts';
import { subspacePicture } from './subspace.ts';
import { tailEvidencePicture } from './tail-evidence.ts';
import { timeToBreachPicture } from './time-to-breach.ts';
import { traceAttributionPicture } from './trace-attribution.ts';

/** One picture a detector, by the name of its file: drawn from what the shipped detector says of a drawn service. */
export const PICTURES: Readonly<Record<string, () => string>> = {
  'burn-rate': burnRatePicture,
  'deploy-verdict': deployVerdictPicture,
  forecast: forecastPicture,
  'isolation-forest': isolationForestPicture,
  'model-health': modelHealthPicture,
  seasonal: seasonalPicture,
  subspace: subspacePicture,
  'tail-evidence': tailEvidencePicture,
  'time-to-breach': timeToBreachPicture,
  'trace-attribution': traceAttributionPicture,
};
