import { context, metrics, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';

/** An SDK in this thread that keeps everything in memory. A test file imports it before anything of ours. */
const spanExporter = new InMemorySpanExporter();
const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 3_600_000 });

/** May be told to break. */
export const faults = { isBroken: false };

const fragile: SpanProcessor = {
  onStart: () => breakIfToldTo(),
  onEnd: () => breakIfToldTo(),
  forceFlush: async () => {},
  shutdown: async () => {},
};

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spanExporter), fragile] }),
);
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));

/** The spans that ended since the last call. */
export function takeSpans(): ReadableSpan[] {
  const spans = [...spanExporter.getFinishedSpans()];
  spanExporter.reset();
  return spans;
}

/** What a counter or gauge holds now, by its attributes. */
export async function pointsOf(name: string): Promise<{ value: unknown; attributes: object }[]> {
  metricExporter.reset();
  await reader.forceFlush();
  const all = metricExporter.getMetrics().flatMap((each) => each.scopeMetrics.flatMap((scope) => scope.metrics));
  return all
    .filter((metric) => metric.descriptor.name === name)
    .flatMap((metric) => metric.dataPoints.map(({ value, attributes }) => ({ value, attributes })));
}

function breakIfToldTo(): void {
  if (faults.isBroken) throw new Error('the processor broke');
}
