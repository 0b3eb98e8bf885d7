import type { Meter, Tracer } from '@opentelemetry/api';
import { readVersion } from '../package-root.ts';
import { within } from '../within.ts';
import { schemaUrl } from './names.ts';

/** Where every copy of the API of version 1 looks for what an SDK registered. */
const registered = Symbol.for('opentelemetry.js.api.1');

/**
 * OpenTelemetry's API if an SDK was registered before this module was loaded (`node --import ./otel.mjs`), in each thread
 * for itself; else nothing is loaded, and all that telemetry costs is to look at this constant.
 */
export const api = Reflect.has(globalThis, registered) ? await load() : undefined;

const scope = 'sproute';

/** Telemetry never hurts: what it throws is told to its own diagnostics and forgotten. */
export function safely<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch (error) {
    report(error);
    return undefined;
  }
}

export function tracer(): Tracer | undefined {
  return api?.trace.getTracerProvider().getTracer(scope, readVersion(), { schemaUrl });
}

/** Undefined if nobody takes metrics. */
export function meter(): Meter | undefined {
  const found = safely(() => api?.metrics.getMeter(scope, readVersion(), { schemaUrl }));
  return found === api?.createNoopMeter() ? undefined : found;
}

const longestFlushMs = 2_000;

/** Has what was gathered sent, in so far as the SDK can; ends within two seconds and never throws. */
export async function flushTelemetry(): Promise<void> {
  if (api === undefined) return;
  const { trace, metrics } = api;
  const providers = [safely(() => delegate(trace.getTracerProvider())), safely(() => metrics.getMeterProvider())];
  await within(longestFlushMs, Promise.allSettled(providers.map(flush)));
}

async function load() {
  const { default: _, ...loaded } = await import('@opentelemetry/api');
  // What an exporter leaves rejected would end the process or the thread, with all its jobs.
  process.on('unhandledRejection', report);
  return loaded;
}

function report(error: unknown): void {
  try {
    api?.diag.error('sproute: telemetry failed', error);
  } catch {
    return;
  }
}

/** The API has no word for it; every SDK does. */
async function flush(provider: unknown): Promise<void> {
  if (isFlushable(provider)) await provider.forceFlush({ timeoutMillis: longestFlushMs });
}

function isFlushable(provider: unknown): provider is { forceFlush(options: { timeoutMillis: number }): Promise<void> } {
  return has(provider, 'forceFlush') && typeof provider.forceFlush === 'function';
}

/** The provider that was registered, behind the one that stands for it. */
function delegate(provider: unknown): unknown {
  return has(provider, 'getDelegate') && typeof provider.getDelegate === 'function' ? provider.getDelegate() : provider;
}

function has<K extends string>(value: unknown, key: K): value is Record<K, unknown> {
  return typeof value === 'object' && value !== null && key in value;
}
