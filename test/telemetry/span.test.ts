import '../support/telemetry.ts';
import { afterEach, expect, test } from 'vitest';
import { SprouteError } from '../../src/errors.ts';
import { inSpan, newCorrelationId, spanEvent } from '../../src/telemetry/span.ts';
import { faults, takeSpans } from '../support/telemetry.ts';

afterEach(() => {
  faults.isBroken = false;
  takeSpans();
});

const correlation_id = '5BC17533-2aa0-41d0-a16a-15a0a8667a47';

test('a span within a span is its child, across awaits', async () => {
  await inSpan('job', { of: 'a type', root: true }, async () => {
    await new Promise((resolve) => setImmediate(resolve));
    await inSpan('chunk', {}, async () => spanEvent('cache_hit', () => ({ 'sproute.chunk_index': 1 })));
  });
  const [chunk, job] = takeSpans();
  expect([chunk?.name, job?.name]).toEqual(['chunk', 'job a type']);
  expect(chunk?.parentSpanContext?.spanId).toBe(job?.spanContext().spanId);
  expect(chunk?.events.map(({ name }) => name)).toEqual(['cache_hit']);
});

test('what the work throws is recorded and thrown on', async () => {
  const error = new SprouteError('MODEL_UNAVAILABLE', 'it is away');
  await expect(inSpan('chunk', {}, () => Promise.reject(error))).rejects.toBe(error);
  const [span] = takeSpans();
  expect(span?.status).toMatchObject({ code: 2, message: 'it is away' });
  expect(span?.attributes).toMatchObject({ 'error.type': 'MODEL_UNAVAILABLE' });
  expect(span?.events[0]?.attributes).toMatchObject({ 'exception.type': 'MODEL_UNAVAILABLE' });
});

test('a correlation id made within a trace is its id, and a span linked to that id is linked to the trace', async () => {
  const made = await inSpan('command', { of: 'test' }, async () => newCorrelationId());
  await inSpan('job', { root: true, correlation_id: made }, async () => {});
  const [command, job] = takeSpans();
  expect(job?.links[0]?.context.traceId).toBe(command?.spanContext().traceId);
  expect(job?.spanContext().traceId).not.toBe(command?.spanContext().traceId);
  expect(made.replaceAll('-', '')).toBe(command?.spanContext().traceId);
});

test('any other correlation id is a link too, but for one that no trace can have', async () => {
  await inSpan('job', { correlation_id }, async () => {});
  await inSpan('job', { correlation_id: '00000000-0000-0000-0000-000000000000' }, async () => {});
  await inSpan('job', { correlation_id: 'not a uuid' }, async () => {});
  const linked = takeSpans().map(({ links }) => links.map(({ context }) => context.traceId));
  expect(linked).toEqual([['5bc175332aa041d0a16a15a0a8667a47'], [], []]);
});

test('outside of a trace a correlation id is any uuid', () => {
  expect(newCorrelationId()).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});

test('an SDK that throws changes nothing: the work is done once, and what it throws is its own', async () => {
  faults.isBroken = true;
  let times = 0;
  const work = async () => {
    times += 1;
    return 'done';
  };
  expect(await inSpan('job', { of: 'x', correlation_id }, work)).toBe('done');
  const own = new Error('its own');
  await expect(inSpan('job', {}, () => Promise.reject(own))).rejects.toBe(own);
  expect(times).toBe(1);
});

test('attributes that cannot be made cost the span nothing but the attributes', async () => {
  const broken = () => {
    throw new Error('no attributes');
  };
  const value = await inSpan('chunk', {}, async (span) => {
    span.set(broken);
    spanEvent('cache_hit', broken);
    return 1;
  });
  expect(value).toBe(1);
  expect(takeSpans().map(({ name, status }) => [name, status.code])).toEqual([['chunk', 0]]);
});
