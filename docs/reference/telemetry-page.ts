import {
  attributes,
  type MetricDefinition,
  metrics,
  type SpanDefinition,
  spanEvents,
  spans,
} from '../../src/telemetry/names.ts';

/** What is told to OpenTelemetry, as tables. */
export function telemetryPage(): string {
  return [
    'What sproute tells an OpenTelemetry SDK, if one is registered; [observability.md](../observability.md) says how.',
    '',
    ...table('Spans', ['span', 'kind', 'child of', 'meaning'], Object.values(spans).map(spanRow)),
    ...table('Span events', ['event', 'meaning'], Object.entries(spanEvents).map(named)),
    ...table(
      'Metrics',
      ['metric', 'instrument', 'unit', 'attributes', 'meaning'],
      Object.entries(metrics).map(metricRow),
    ),
    ...table('Attributes', ['attribute', 'meaning'], Object.entries(attributes).map(named)),
  ].join('\n');
}

function spanRow({ name, of, kind, parent, meaning }: SpanDefinition): string[] {
  const shown = of === undefined ? `\`${name}\`` : `\`${name}\` and the ${of}`;
  return [shown, kind, parent === undefined ? '' : `\`${spanName(parent)}\``, meaning];
}

function spanName(key: string): string {
  const found = Object.entries(spans).find(([each]) => each === key);
  if (!found) throw new Error(`no span is listed as ${key}`);
  return found[1].name;
}

function metricRow([name, { type, unit, attributes: of, meaning }]: [string, MetricDefinition]): string[] {
  return [`\`${name}\``, type, unit, of.map((each) => `\`${each}\``).join(' '), meaning];
}

function named([name, meaning]: [string, string]): string[] {
  return [`\`${name}\``, meaning];
}

function table(title: string, heads: string[], rows: string[][]): string[] {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [`## ${title}`, '', line(heads), line(heads.map(() => '---')), ...rows.map(line), ''];
}
