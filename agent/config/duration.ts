export { durationSchema, formatDuration } from '../../core/duration.ts';
