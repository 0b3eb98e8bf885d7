import { expect, test } from 'vitest';
import { displayWidth } from '../../src/cli/display-width.ts';
import { outcomeOf } from '../../src/cli/ontology-enrich.ts';
import { progressLines, progressView } from '../../src/cli/ontology-progress.ts';
import type { ItemRow, NodeProgress } from '../../src/db/ontology-dag-queries.ts';

function node(name: string, more: Partial<NodeProgress> = {}): NodeProgress {
  return {
    ordinal: 1,
    name,
    status: 'PENDING',
    is_planning: false,
    done: 0,
    failed: 0,
    total: 0,
    running: [],
    waiting: 0,
    why: null,
    message: null,
    applied: null,
    started_at: null,
    finished_at: null,
    dag_status: 'RUNNING',
    dag_error: null,
    ...more,
  };
}

const nodes = [
  node('SchemaProfile', { status: 'COMPLETED', done: 38, total: 38, message: 'found 38 tables; 1 of 38 items failed' }),
  node('ColumnClassification', {
    status: 'RUNNING',
    done: 23,
    failed: 2,
    waiting: 1,
    why: 'The endpoint rests.',
    total: 38,
    running: ['billing.state', 'billing.amount', 'a', 'b'],
  }),
  node('EnumAnalysis', { status: 'RUNNING', is_planning: true }),
  node('FKResolution', { status: 'SKIPPED', done: 3, failed: 2, total: 4 }),
  node('OntologyFinalization', { status: 'FAILED', message: '1 of 1 items failed', done: 1, total: 1 }),
  node('GlossarySuggestion'),
];

test('each phase is a line with done and total, what runs now and failures', () => {
  expect(progressLines('Extracting', nodes)).toEqual([
    'Extracting',
    '├─ ✓ Collecting column metadata (38/38): found 38 tables; 1 of 38 items failed',
    '├─   Classifying columns (23/38), 2 failed, 1 waiting (The endpoint rests.)',
    '│    └─ now: billing.state, billing.amount, a',
    '├─   Analyzing enum values (counting)',
    '├─ – Resolving FK candidates (1/4), skipped',
    '├─ ✗ Finalizing the ontology (1/1): 1 of 1 items failed',
    '└─ ○ Suggesting terms',
  ]);
});

test('a name that steers the terminal steers nothing, and a long one is cut', () => {
  const lines = progressLines(
    'x',
    [node('SchemaProfile', { status: 'RUNNING', total: 1, message: `\u001b[2J${'m'.repeat(200)}` })],
    60,
  );
  expect(lines[1]).toHaveLength(60);
  expect(lines[1]).not.toContain('\u001b');
  const wide = progressLines('x', [node('SchemaProfile', { status: 'RUNNING', message: '名'.repeat(80) })], 60);
  expect(displayWidth(wide[1] ?? '')).toBeLessThanOrEqual(60);
});

/** What was written, and a clock that the test turns. */
function screen(isTTY: boolean) {
  const written: string[] = [];
  const time = { now: 0 };
  const view = progressView(
    'Extracting',
    { isTTY, columns: 80, rows: 30, write: (text) => written.push(text) },
    () => time.now,
  );
  return { view, written, time };
}

test('on a terminal the block is drawn anew in its place, at least once a second', () => {
  const { view, written, time } = screen(true);
  view.show([node('SchemaProfile', { status: 'RUNNING', is_planning: true })]);
  view.show([node('SchemaProfile', { status: 'RUNNING', is_planning: true })]);
  expect(written).toHaveLength(1);
  time.now = 1_000;
  view.show([node('SchemaProfile', { status: 'RUNNING', is_planning: true })]);
  view.show([node('SchemaProfile', { status: 'COMPLETED' }), node('EnumAnalysis')], 'Nobody works.');
  expect(written).toHaveLength(3);
  expect(written[1]).toContain('\u001b[2A');
  expect(written[1]).toContain('Extracting, 1 s');
  expect(written[2]).toContain('✓ Collecting column metadata');
  expect(written[2]).toContain('Nobody works.');
});

test('elsewhere a phase that ends is a line at once, and nobody waits five seconds for one', () => {
  const { view, written, time } = screen(false);
  const running = (done: number) => [
    node('SchemaProfile', { status: 'COMPLETED', message: 'found 3 tables' }),
    node('ColumnClassification', { status: 'RUNNING', done, total: 9, running: ['a.b'] }),
  ];
  for (let second = 0; second <= 12; second += 0.5) {
    time.now = second * 1_000;
    view.show(running(Math.floor(second / 2)));
  }
  view.show([...running(9).slice(0, 1), node('ColumnClassification', { status: 'COMPLETED', done: 9, total: 9 })]);
  expect(written).toEqual([
    'Extracting\n',
    '✓ Collecting column metadata: found 3 tables\n',
    '… Classifying columns (1/9); now a.b\n',
    '… Classifying columns (3/9); now a.b\n',
    '… Classifying columns (4/9); now a.b\n',
    '… Classifying columns (6/9); now a.b\n',
    '✓ Classifying columns (9/9)\n',
  ]);
});

test('a table counts as enriched when all that was asked about it was answered', () => {
  const item = (subject_key: string, status: ItemRow['status'], error: string | null = null): ItemRow => ({
    node: 'ColumnEnrichment',
    job_id: 1,
    job_type: 'column_enrichment',
    is_plan: false,
    subject_key,
    subject: subject_key,
    status,
    attempt_count: 1,
    error_code: error === null ? null : 'ANSWER_INVALID',
    error,
    because: null,
  });
  const items = [
    item('a.x', 'SUCCEEDED'),
    item('a.x', 'SUCCEEDED'),
    item('a.y', 'SUCCEEDED'),
    item('a.y', 'DEADLETTER', 'no'),
  ];
  expect(outcomeOf(['a.x', 'a.y', 'a.z'], items)).toEqual({
    tables_enriched: ['a.x'],
    tables_failed: { 'a.y': 'ANSWER_INVALID: no', 'a.z': 'there was nothing to ask about it' },
  });
});
