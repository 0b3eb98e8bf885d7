// The worst SDK: registered twice, its exporters throw and reject, its spans, instruments and callbacks throw.
import { metrics, trace } from '@opentelemetry/api';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, BatchSpanProcessor, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';

const broken = () => {
  throw new Error('the exporter broke');
};
const rejecting = async () => broken();
const throwing = { export: broken, forceFlush: broken, shutdown: broken };
const exporters = [throwing, { export: rejecting, forceFlush: rejecting, shutdown: rejecting }];
const hanging = { export: () => {}, forceFlush: () => new Promise(() => {}), shutdown: async () => {} };
const fragile = { onStart: () => {}, onEnd: broken, forceFlush: rejecting, shutdown: rejecting };

for (let times = 0; times < 2; times += 1) {
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({
      spanProcessors: [
        ...exporters.map((exporter) => new BatchSpanProcessor(exporter, { scheduledDelayMillis: 50 })),
        ...exporters.map((exporter) => new SimpleSpanProcessor(exporter)),
        new BatchSpanProcessor(hanging),
        fragile,
      ],
    }),
  );
  metrics.setGlobalMeterProvider(
    new MeterProvider({
      readers: exporters.map(
        (exporter) =>
          new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 100, exportTimeoutMillis: 50 }),
      ),
    }),
  );
}
