import { randomUUID } from 'node:crypto';
import { threadId } from 'node:worker_threads';
import type { Attributes, AttributeValue, Context, Link, Span } from '@opentelemetry/api';
import { isSprouteError, messageOf } from '../errors.ts';
import { api, safely, tracer } from './api.ts';
import { type AttributeName, type SpanEventName, type SpanName, spans } from './names.ts';

/** Attributes by their listed names; what is undefined or null is left out. */
export type SpanAttributes = { [name in AttributeName]?: AttributeValue | null | undefined };

/** A span on its way. Everything that costs anything is only asked for if it is recorded. */
export interface OpenSpan {
  set(attributes: () => SpanAttributes): void;
  /** It failed; the first failure counts. */
  fail(code: string, message: string): void;
}

export interface SpanOptions {
  /** What the span's name ends with, from a small set. */
  of?: string;
  attributes?: () => SpanAttributes;
  /** A trace of its own. */
  root?: boolean;
  /** Links it to the trace whose id this uuid is. */
  correlation_id?: string | undefined;
  /** Milliseconds since 1970; default: now. */
  started?: number | undefined;
}

const notOpen: OpenSpan = { set() {}, fail() {} };

/**
 * Does the work within a span; what it throws is recorded and thrown on. Without an SDK this is the work and nothing
 * else, and with one that is broken too.
 */
export function inSpan<T>(name: SpanName, options: SpanOptions, work: (span: OpenSpan) => Promise<T>): Promise<T> {
  if (api === undefined) return work(notOpen);
  const started = safely(() => start(name, options));
  return started === undefined ? work(notOpen) : trace(started, work);
}

/** Adds an event to the span that is open here, if one is. */
export function spanEvent(name: SpanEventName, attributes: () => SpanAttributes): void {
  if (api === undefined) return;
  const { trace } = api;
  safely(() => trace.getActiveSpan()?.addEvent(name, defined(attributes())));
}

/**
 * A correlation id for what is enqueued here: the id of the trace that is open, written as a uuid, so that its jobs link
 * to it; without one any.
 */
export function newCorrelationId(): string {
  const id = safely(() => api?.trace.getActiveSpan()?.spanContext().traceId);
  if (id === undefined || !/^(?!0{32})[0-9a-f]{32}$/.test(id)) return randomUUID();
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

interface Started {
  span: Span;
  context: Context;
}

function start(name: SpanName, options: SpanOptions): Started | undefined {
  const own = tracer();
  if (api === undefined || own === undefined) return undefined;
  const { kind, name: verb } = spans[name];
  const { of, root = false, correlation_id, started } = options;
  const context = api.context.active();
  const span = own.startSpan(
    of === undefined ? verb : `${verb} ${of}`,
    {
      kind: api.SpanKind[kind],
      root,
      links: linksTo(correlation_id),
      attributes: { 'thread.id': threadId, ...defined(options.attributes?.() ?? {}) },
      ...(started !== undefined && { startTime: started }),
    },
    context,
  );
  return { span, context: api.trace.setSpan(context, span) };
}

async function trace<T>({ span, context }: Started, work: (span: OpenSpan) => Promise<T>): Promise<T> {
  const open = opened(span);
  let begun: Promise<T> | undefined;
  const begin = () => {
    begun ??= work(open);
    return begun;
  };
  try {
    // A context manager that throws has the work done none the less, and once.
    return await (safely(() => api?.context.with(context, begin)) ?? begin());
  } catch (error) {
    open.fail(isSprouteError(error) ? error.code : nameOf(error), messageOf(error));
    throw error;
  } finally {
    safely(() => span.end());
  }
}

function opened(span: Span): OpenSpan {
  if (safely(() => span.isRecording()) !== true) return notOpen;
  let hasFailed = false;
  return {
    set(attributes) {
      safely(() => span.setAttributes(defined(attributes())));
    },
    fail(code, message) {
      if (hasFailed) return;
      hasFailed = true;
      safely(() => {
        span.setAttribute('error.type', code);
        if (api !== undefined) span.setStatus({ code: api.SpanStatusCode.ERROR, message });
        span.recordException({ name: code, message });
      });
    },
  };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Error';
}

/** No span of that trace is known here: the second half of the id stands for one. */
function linksTo(correlation_id: string | undefined): Link[] {
  if (api === undefined || correlation_id === undefined) return [];
  const traceId = correlation_id.replaceAll('-', '').toLowerCase();
  const context = { traceId, spanId: traceId.slice(16), traceFlags: api.TraceFlags.NONE, isRemote: true };
  if (!api.isSpanContextValid(context)) return [];
  return [{ context, attributes: { 'sproute.correlation_id': correlation_id } }];
}

function defined(given: SpanAttributes): Attributes {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? undefined]));
}
