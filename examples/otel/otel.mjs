// OpenTelemetry for sproute:
//
//   npm install @opentelemetry/api @opentelemetry/context-async-hooks @opentelemetry/resources \
//     @opentelemetry/sdk-metrics @opentelemetry/sdk-trace-base \
//     @opentelemetry/exporter-trace-otlp-proto @opentelemetry/exporter-metrics-otlp-proto
//   OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 NODE_OPTIONS='--import ./otel.mjs' sproute run --drain
//
// Node loads this file in the main thread and in every worker thread, before sproute itself. Without
// OTEL_EXPORTER_OTLP_ENDPOINT nothing is sent: what would be is appended to otel.jsonl (OTEL_FILE names another file),
// one line of JSON a span and one a metric.
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { context, metrics, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_FILE = 'otel.jsonl', OTEL_SERVICE_NAME = 'sproute' } = process.env;
const { spanExporter, metricExporter } = OTEL_EXPORTER_OTLP_ENDPOINT ? await otlp() : file();

// Every thread counts for itself, so each is an instance: otherwise their metrics would overwrite each other.
const resource = defaultResource().merge(
  resourceFromAttributes({ 'service.name': OTEL_SERVICE_NAME, 'service.instance.id': randomUUID() }),
);

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(
  new BasicTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(spanExporter)] }),
);
metrics.setGlobalMeterProvider(
  new MeterProvider({
    resource,
    readers: [new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 30_000 })],
  }),
);

async function otlp() {
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
  const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-proto');
  return { spanExporter: new OTLPTraceExporter(), metricExporter: new OTLPMetricExporter() };
}

function file() {
  const append = (lines, done) => {
    try {
      appendFileSync(OTEL_FILE, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
      done({ code: 0 });
    } catch (error) {
      done({ code: 1, error });
    }
  };
  const idle = { forceFlush: async () => {}, shutdown: async () => {} };
  return {
    spanExporter: { ...idle, export: (spans, done) => append(spans.map(spanLine), done) },
    metricExporter: {
      ...idle,
      selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE,
      export: ({ scopeMetrics }, done) =>
        append(
          scopeMetrics.flatMap(({ metrics: all }) => all.map(metricLine)),
          done,
        ),
    },
  };
}

function spanLine(span) {
  const { traceId: trace_id, spanId: span_id } = span.spanContext();
  return {
    span: span.name,
    kind: ['INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'][span.kind],
    trace_id,
    span_id,
    parent_span_id: span.parentSpanContext?.spanId ?? null,
    links: span.links.map((link) => link.context.traceId),
    status: ['UNSET', 'OK', 'ERROR'][span.status.code],
    message: span.status.message,
    started_at: new Date(span.startTime[0] * 1e3 + span.startTime[1] / 1e6).toISOString(),
    duration_ms: span.duration[0] * 1e3 + span.duration[1] / 1e6,
    attributes: span.attributes,
    events: span.events.map(({ name, attributes }) => ({ name, attributes })),
    scope: span.instrumentationScope,
    instance: span.resource.attributes['service.instance.id'],
  };
}

function metricLine({ descriptor, dataPoints }) {
  const points = dataPoints.map(({ attributes, value }) => ({ attributes, value }));
  return {
    metric: descriptor.name,
    unit: descriptor.unit,
    points,
    instance: resource.attributes['service.instance.id'],
  };
}
