import type { AttributeValue, Counter, Histogram } from '@opentelemetry/api';
import { api, meter, safely } from './api.ts';
import { type AttributeName, type MetricDefinition, type MetricName, metrics } from './names.ts';

type Named<M extends MetricName> = {
  [name in (typeof metrics)[M]['attributes'][number]]?: AttributeValue | undefined;
};
type OfType<T extends MetricDefinition['type']> = {
  [M in MetricName]: (typeof metrics)[M]['type'] extends T ? M : never;
}[MetricName];

/** One thing that a gauge shows. */
export interface Observation {
  value: number;
  attributes: { [name in AttributeName]?: AttributeValue };
}

/** Whether anybody takes metrics; what has to be looked up for them is not, else. */
export function hasMetrics(): boolean {
  return api !== undefined && meter() !== undefined;
}

/** Adds to a counter. */
export function count<M extends OfType<'counter'>>(name: M, value: number, attributes: Named<M>): void {
  if (api === undefined || value === 0) return;
  safely(() => counterOf(name)?.add(value, attributes));
}

/** Takes one value into a histogram. */
export function record<M extends OfType<'histogram'>>(name: M, value: number, attributes: Named<M>): void {
  if (api === undefined) return;
  safely(() => histogramOf(name)?.record(value, attributes));
}

/** What a gauge shows from now on, until it is shown something else; an empty list shows nothing. */
export function show(name: OfType<'gauge'>, observations: readonly Observation[]): void {
  if (api === undefined) return;
  const isNew = !shown.has(name);
  shown.set(name, observations);
  if (isNew) safely(() => observe(name));
}

const counters = new Map<MetricName, Counter | undefined>();
const histograms = new Map<MetricName, Histogram | undefined>();
const shown = new Map<MetricName, readonly Observation[]>();

function counterOf(name: MetricName): Counter | undefined {
  if (!counters.has(name)) counters.set(name, meter()?.createCounter(name, described(name)));
  return counters.get(name);
}

function histogramOf(name: MetricName): Histogram | undefined {
  if (!histograms.has(name)) histograms.set(name, meter()?.createHistogram(name, described(name)));
  return histograms.get(name);
}

function observe(name: MetricName): void {
  const gauge = meter()?.createObservableGauge(name, described(name));
  gauge?.addCallback((result) => {
    for (const { value, attributes } of shown.get(name) ?? []) result.observe(value, attributes);
  });
}

function described(name: MetricName) {
  const { unit, meaning, buckets }: MetricDefinition = metrics[name];
  return { unit, description: meaning, ...(buckets && { advice: { explicitBucketBoundaries: buckets } }) };
}
