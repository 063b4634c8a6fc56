export { type Objective, OVERFLOW, type ServiceEntry, type SignalHolder, type SignalSpec, type SpanGroup } from './service-entry.ts';
export { createServiceRegistry, type RegistryState, type ServiceRegistry } from './service-registry.ts';
export { createSignalEmitter, type EmittedSignals, type SignalEmitter } from './signal-emitter.ts';
export { createSpanCollector, type SpanCollector, type SpanCollectorOptions, type SpanState } from './span-collector.ts';
export { createSpanStep, restoreSpanStep, type SpanStep, type SpanStepState, spanStepState } from './span-step.ts';
