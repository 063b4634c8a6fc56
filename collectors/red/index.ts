export {
  createServiceRegistry,
  type Objective,
  OVERFLOW,
  type RegistryState,
  type ServiceEntry,
  type ServiceRegistry,
  type SignalHolder,
  type SignalSpec,
  type SpanGroup,
} from './service-registry.ts';
export { createSignalEmitter, type EmittedSignals, type SignalEmitter } from './signal-emitter.ts';
export { createSpanCollector, type SpanCollector, type SpanCollectorOptions, type SpanState } from './span-collector.ts';
export { createSpanStep, restoreSpanStep, type SpanStep, type SpanStepState, spanStepState } from './span-step.ts';
