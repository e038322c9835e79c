import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { context, SpanKind, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  InMemorySpanExporter,
  SamplingDecision,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { createLog } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { createSampler } from './sampler.ts';
import { annotate, arrive, beginSpan, beginStep, step } from './span.ts';
import { isSampled } from './traceparent.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const sampled = `00-${traceId}-b7ad6b7169203331-01`;
const unsampled = `00-${traceId}-b7ad6b7169203331-00`;
const consumer = { kind: 'consumer', attributes: {} } as const;

describe('without an SDK', () => {
  it('nothing is recorded, and the trace of a caller goes on untouched', () => {
    expect(arrive('GET /', undefined)).toEqual({ span: null, traceparent: null });
    expect(arrive('GET /', sampled)).toEqual({ span: null, traceparent: sampled });
    for (const bad of ['', 'nonsense', sampled.replace('00-', 'ff-'), `${sampled}-more`])
      expect(arrive('GET /', bad)).toEqual({ span: null, traceparent: null });
    expect(beginSpan('process', { ...consumer, parent: sampled })).toBeNull();
    expect(beginStep('inside', {})).toBeNull();
    annotate({ nobody: 'hears' });
  });
});

describe('with an SDK', () => {
  const exporter = new InMemorySpanExporter();

  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(
      new TracerProvider({
        sampler: createSampler(0),
        spanProcessors: [new SimpleSpanProcessor({ exporter })],
      }),
    );
  });
  afterEach(() => exporter.reset());
  const names = (): string[] => exporter.getFinishedSpans().map(({ name }) => name);

  it('a step stands below what its header names, and the next below it', () => {
    const { span, traceparent } = arrive('POST /payments', sampled);
    expect(traceparent).toBe(span?.traceparent);
    expect(traceparent?.slice(0, 36)).toBe(sampled.slice(0, 36));
    expect(isSampled(traceparent ?? '')).toBe(true);
    const next = beginSpan('publish', { ...consumer, parent: traceparent ?? '', links: [sampled] });
    next?.end(new Error('the broker is away'));
    span?.end();
    const [first, second] = exporter.getFinishedSpans();
    expect(first?.parentSpanContext?.spanId).toBe(second?.spanContext().spanId);
    expect(first?.status.message).toBe('the broker is away');
    expect(first?.links).toHaveLength(1);
  });

  it('what a caller does not record goes on unrecorded, with no trace of its own none does', () => {
    expect(arrive('GET /', unsampled).span).toBeNull();
    expect(arrive('GET /', unsampled).traceparent).toMatch(RegExp(`^00-${traceId}-.{16}-00$`));
    expect(arrive('GET /', undefined)).toEqual({ span: null, traceparent: null });
    expect(names()).toEqual([]);
  });

  it('steps within another stand below it, and log lines name it', async () => {
    const lines: string[] = [];
    const log = createLog({ role: 'test', destination: { write: (line) => lines.push(line) } });
    const outer = beginSpan('process', { ...consumer, parent: sampled });
    const failing = outer?.around(async () => {
      log.info({}, 'inside');
      await step('write', {}, () => Promise.resolve());
      await step('read', {}, () => Promise.reject(new Error('away')));
    });
    await expect(failing).rejects.toThrow('away');
    log.info({}, 'outside');
    expect(names()).toEqual(['write', 'read']);
    expect(exporter.getFinishedSpans()[1]?.status.message).toBe('away');
    expect(lines.map((line) => (JSON.parse(line) as { trace_id?: string }).trace_id)).toEqual([
      ...[traceId, undefined],
    ]);
  });
});

describe('what is recorded', () => {
  const ask = (
    sampler: ReturnType<typeof createSampler>,
    kind: SpanKind,
    parent: string | null,
  ) => {
    const spanContext = { traceId, spanId: 'b7ad6b7169203331', traceFlags: 1, isRemote: true };
    const before = context.active();
    const given = parent === null ? before : trace.setSpanContext(before, spanContext);
    return sampler.shouldSample(given, traceId, 'name', kind, {}, []).decision;
  };

  it('at most so many traces begin in a second, whatever callers ask; later steps follow', () => {
    let nowMs = 0;
    const sampler = createSampler(1, { perSecond: 2, nowMs: () => nowMs });
    const begin = () => ask(sampler, SpanKind.SERVER, sampled);
    const { NOT_RECORD, RECORD_AND_SAMPLED } = SamplingDecision;
    expect([begin(), begin(), begin()]).toEqual([
      ...[RECORD_AND_SAMPLED, RECORD_AND_SAMPLED, NOT_RECORD],
    ]);
    expect(ask(sampler, SpanKind.CONSUMER, sampled)).toBe(RECORD_AND_SAMPLED);
    nowMs = 1_000;
    expect(begin()).toBe(RECORD_AND_SAMPLED);
  });
});

describe('exemplars', () => {
  it('a latency names the trace that is recorded, in OpenMetrics', async () => {
    const metrics = createMetrics({ role: 'edge', exemplars: true });
    const labels = { method: 'GET', route: '/wallets' } as const;
    metrics.observe('wallet_http_request_duration_seconds', labels, 0.03, unsampled);
    metrics.observe('wallet_http_request_duration_seconds', labels, 0.3, sampled);
    metrics.observe('wallet_http_request_duration_seconds', labels, 30, sampled);
    const text = await metrics.expose();
    expect(metrics.contentType).toContain('application/openmetrics-text');
    const named = text.split('\n').filter((line) => line.includes(traceId));
    expect(named.map((line) => /le="([^"]+)"/.exec(line)?.[1])).toEqual(['0.5', '+Inf']);
    expect(text.endsWith('# EOF\n')).toBe(true);
    expect(text).toMatch(/# TYPE wallet_http_requests counter/);
  });

  it('nothing changes where nothing is recorded', async () => {
    const metrics = createMetrics({ role: 'edge' });
    const labels = { method: 'GET', route: '/wallets' } as const;
    metrics.observe('wallet_http_request_duration_seconds', labels, 0.3, sampled);
    expect(await metrics.expose()).not.toContain(traceId);
    expect(metrics.contentType).toContain('text/plain');
  });
});
